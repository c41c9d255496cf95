use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on_connect]
    async fn enter(&self, name: String) {
        drop(name);
    }

    #[on("hi")]
    async fn hi(&self, reason: DisconnectReason) {
        drop(reason);
    }
}

fn main() {}
