use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("send")]
    fn send(&self, socket: &Socket<Self>, name: String) {
        drop(socket.emit_named(&name, "text"));
    }
}

fn main() {}
