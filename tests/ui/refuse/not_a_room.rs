use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("hi")]
    fn hi(&self, socket: &Socket<Self>) {
        socket.join(7);
    }
}

fn main() {}
