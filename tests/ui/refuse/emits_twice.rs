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

#[namespace("/chat", emits(Message, Typing, Message))]
impl Chat {}

fn main() {}
