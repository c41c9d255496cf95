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
    async fn typing(&self, message: Message) {
        drop(message);
    }

    #[on(Message)]
    fn message(&self, text: &String, _handshake: Handshake, message: &Message) -> u64 {
        (text.len() + message.text.len()) as u64
    }
}

fn main() {}
