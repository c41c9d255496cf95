//! Raw clients for tests: they send the exact bytes that a test specifies, valid or not, and expose the bytes received.

#[cfg(doctest)]
mod book;
pub mod connection;
pub mod contract;
pub mod endpoint;
pub mod frame;
pub mod http;
pub mod line;
mod panics;
pub mod polling;
pub mod server;
pub mod websocket;

pub use connection::Connection;
pub use endpoint::Endpoint;
pub use frame::Frame;
pub use http::{Request, Response};
pub use line::Line;
pub use polling::Polling;
pub use server::TestServer;
pub use websocket::{Received, WebSocket};
