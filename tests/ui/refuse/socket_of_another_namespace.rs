use switchboard::prelude::*;

struct Chat;

struct Other;

#[namespace("/other")]
impl Other {}

#[namespace("/chat")]
impl Chat {
    #[on("hi")]
    fn hi(&self, socket: &Socket<Other>) {
        socket.join("a");
    }
}

fn main() {}
