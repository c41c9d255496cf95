use switchboard::prelude::*;

struct Chat;

#[derive(Event, serde::Serialize)]
#[event("out only")]
struct OutOnly;

#[namespace("/chat")]
impl Chat {
    #[on(OutOnly)]
    fn out_only(&self, event: OutOnly) {
        drop(event);
    }
}

fn main() {}
