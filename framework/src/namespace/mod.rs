//! Namespaces at run time: connect flow, sockets, rooms, broadcasts, acknowledgements.

mod acks;
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
mod registry;
mod rooms;
mod search;
mod socket;
mod template;
mod unwind;

pub use broadcast::{Broadcast, Delivery};
pub use error::{AckError, EmitError, HandlerError, HandlerErrorKind};
pub use handle::{Children, NamespaceHandle};
pub use reason::DisconnectReason;
pub use search::ConnectRequest;
pub use socket::{Socket, Timeout, Volatile};

#[cfg(feature = "__internals")]
pub(crate) use connection::Client;
pub(crate) use connection::{Shared, SocketIo};
pub(crate) use registry::{Pattern, Registry};
