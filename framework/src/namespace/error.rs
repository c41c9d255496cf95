//! The errors of emits, joins, acknowledgements and handlers.

use std::error::Error;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::contract::chain;
use crate::engine::state::PushError;
use crate::escape;
use crate::protocol::is_reserved;
use crate::wire::ArgumentError;

/// The error of an event that was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The socket is disconnected. With [recovery](crate::Server::recovery), emitting to a socket that may come back is
    /// not an error: the event is stored for it.
    #[error("the socket is disconnected")]
    Disconnected,
    /// The client reads too slowly: its queue has reached [`Server::queue_limits`](crate::Server::queue_limits), and
    /// the connection is closed. Also returned in `#[on_connect]`, if more than 1,024 events are waiting for the reply
    /// to the CONNECT packet.
    #[error("the client reads too slowly: its queue is full")]
    QueueFull,
    /// The event was volatile, and the transport was not ready.
    #[error("the volatile event was dropped: the transport is not ready")]
    Dropped,
    /// Socket.IO reserves the event's name: `connect`, `connect_error`, `disconnect`, `disconnecting`, `newListener`
    /// and `removeListener`; between servers `connect`, `connection` and `new_namespace`.
    #[error("cannot send `{}`: the name is reserved", escape::name(event))]
    Reserved {
        /// The event's name.
        event: String,
    },
    /// The event cannot be serialized to JSON.
    #[error("event `{}` cannot be written: {source}", escape::name(event))]
    Unwritable {
        /// The event's name.
        event: String,
        /// The serialization error.
        source: serde_json::Error,
    },
}

impl EmitError {
    pub(super) fn unwritable(event: &str, source: serde_json::Error) -> Self {
        Self::Unwritable { event: event.to_owned(), source }
    }

    /// Checks an event name that is known only at run time.
    pub(super) fn check_not_reserved(event: &str) -> Result<&str, Self> {
        if is_reserved(event) { Err(Self::Reserved { event: event.to_owned() }) } else { Ok(event) }
    }
}

impl From<PushError> for EmitError {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Closed => Self::Disconnected,
            PushError::Full => Self::QueueFull,
            PushError::Dropped => Self::Dropped,
        }
    }
}

/// The error of a socket that cannot join a room.
///
/// A handler can return it. The client then receives `{ "error": { "message": .. } }`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The socket is in as many rooms as [`Server::max_rooms`](crate::Server::max_rooms) allows.
    #[error("cannot join the room: the limit is {limit} rooms per socket")]
    TooManyRooms {
        /// The maximum number of rooms.
        limit: usize,
    },
    /// The names of the socket's rooms would exceed the bytes that [`Server::max_rooms`](crate::Server::max_rooms)
    /// allows.
    #[error("cannot join the room: the names of a socket's rooms are limited to {limit} bytes")]
    NamesTooLong {
        /// The maximum length of all names together, in bytes.
        limit: usize,
    },
}

impl Serialize for JoinError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("JoinError", 1)?;
        error.serialize_field("message", &self.to_string())?;
        error.end()
    }
}

/// The error of an acknowledgement that did not arrive, or is invalid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// The event was not sent.
    #[error(transparent)]
    Emit(EmitError),
    /// The socket is not connected yet. Guards and `#[on_connect]` cannot wait for an acknowledgement, because the
    /// client receives nothing before they accept it.
    #[error("the socket is not connected yet")]
    NotConnected,
    /// No acknowledgement arrived within the timeout.
    #[error("operation has timed out")]
    Timeout,
    /// The socket was disconnected before it acknowledged.
    #[error("socket has been disconnected")]
    Disconnected,
    /// The acknowledgement is not of the event's `Ack` type.
    #[error("the acknowledgement of `{}` does not fit: {}", escape::name(event), escape::message(message))]
    Unfit {
        /// The event's name.
        event: String,
        /// The deserialization error.
        message: String,
    },
}

impl From<EmitError> for AckError {
    fn from(error: EmitError) -> Self {
        match error {
            EmitError::Disconnected => Self::Disconnected,
            other => Self::Emit(other),
        }
    }
}

impl AckError {
    pub(crate) fn unfit(event: &str, error: &ArgumentError) -> Self {
        Self::Unfit { event: event.to_owned(), message: error.to_string() }
    }
}

/// An event that was not handled, or another failure of a socket, as passed to
/// [`Server::on_error`](crate::Server::on_error).
///
/// If the client requested an acknowledgement, `{ "error": … }` has already been sent, unless the event had been
/// acknowledged before. For [`Unanswered`](HandlerErrorKind::Unanswered), nothing was sent.
///
/// The `Display` text is a single line that is safe to log: control characters are escaped, names are cut to 64 bytes
/// and messages to 1 KiB. The fields hold the original text.
#[derive(Clone, Debug, thiserror::Error)]
#[error("event `{}` of namespace `{}`: {kind}", escape::name(event), escape::name(namespace))]
#[non_exhaustive]
pub struct HandlerError {
    /// The namespace's path.
    pub namespace: String,
    /// The event's name. Hooks are reported as `connect`, `connected`, `disconnecting` and `disconnect`; a room that
    /// [`sockets_join`](crate::Broadcast::sockets_join) could not join as `join`; a listener over the limit as
    /// `listener`.
    pub event: String,
    /// The socket's id; empty if a path pattern failed before the socket existed.
    pub socket: String,
    /// The cause.
    pub kind: HandlerErrorKind,
}

/// The cause of a [`HandlerError`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerErrorKind {
    /// The handler returned an error, a middleware rejected the event, or the arguments did not fit the parameters. The
    /// text is the error as JSON, or the message.
    #[error("{}", escape::message(.0))]
    Failed(String),
    /// The handler returned an [`EventError`](crate::EventError) that has a source, for example an error that `?`
    /// converted. The client got the message of the `EventError` only.
    #[error("internal error: {}", escape::message(&chain(&**.0)))]
    Internal(Arc<dyn Error + Send + Sync>),
    /// The answer is an object with `error` as its only key, so that the client could not tell it from a failure. It was
    /// not sent. [`Contract::warnings`](crate::schema::Contract::warnings) lists the types that can be such an object.
    #[error(
        "the answer is an object with `error` as its only key, which is how failures look: rename the field, or add another \
         one"
    )]
    AckLooksLikeFailure,
    /// The handler panicked. The connection continues with the next event.
    #[error("the handler panicked: {}", escape::message(.0))]
    Panicked(String),
    /// The handler did not return in time, and was dropped: see
    /// [`Server::handler_timeout`](crate::Server::handler_timeout) and
    /// [`Server::disconnect_timeout`](crate::Server::disconnect_timeout).
    #[error("the handler timed out")]
    TimedOut,
    /// The handler extracted an [`Ack`](crate::Ack), which was dropped without being used. The client keeps waiting.
    #[error("the acknowledgement was dropped unanswered")]
    Unanswered,
    /// The event has no handler.
    #[error("no handler has this name")]
    Unhandled,
}
