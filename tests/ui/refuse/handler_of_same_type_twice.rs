use switchboard::prelude::*;

#[event("message", ack = u64)]
struct Message {
    text: String,
}

#[event("typing")]
struct Typing {
    room: String,
}

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on(Typing)]
    fn first(&self) {}

    #[on(Typing, concurrent)]
    fn second(&self) {}
}

fn main() {}
