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
    #[on(Message)]
    async fn message(&self, message: Message) {
        drop(message);
    }
}

fn main() {}
