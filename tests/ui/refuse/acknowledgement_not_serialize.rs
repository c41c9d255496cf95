use switchboard::prelude::*;

struct Chat;

struct Opaque;

#[event("odd", ack = Opaque)]
struct Odd;

#[namespace("/chat")]
impl Chat {
    #[on(Odd)]
    fn odd(&self) -> Opaque {
        Opaque
    }
}

fn main() {}
