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
    async fn message(&self, message: Message) -> String {
        message.text
    }

    #[on(Typing)]
    fn typing(&self, typing: Typing) -> Result<bool, String> {
        Err(typing.room)
    }
}

fn main() {}
