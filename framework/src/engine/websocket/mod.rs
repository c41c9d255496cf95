//! The WebSocket transport: a handshake and a reader of our own, with masking and codes of fastwebsockets.

pub(super) mod handshake;
mod parse;
mod reader;
mod stream;
mod transport;

pub(super) use reader::Incoming;
#[cfg(feature = "__internals")]
pub(crate) use reader::Reader;
pub(super) use transport::{Closing, Received, WebSocket};
