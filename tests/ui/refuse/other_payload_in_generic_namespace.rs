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

struct Shop<T>(T);

#[namespace("/shop")]
impl<T: Send + Sync + 'static> Shop<T> {
    #[on(Typing)]
    async fn typing(&self, socket: &Socket<Self>, message: Message) {
        drop((socket, message));
    }
}

fn main() {}
