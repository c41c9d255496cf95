//! The WebSocket transport: a handshake and a reader of our own, with masking and codes of fastwebsockets.

pub(super) mod handshake;
mod parse;
mod reader;
mod stream;
mod text;
mod transport;

pub(super) use reader::Incoming;
pub(super) use transport::{Closing, Received, WebSocket};
#[cfg(feature = "__internals")]
pub(crate) use {reader::Reader, text::Room};
