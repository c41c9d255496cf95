//! What can go wrong between a handler and its clients.

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::engine::state::PushError;
use crate::escape;
use crate::protocol::is_reserved;
use crate::wire::ArgumentError;

/// An event was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The socket is disconnected. Where connections are [recovered](crate::Server::recovery), what is emitted to one that
    /// may come back is no error: it is kept for it.
    #[error("the socket is disconnected")]
    Disconnected,
    /// The client does not read what is sent to it, and its queue has reached the bound of
    /// [`Server::queue_limits`](crate::Server::queue_limits): the connection is closed. Or more than 1,024 events wait
    /// for the reply to its connection, in `#[on_connect]`.
    #[error("the client reads too slowly: its queue is full")]
    QueueFull,
    /// The event was volatile, and the transport was not ready at that instant.
    #[error("the volatile event was dropped: the transport is not ready")]
    Dropped,
    /// Socket.IO keeps this name for itself: `connect`, `connect_error`, `disconnect`, `disconnecting`, `newListener` and
    /// `removeListener`; between servers `connect`, `connection` and `new_namespace`.
    #[error("cannot send `{}`: the name is reserved", escape::name(event))]
    Reserved {
        /// The event's name.
        event: String,
    },
    /// The event's value cannot be expressed in JSON.
    #[error("event `{}` cannot be written: {source}", escape::name(event))]
    Unwritable {
        /// The event's name.
        event: String,
        /// What serde says.
        source: serde_json::Error,
    },
}

impl EmitError {
    pub(super) fn unwritable(event: &str, source: serde_json::Error) -> Self {
        Self::Unwritable { event: event.to_owned(), source }
    }

    /// Checks the name of an event, where the compiler could not.
    pub(super) fn unless_reserved(event: &str) -> Result<&str, Self> {
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

/// A socket cannot join a room.
///
/// A handler can return it: the client gets `{ "error": { "message": .. } }`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The socket is in as many rooms as [`Server::max_rooms`](crate::Server::max_rooms) allows.
    #[error("cannot join the room: the limit is {limit} rooms per socket")]
    TooManyRooms {
        /// The most rooms.
        limit: usize,
    },
    /// The names of the socket's rooms would have more bytes than [`Server::max_rooms`](crate::Server::max_rooms) allows.
    #[error("cannot join the room: the names of a socket's rooms are limited to {limit} bytes")]
    NamesTooLong {
        /// The most bytes of all names together.
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

/// The client's acknowledgement did not come, or is not what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// The event was not sent at all.
    #[error(transparent)]
    Emit(EmitError),
    /// The socket is not connected yet: guards and `#[on_connect]` cannot wait for the client, which hears nothing
    /// before they let it in.
    #[error("the socket is not connected yet")]
    NotConnected,
    /// No acknowledgement came in time.
    #[error("operation has timed out")]
    Timeout,
    /// The socket was disconnected before it acknowledged.
    #[error("socket has been disconnected")]
    Disconnected,
    /// The acknowledgement does not fit the event's `Ack` type.
    #[error("the acknowledgement of `{}` does not fit: {}", escape::name(event), escape::message(message))]
    Unfit {
        /// The event's name.
        event: String,
        /// What is wrong with it.
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

/// An event that was not handled, or a join of many sockets that failed for one of them, as given to [`Server::on_error`](crate::Server::on_error).
///
/// The client's acknowledgement, if it asked for one, has been answered with `{ "error": … }` by then, unless it had an
/// answer already; for [`Unanswered`](HandlerErrorKind::Unanswered), there is none.
///
/// `Display` is one line that is safe to log: control characters in the client's text are escaped, names are cut to 64
/// bytes and messages to 1 KiB. The fields hold the text as it came.
#[derive(Clone, Debug, thiserror::Error)]
#[error("event `{}` of namespace `{}`: {kind}", escape::name(event), escape::name(namespace))]
#[non_exhaustive]
pub struct HandlerError {
    /// The namespace's path.
    pub namespace: String,
    /// The event's name; `connect`, `connected`, `disconnecting` and `disconnect` stand for the hooks, and `join`
    /// for a room that [`sockets_join`](crate::Broadcast::sockets_join) could not let the socket enter, `listener` for one too
    /// many.
    pub event: String,
    /// The socket's id; empty where a pattern failed, before there was a socket.
    pub socket: String,
    /// What went wrong.
    pub kind: HandlerErrorKind,
}

/// Why an event was not handled.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerErrorKind {
    /// The handler returned an error, or a middleware refused the event, or the arguments did not fit its
    /// parameters. The text is the error as JSON, or the message.
    #[error("{}", escape::message(.0))]
    Failed(String),
    /// The handler panicked. The connection goes on with the next event.
    #[error("the handler panicked: {}", escape::message(.0))]
    Panicked(String),
    /// The handler did not end in time, and was dropped: see [`Server::handler_timeout`](crate::Server::handler_timeout) and
    /// [`Server::disconnect_timeout`](crate::Server::disconnect_timeout).
    #[error("the handler timed out")]
    TimedOut,
    /// The handler took the acknowledgement as an [`Ack`](crate::Ack), and that was dropped unanswered: the client waits.
    #[error("the acknowledgement was dropped unanswered")]
    Unanswered,
    /// No handler has this name.
    #[error("no handler has this name")]
    Unhandled,
}
