//! The WebSocket transport. The handshake and the frame reader are implemented here; opcodes and close codes come from
//! fastwebsockets.

pub(super) mod handshake;
mod parse;
mod reader;
mod stream;
mod text;
mod transport;
mod writer;

pub(super) use reader::Incoming;
pub(super) use transport::{Closing, Received, WebSocket};
pub(super) use writer::Writer;
#[cfg(feature = "__internals")]
pub(crate) use {reader::Reader, text::Room};
