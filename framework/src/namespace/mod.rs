//! Namespaces at run time: connect flow, sockets, rooms, broadcasts, acknowledgements.

mod acks;
mod allowance;
mod answers;
mod asked;
mod blocking;
mod broadcast;
mod connection;
mod driver;
mod engine_session;
mod error;
mod handle;
mod hub;
mod inbox;
#[cfg(feature = "testing")]
mod journal;
mod listen;
mod local;
mod many;
mod members;
mod outside;
mod pattern;
mod raw;
mod reason;
mod recovery;
mod registry;
mod remote;
mod room_events;
mod rooms;
mod runtime;
mod search;
mod socket;
mod template;
mod time_limit;
mod unwind;
mod v2;

pub use answers::{Answer, Answers, ServerAnswers, UnfitAnswer};
pub use asked::AnswerSink;
pub use broadcast::{Broadcast, Delivery};
pub use engine_session::EngineSession;
pub use error::{AckError, EmitError, HandlerError, HandlerErrorKind, JoinError};
pub use handle::{Children, NamespaceHandle};
pub use local::{Local, Question};
pub use outside::ServerSideError;
pub use reason::DisconnectReason;
pub use recovery::{ExpiredSession, ExpiryReason, Recovery};
pub use remote::RemoteSocket;
pub use room_events::{RoomEvent, RoomEvents};
pub use runtime::{AnyEvent, DataError, ListenerId, Remaining, SocketData};
pub use search::ConnectRequest;
pub use socket::{Socket, Timeout, Volatile};

pub(crate) use blocking::{BlockingLimit, run_blocking};
#[cfg(feature = "__internals")]
pub(crate) use connection::Client;
pub(crate) use connection::{Shared, SocketIo};
#[cfg(feature = "testing")]
pub(crate) use journal::{Emission, Journal};
pub(crate) use pattern::Pattern;
pub(crate) use raw::MaxRooms;
pub(crate) use recovery::Store as RecoveryStore;
pub(crate) use registry::Registry;
pub(crate) use runtime::{AckHandle, call_listeners, has_listeners};
#[cfg(feature = "schema")]
pub(crate) use template::Template;
