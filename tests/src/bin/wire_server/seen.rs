//! The handshake as handlers see it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use switchboard::Value;
use switchboard::prelude::*;

/// The parts of a handshake that come from the client.
#[derive(Serialize, Deserialize)]
pub(crate) struct Seen {
    query: BTreeMap<String, String>,
    auth: Value,
    headers: BTreeMap<String, String>,
    url: String,
}

impl Seen {
    /// Returns the handshake of this socket.
    pub(crate) fn of<N: Namespace>(socket: &Socket<N>) -> Self {
        let handshake = socket.handshake();
        let (_, query) = handshake.uri().split_once('?').unwrap_or_default();
        let names = query.split('&').filter_map(|pair| pair.split('=').next());
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Self {
            query: names.filter_map(|name| Some((name.to_owned(), handshake.query(name)?.into_owned()))).collect(),
            auth: serde_json::from_str(socket.auth().unwrap_or("{}")).unwrap_or(Value::Null),
            headers: handshake.headers().map(|(name, value)| (name.to_owned(), text(value))).collect(),
            url: handshake.uri().to_owned(),
        }
    }
}
