//! Observability of a running server: spans, logs and metrics.

mod book;
mod capture;
mod looking;
mod metrics;
mod spans;
