//! Namespaces at run time: connect flow, sockets, rooms, broadcasts, acknowledgements.

mod blocking;
mod broadcast;
mod broadcast_ack;
mod catch_panic;
mod compat_v2;
mod connection;
mod engine_session;
mod error;
mod event_queue;
mod fanout;
mod handle;
mod local;
mod namespace_state;
mod pattern;
mod pending_acks;
mod pending_connect;
mod rate_limit_state;
mod reason;
#[cfg(feature = "testing")]
mod recorder;
mod recovery;
mod registry;
mod remote;
mod room_events;
mod rooms;
mod server_side;
mod socket;
mod socket_extras;
mod socket_inner;
mod socket_listeners;
mod socket_set;
mod socket_task;
mod template;
mod time_limit;

pub use broadcast::{Broadcast, Delivery};

pub use broadcast_ack::{Answer, AnswerSink, Answers, ServerAnswers, UnfitAnswer};
pub use engine_session::EngineSession;
pub use error::{AckError, EmitError, HandlerError, HandlerErrorKind, JoinError};
pub use handle::{Children, NamespaceHandle};
pub use local::{Local, Question};
pub use pending_connect::ConnectRequest;
pub use reason::DisconnectReason;
pub use recovery::{ExpiredSession, ExpiryReason, Recovery};
pub use remote::RemoteSocket;
pub use room_events::{RoomEvent, RoomEvents};
pub use server_side::ServerSideError;
pub use socket::{Socket, Timeout, Volatile};
pub use socket_extras::{AnyEvent, DataError, ListenerId, Remaining, SocketData};

pub(crate) use blocking::{BlockingLimit, run_blocking};
#[cfg(feature = "__internals")]
pub(crate) use connection::ClientConnection;
pub(crate) use connection::{Shared, SocketIo};
pub(crate) use pattern::Pattern;
#[cfg(feature = "testing")]
pub(crate) use recorder::{Emission, Recorder};
pub(crate) use recovery::Store as RecoveryStore;
pub(crate) use registry::Registry;
pub(crate) use socket_extras::{AckHandle, call_listeners, has_listeners};
pub(crate) use socket_inner::MaxRooms;
#[cfg(feature = "schema")]
pub(crate) use template::Template;
