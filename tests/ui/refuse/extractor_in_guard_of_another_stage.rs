use switchboard::prelude::*;

struct Chat;

async fn late(_reason: DisconnectReason) -> Result<(), ConnectError> {
    Ok(())
}

async fn generic<N: Namespace>(_socket: &Socket<N>, _name: String) -> Result<(), ConnectError> {
    Ok(())
}

#[namespace("/chat", guard(late, generic))]
impl Chat {
    #[on_connect]
    fn enter(&self, _name: String, _reason: DisconnectReason) {}

    #[on("hi")]
    fn hi(&self, _reason: &DisconnectReason) {}

    #[on_disconnect]
    fn leave(&self, _last: Option<String>) {}
}

fn main() {}
