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

#[namespace("chat room", emits(Message))]
impl Chat {
    #[on("hi")]
    fn hi(&self, socket: &Socket<Self>) {
        let _ = socket.emit(&Message { text: String::new() });
    }
}

struct Two;

#[namespace("/a,b")]
impl Two {}

struct Three;

#[namespace(chat)]
impl Three {}

struct Four;

#[namespace]
impl Four {}

fn main() {}
