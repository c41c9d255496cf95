use switchboard::prelude::*;

#[event("message")]
struct Message(String);

#[event("typing")]
struct Typing(bool);

#[event("message")]
struct OtherMessage {
    text: String,
}

struct Chat;

#[namespace("/chat", emits(Message, Typing, OtherMessage))]
impl Chat {}

fn main() {}
