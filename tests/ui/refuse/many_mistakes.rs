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

#[namespace("/chat", emits(Message, Typing), guards(x))]
impl Chat {
    #[on(12)]
    async fn a(&self, socket: &Socket<Self>) {
        let _ = socket.emit(&Message { text: String::new() });
    }

    #[on("b", middlewares(x))]
    async fn b(self) {}

    #[on("c")]
    async fn c<T>(&mut self, _t: &mut String, _i: impl Sized) {}
}

fn other(socket: &Socket<Chat>) {
    let _ = socket.emit(&Typing { room: String::new() });
}

fn main() {}
