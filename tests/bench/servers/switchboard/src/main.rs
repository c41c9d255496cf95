//! The benchmark server on Switchboard, written as the book recommends, with default settings.

use bytes::Bytes;
use switchboard::prelude::*;

#[event("said")]
struct Said(String);

struct Bench;

#[namespace("/", emits(Said))]
impl Bench {
    #[on("echo")]
    fn echo(&self, payload: String) -> String {
        payload
    }

    #[on("echoraw")]
    fn echo_raw(&self, payload: RawJson) -> RawJson {
        payload
    }

    #[on("echobin")]
    fn echo_binary(&self, payload: Bytes) -> Bytes {
        payload
    }

    #[on("join")]
    fn join(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
        socket.join(room)
    }

    #[on("leave")]
    fn leave(&self, socket: &Socket<Self>, room: String) {
        socket.leave(room);
    }

    #[on("say")]
    fn say(&self, socket: &Socket<Self>, room: String, payload: String) {
        // A broadcast to a room fails only if the event cannot be serialized.
        let _ = socket.namespace().to(room).emit(Said(payload));
    }
}

#[tokio::main]
async fn main() -> switchboard::Result {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    Server::new().namespace(Bench).serve(format!("127.0.0.1:{port}")).await
}
