//! Engine.IO on the wire: packets, and the payloads that carry several of them over HTTP.
//!
//! The format is the one of the [Engine.IO protocol], revision 4; `v3` has what differs in revision 3.
//!
//! [Engine.IO protocol]: https://socket.io/docs/v4/engine-io-protocol/

mod base64;
mod body;
mod packet;
mod payload;
pub(crate) mod v3;

pub(crate) use body::Body;
pub(crate) use packet::{Packet, PacketError};
#[cfg(feature = "__internals")]
pub(crate) use payload::packets;
pub(crate) use payload::{append_binary, append_text};
