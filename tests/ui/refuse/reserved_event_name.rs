use switchboard::prelude::*;

struct Chat;

#[event("connect_error")]
struct Bad;

#[event("")]
struct Empty;

#[namespace("/chat", emits(Bad))]
impl Chat {
    #[on("connect")]
    fn a(&self) {}

    #[on("disconnecting")]
    fn b(&self) {}

    #[on("newListener")]
    fn c(&self) {}

    #[on("")]
    fn d(&self, socket: &Socket<Self>) {
        let _ = socket.emit(Bad);
    }
}

fn main() {}
