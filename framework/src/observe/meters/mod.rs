//! Metrics, through the `metrics` crate.
//!
//! The handles of frequently used metrics are created once: those of a namespace when it is added to the server, all
//! others when the server is built. A recorder must be installed before that.

mod ack;
mod event;
mod labels;
mod namespace;
mod server;
mod stopwatch;

mod vocabulary;

pub(crate) use ack::Ack;
pub(crate) use event::Event;
pub(crate) use namespace::Namespace;
pub(crate) use server::{Connection, Server};
pub(crate) use stopwatch::Stopwatch;
