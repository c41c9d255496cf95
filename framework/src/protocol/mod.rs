//! Socket.IO packets (protocol revision 5): their text, JSON and binary attachments.
//!
//! The format is that of the [Socket.IO protocol]. This module does no I/O and is independent of namespaces.
//!
//! [Socket.IO protocol]: https://socket.io/docs/v4/socket-io-protocol/

mod decode;
pub(crate) mod encode;
pub(crate) mod json;
#[cfg(feature = "msgpack")]
mod msgpack;
mod name;
mod packet;
mod parser;
mod placeholder;
mod plain;
mod reassembly;

pub(crate) use encode::{AMBIGUOUS, Address};
pub(crate) use json::Place;
#[cfg(feature = "msgpack")]
pub(crate) use msgpack::{Header, Token, Tokens, pack_binary, pack_json, pack_signed, pack_str, pack_unsigned};
pub(crate) use name::{Head, Name};
pub(crate) use packet::{Kind, Packet, is_reserved};
#[cfg_attr(not(feature = "msgpack"), allow(unreachable_pub, reason = "there is nothing to choose then"))]
pub use parser::Parser;
pub(crate) use placeholder::{
    PLACEHOLDER, check as check_placeholders, has_only as has_only_placeholders, usual as usual_placeholder,
};
pub(crate) use plain::plain_length;
pub(crate) use reassembly::Decoder;
