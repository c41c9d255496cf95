use switchboard::prelude::*;

#[derive(Event, serde::Serialize)]
#[event("disconnect")]
struct Gone;

#[event("removeListener")]
struct Removed(u8);

struct Chat;

#[namespace("/chat", emits(Gone, Removed))]
impl Chat {
    #[on(Removed)]
    fn removed(&self, removed: Removed) {
        drop(removed);
    }
}

fn main() {}
