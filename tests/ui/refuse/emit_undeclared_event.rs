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

#[namespace("/chat", emits(Message))]
impl Chat {
    #[on("hi")]
    fn hi(&self, socket: &Socket<Self>) {
        let _ = socket.emit(Typing { room: "a".to_owned() });
        let _ = socket.to("a").emit(&Typing { room: "a".to_owned() });
    }
}

fn main() {}
