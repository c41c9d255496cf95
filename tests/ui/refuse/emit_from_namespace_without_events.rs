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
    #[on("hi")]
    fn hi(&self, socket: &Socket<Self>) {
        let _ = socket.emit(&Message { text: "a".to_owned() });
    }
}

fn main() {}
