use switchboard::prelude::*;

struct Chat;

async fn returns_bool(_: Socket<Chat>) -> bool {
    true
}

async fn takes_text(_: Socket<Chat>, _: String) -> Result<(), ConnectError> {
    Ok(())
}

fn sync(_: Socket<Chat>) -> Result<(), ConnectError> {
    Ok(())
}

#[namespace("/chat", guard(returns_bool, takes_text, sync))]
impl Chat {}

fn main() {}
