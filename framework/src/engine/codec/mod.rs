//! The Engine.IO wire format: packets, and the payloads that carry several packets over HTTP.
//!
//! The format is revision 4 of the [Engine.IO protocol]; `v3` contains the differences of revision 3.
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
