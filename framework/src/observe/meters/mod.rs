//! The metrics, by the `metrics` crate.
//!
//! What is counted often is counted by handles that are made once: those of a namespace when it is given to the server, all
//! others when the server is built. A recorder has to be there by then.

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
