//! A socket as servers describe it to each other.

use crate::RawJson;
use crate::engine::handshake::Handshake;

/// A socket at one instant, as one server describes it to another.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SocketDetails {
    /// Its id.
    pub id: String,
    /// The request that opened its connection.
    pub handshake: Handshake,
    /// The `auth` object that the client sent, as JSON.
    pub auth: Option<String>,
    /// The rooms that it is in, the one of its own id included.
    pub rooms: Vec<String>,
    /// What its server keeps for it and shows to the others (`socket.data` in Node), where it shows anything.
    pub data: Option<RawJson>,
}

impl SocketDetails {
    /// A socket in these rooms, of which no more is known.
    pub fn new(id: impl Into<String>, handshake: Handshake, rooms: Vec<String>) -> Self {
        Self { id: id.into(), handshake, auth: None, rooms, data: None }
    }
}
