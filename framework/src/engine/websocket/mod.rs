//! The WebSocket transport: fastwebsockets' handshake, masking and codes around a reader of our own.

pub(super) mod handshake;
mod parse;
mod reader;
mod stream;
mod transport;

pub(super) use reader::Incoming;
pub(super) use transport::{Closing, Received, WebSocket};
