//! Namespaces at run time: connect flow, sockets, rooms, broadcasts, acknowledgements.

mod acks;
mod allowance;
mod answers;
mod asked;
mod broadcast;
mod connection;
mod driver;
mod error;
mod handle;
mod hub;
mod inbox;
mod local;
mod many;
mod members;
mod outside;
mod raw;
mod reason;
mod registry;
mod remote;
mod room_events;
mod rooms;
mod search;
mod socket;
mod template;
mod unwind;

pub use answers::{Answer, Answers, ServerAnswers, UnfitAnswer};
pub use asked::AnswerSink;
pub use broadcast::{Broadcast, Delivery};
pub use error::{AckError, EmitError, HandlerError, HandlerErrorKind};
pub use handle::{Children, NamespaceHandle};
pub use local::{Local, Question};
pub use outside::ServerSideError;
pub use reason::DisconnectReason;
pub use remote::RemoteSocket;
pub use room_events::{RoomEvent, RoomEvents};
pub use search::ConnectRequest;
pub use socket::{Socket, Timeout, Volatile};

#[cfg(feature = "__internals")]
pub(crate) use connection::Client;
pub(crate) use connection::{Shared, SocketIo};
pub(crate) use registry::{Pattern, Registry};
#[cfg(feature = "schema")]
pub(crate) use template::Template;
