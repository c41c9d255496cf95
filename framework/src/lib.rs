//! A framework for event-driven servers that speak Socket.IO.

mod engine;
#[cfg(fuzzing)]
pub mod fuzzing;
mod protocol;
mod wire;

pub use protocol::DecodeError;
