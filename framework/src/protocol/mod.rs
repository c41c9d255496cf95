//! Socket.IO packets, revision 5 of the protocol: their text, their JSON, their binary attachments.
//!
//! The format is the one of the [Socket.IO protocol]. Nothing here does I/O or knows what a namespace is for.
//!
//! [Socket.IO protocol]: https://socket.io/docs/v4/socket-io-protocol/

mod decode;
pub(crate) mod encode;
pub(crate) mod json;
mod name;
mod packet;
mod placeholder;
mod plain;
mod reassembly;

pub(crate) use json::Place;
pub(crate) use name::{Head, Name};
pub(crate) use packet::{Kind, Packet};
pub(crate) use placeholder::{PLACEHOLDER, check as check_placeholders, usual as usual_placeholder};
pub(crate) use plain::plain_length;
pub(crate) use reassembly::Decoder;
