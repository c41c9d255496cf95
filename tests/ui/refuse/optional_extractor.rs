use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("hi")]
    async fn hi(&self, handshake: Option<Handshake>) {
        drop(handshake);
    }
}

fn main() {}
