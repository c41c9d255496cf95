//! The server: its options, its service for mounting, and its own listener.

mod builder;
mod client_files;
mod connections;
mod drain;
mod handle;
mod linger;
mod listen;
mod namespaces;
mod root;
mod service;
mod signal;

pub use builder::Server;
pub use client_files::ClientFiles;
pub use drain::{Drain, ShutdownReport};
pub use handle::Handle;
pub use service::Service;
pub use signal::shutdown_signal;
