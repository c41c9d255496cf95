//! Engine.IO version 4 on the wire: packets, and the payloads that carry several of them over HTTP.
//!
//! The format is the one of the [Engine.IO protocol], revision 4.
//!
//! [Engine.IO protocol]: https://socket.io/docs/v4/engine-io-protocol/

mod packet;
mod payload;

pub(crate) use packet::Packet;
#[cfg(feature = "__internals")]
pub(crate) use payload::packets;
pub(crate) use payload::{Cursor, append_binary, append_text};
