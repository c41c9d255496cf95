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
    #[on("typing")]
    fn name(&self) {}

    #[on(Typing)]
    fn then_type(&self, typing: Typing) {
        drop(typing);
    }

    #[on(Message)]
    fn type_(&self, message: Message) -> u64 {
        message.text.len() as u64
    }

    #[on("message")]
    fn then_name(&self) {}

    #[cfg(all())]
    #[on("same")]
    fn switched(&self) {}

    #[on("same")]
    fn always(&self) {}
}

fn main() {}
