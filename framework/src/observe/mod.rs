//! What can be seen of a server that runs: spans and log lines by the `tracing` crate, metrics by the `metrics` crate.
//!
//! Each has a feature. Without it, a module with the same functions takes the place of [`meters`] or [`spans`], which keep
//! nothing and do nothing: those who call need not know, and nothing is left of their calls.

mod ack;
mod connection;
mod event;
#[cfg(feature = "metrics")]
mod meters;
#[cfg(not(feature = "metrics"))]
#[path = "no_meters.rs"]
mod meters;
mod names;
mod namespace;
#[cfg(not(feature = "tracing"))]
#[path = "no_spans.rs"]
mod spans;
#[cfg(feature = "tracing")]
mod spans;

pub(crate) use connection::{Connection, Server};
pub(crate) use event::{Arrival, Event};
pub(crate) use meters::Stopwatch;
pub(crate) use namespace::{Namespace, disconnected, expired, failed};
pub(crate) use spans::Span;
