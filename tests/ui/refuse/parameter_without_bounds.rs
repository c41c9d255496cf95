use switchboard::prelude::*;

struct Chat<S>(S);

#[namespace("/chat")]
impl<S> Chat<S> {
    #[on("hi")]
    async fn hi(&self, socket: &Socket<Self>, _name: String) {
        socket.join("a");
    }
}

struct Silent<S>(S);

#[namespace("/silent")]
impl<S: Send> Silent<S>
where
    S: Sync,
{
    #[on("hi")]
    async fn hi(&self, _socket: &Socket<Self>, _name: String) {}
}

fn outside(socket: &Socket<Chat<u8>>) {
    socket.join("a");
}

fn main() {}
