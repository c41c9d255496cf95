//! Observability: spans and log events through the `tracing` crate, metrics through the `metrics` crate.
//!
//! Each has its own feature. Without the feature, [`meters`] or [`spans`] is replaced by a module with the same
//! functions that do nothing, so callers need no `cfg` and their calls compile to nothing.

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
