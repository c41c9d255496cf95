//! Namespaces at run time: connect flow, sockets, rooms, broadcasts, acknowledgements.

mod acks;
mod allowance;
mod broadcast;
mod connection;
mod driver;
mod error;
mod handle;
mod hub;
mod inbox;
mod members;
mod raw;
mod reason;
mod rooms;
mod socket;
mod unwind;

pub use broadcast::{Broadcast, Delivery};
pub use error::{AckError, EmitError, HandlerError, HandlerErrorKind};
pub use handle::NamespaceHandle;
pub use reason::DisconnectReason;
pub use socket::{Socket, Timeout, Volatile};

#[cfg(feature = "__internals")]
pub(crate) use connection::Client;
pub(crate) use connection::{Shared, SocketIo};
pub(crate) use driver::Endpoint;
