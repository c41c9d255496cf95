//! What can be seen of a server that runs: its spans and its log, its metrics.

mod book;
mod capture;
mod looking;
mod metrics;
mod spans;
