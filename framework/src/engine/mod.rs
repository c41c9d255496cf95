//! Engine.IO sessions: long-polling, WebSocket, upgrade, heartbeat. Independent of namespaces.

pub(crate) mod admission;
mod answers;
pub(crate) mod application;
pub(crate) mod batch;
pub(crate) mod close;
pub(crate) mod codec;
pub(crate) mod compression;
pub(crate) mod cookie;
pub(crate) mod cors;
mod cross_origin;
#[cfg(feature = "__internals")]
pub mod echo;
mod endpoint;
pub(crate) mod error;
pub(crate) mod frame;
pub(crate) mod handshake;
pub(crate) mod head;
mod heartbeat;
mod held;
mod open_packet;
pub(crate) mod options;
mod origin;
pub(crate) mod outbox;
mod polling;
mod query;
pub(crate) mod revision;
mod running;
pub(crate) mod session;
mod sid;
mod spare;
pub(crate) mod state;
mod task;
mod upgrade;
mod upload;
pub(crate) mod watch;
mod websocket;

pub use answers::Body;
pub(crate) use answers::refuse;
pub use endpoint::ServeError;
pub(crate) use endpoint::{Engine, Source};
pub(crate) use held::Outside;
pub(crate) use sid::generate as generate_id;
pub(crate) use upload::Upload;
#[cfg(feature = "__internals")]
pub(crate) use websocket::{Reader as FrameReader, Room};
