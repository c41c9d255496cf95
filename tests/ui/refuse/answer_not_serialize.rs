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

struct Opaque;

#[namespace("/chat")]
impl Chat {
    #[on("error")]
    async fn error(&self) -> Result<u8, Opaque> {
        Err(Opaque)
    }

    #[on(Message)]
    async fn message(&self, message: Message) -> Result<u64, std::io::Error> {
        Ok(message.text.len() as u64)
    }

    #[on("value")]
    fn value(&self) -> Opaque {
        Opaque
    }

    #[on("inner")]
    fn inner(&self) -> Result<Opaque, String> {
        Ok(Opaque)
    }
}

fn main() {}
