//! Handler parameters: event arguments and extractors.

use super::{Context, DisconnectContext, EventContext, Namespace};
use crate::engine::handshake::Handshake;
use crate::escape;
use crate::namespace::{DisconnectReason, Socket};
use crate::wire::without_place;
use serde::{Serialize, de::DeserializeOwned};
use std::{any::type_name, fmt, sync::Arc};

/// A parameter of a handler, a guard or a connection hook.
///
/// There are two kinds. An **event argument** is any deserializable type: each such parameter of a handler takes the
/// next argument that the client sent. Every other implementor is an **extractor**, and takes no argument. A type
/// cannot be both.
///
/// | parameter | where | value |
/// |---|---|---|
/// | `T: Deserialize` | handlers | the event's next argument; an `Option` may be missing |
/// | [`Rest<T>`](crate::Rest) | handlers | the event's remaining arguments, any number of them |
/// | [`Socket<Self>`](Socket) | everywhere | the socket |
/// | [`Handshake`] | everywhere | the request that opened the connection |
/// | [`Params<T>`](crate::Params) | everywhere | the parameters of the path that the socket is connected to |
/// | [`Auth<T>`](Auth) | everywhere | the `auth` payload that the client sent |
/// | [`State<T>`](State) | everywhere | the value that was passed to the server with `.state(..)` |
/// | [`Recovered<S>`](crate::Recovered) | guards, `#[on_connect]` | the session that a recovered socket had before |
/// | [`Ack<T>`](crate::Ack) | handlers | the acknowledgement, which can be sent later or by another task |
/// | [`EventName`](crate::EventName) | handlers | the event's name |
/// | [`DisconnectReason`] | `#[on_disconnecting]`, `#[on_disconnect]` | the reason for the disconnection |
///
/// A parameter `&T` is extracted as a `T` and passed to the handler by reference.
///
/// # Example
///
/// A custom extractor works at every stage if it is implemented for every [`Context`]:
///
/// ```
/// use switchboard::prelude::*;
///
/// struct SocketId(String);
///
/// impl<C: Context> FromContext<C> for SocketId {
///     fn from_context(context: &mut C) -> Result<Self, Rejection> {
///         Ok(SocketId(context.socket().id().to_owned()))
///     }
/// }
///
/// struct Echo;
///
/// #[namespace("/echo")]
/// impl Echo {
///     #[on("who am I")]
///     fn who(&self, SocketId(id): SocketId) -> String {
///         id
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter here",
    label = "neither an event argument nor an extractor here",
    note = "an event argument, in `#[on(..)]` only, implements `serde::Deserialize`: add `#[payload]` to its type",
    note = "an extractor implements `FromContext<{C}>`"
)]
pub trait FromContext<C: Context>: Sized {
    /// `true` if this takes an argument of the event.
    #[doc(hidden)]
    const POSITIONAL: bool = false;

    /// `true` for an extractor that takes all remaining arguments.
    #[doc(hidden)]
    const REST: bool = false;

    /// Extracts the value from the context.
    ///
    /// # Errors
    ///
    /// Returns a [`Rejection`] that describes the mistake. The handler then does not run.
    fn from_context(context: &mut C) -> Result<Self, Rejection>;
}

// Without this attribute, the message would name `DeserializeOwned` instead of both kinds of parameters.
#[diagnostic::do_not_recommend]
impl<N: Namespace, T: DeserializeOwned> FromContext<EventContext<N>> for T {
    const POSITIONAL: bool = true;

    fn from_context(context: &mut EventContext<N>) -> Result<Self, Rejection> {
        context.argument()
    }
}

/// The error of a parameter that could not be extracted: the client sent something else, or nothing.
///
/// In a handler, it acknowledges the event with `{ "error": { "message": .. } }`. In a guard or in `#[on_connect]`, it
/// becomes a [`ConnectError`](crate::ConnectError) with the same message.
#[derive(Clone, Debug, Serialize, thiserror::Error)]
#[error("{}", escape::message(.message))]
pub struct Rejection {
    message: String,
}

impl Rejection {
    /// Creates a rejection with a message for the client.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string() }
    }

    /// Hides the cause, which concerns only the server. Without this reply, the client would wait for an
    /// acknowledgement.
    pub(super) fn unwritable() -> Self {
        Self::new("the server's answer cannot be written")
    }

    pub(super) fn looks_like_failure() -> Self {
        Self::new("the server's answer cannot be told from an error")
    }

    pub(super) fn released() -> Self {
        Self::new("the event's arguments have been taken")
    }

    /// Returns the message for the client.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl<N: Namespace, C: Context<Namespace = N>> FromContext<C> for Socket<N> {
    fn from_context(context: &mut C) -> Result<Self, Rejection> {
        Ok(context.socket().clone())
    }
}

impl<C: Context> FromContext<C> for Handshake {
    fn from_context(context: &mut C) -> Result<Self, Rejection> {
        Ok(context.socket().handshake().clone())
    }
}

impl<N: Namespace> FromContext<DisconnectContext<N>> for DisconnectReason {
    fn from_context(context: &mut DisconnectContext<N>) -> Result<Self, Rejection> {
        Ok(context.reason())
    }
}

/// The `auth` payload that the client sent when it connected to the namespace.
///
/// It is deserialized on every extraction, so data that is needed often belongs in the session. A client that sent no
/// `auth` is treated as if it sent `{}`: a `T` whose fields are all optional accepts it.
///
/// ```
/// # use switchboard::prelude::*;
/// #[payload]
/// struct Credentials {
///     token: Option<String>,
/// }
///
/// struct Chat;
///
/// #[namespace("/chat", session = bool)]
/// impl Chat {
///     #[on_connect]
///     fn enter(&self, Auth(credentials): Auth<Credentials>) -> bool {
///         credentials.token.is_some()
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth<T>(pub T);

impl<C: Context, T: DeserializeOwned> FromContext<C> for Auth<T> {
    fn from_context(context: &mut C) -> Result<Self, Rejection> {
        read_auth(context.socket().auth()).map(Auth)
    }
}

/// Deserializes the client's `auth` payload; `{}` if it sent none.
pub(crate) fn read_auth<T: DeserializeOwned>(auth: Option<&str>) -> Result<T, Rejection> {
    serde_json::from_str(auth.unwrap_or("{}"))
        .map_err(|error| Rejection::new(format_args!("auth: {}", without_place(&error))))
}

/// A value that was passed to the server with `Server::state(value)`.
///
/// It is shared by all namespaces. Data of a single namespace is better kept in its own struct, behind `&self`, where
/// it cannot be missing at run time.
#[derive(Debug)]
pub struct State<T>(pub Arc<T>);

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Context, T: Send + Sync + 'static> FromContext<C> for State<T> {
    fn from_context(context: &mut C) -> Result<Self, Rejection> {
        match context.socket().state() {
            Some(state) => Ok(Self(state)),
            None => Err(Rejection::new(format_args!("the server has no state of type `{}`", type_name::<T>()))),
        }
    }
}
