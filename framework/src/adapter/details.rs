//! The description of a socket that servers exchange.

use crate::RawJson;
use crate::engine::handshake::Handshake;

/// A snapshot of a socket, sent from one server to another.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SocketDetails {
    /// The socket's id.
    pub id: String,
    /// The HTTP request that opened its connection.
    pub handshake: Handshake,
    /// The `auth` payload that the client sent, as JSON.
    pub auth: Option<String>,
    /// The rooms that the socket is in, including the room of its own id.
    pub rooms: Vec<String>,
    /// The socket's application data (`socket.data` in Node); `None` if its server does not share any.
    pub data: Option<RawJson>,
}

impl SocketDetails {
    /// Creates the description of a socket that is in `rooms`, without `auth` and `data`.
    pub fn new(id: impl Into<String>, handshake: Handshake, rooms: Vec<String>) -> Self {
        Self { id: id.into(), handshake, auth: None, rooms, data: None }
    }
}
