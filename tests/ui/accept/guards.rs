//! Guards with the socket by value, by reference, or without it; generic, or for a single namespace.
#![deny(warnings)]

use switchboard::prelude::*;

#[payload]
struct Token {
    token: Option<String>,
}

struct Chat;

#[namespace("/chat", guard(nothing, lent, given, own, auth::many, Self::associated))]
impl Chat {}

impl Chat {
    async fn associated(socket: &Socket<Self>) -> Result<(), ConnectError> {
        own(socket).await
    }
}

async fn nothing() -> Result<(), ConnectError> {
    Ok(())
}

async fn lent<N: Namespace>(socket: &Socket<N>, _handshake: Handshake) -> Result<(), ConnectError> {
    std::future::ready(()).await;
    if socket.id().is_empty() { Err(ConnectError::new("no id")) } else { Ok(()) }
}

async fn given<N: Namespace>(_socket: Socket<N>, Auth(token): Auth<Token>) -> Result<(), ConnectError> {
    token.token.map(drop).ok_or_else(|| ConnectError::new("no token"))
}

async fn own(_socket: &Socket<Chat>) -> Result<(), ConnectError> {
    Ok(())
}

mod auth {
    use switchboard::prelude::*;

    pub async fn many(
        _: &Socket<super::Chat>,
        _: Handshake,
        _: Auth<super::Token>,
        _: State<String>,
        _: State<u8>,
        _: Handshake,
        _: Socket<super::Chat>,
    ) -> Result<(), ConnectError> {
        Ok(())
    }
}
