//! Handler parameters: the event's arguments, and what else a handler may ask for.

use super::{Context, DisconnectContext, EventContext, Namespace};
use crate::engine::handshake::Handshake;
use crate::escape;
use crate::namespace::{DisconnectReason, Socket};
use crate::wire::without_place;
use serde::{Serialize, de::DeserializeOwned};
use std::{any::type_name, fmt, sync::Arc};

/// A parameter of a handler, a guard or a connection hook.
///
/// There are two kinds. An **event argument** is anything that serde can read: each such parameter of a handler takes
/// the next argument that the client sent. Every other implementor is an **extractor**, and takes nothing off the
/// wire. A type cannot be both.
///
/// | parameter | where | what it is |
/// |---|---|---|
/// | `T: Deserialize` | handlers | the event's next argument; an `Option` may be missing |
/// | [`Rest<T>`](crate::Rest) | handlers | the event's remaining arguments, of any number |
/// | [`Socket<Self>`](Socket) | everywhere | the socket |
/// | [`Handshake`] | everywhere | the request that opened the connection |
/// | [`Params<T>`](crate::Params) | everywhere | the parameters of the path that the socket is connected to |
/// | [`Auth<T>`](Auth) | everywhere | what the client sent as `auth` |
/// | [`State<T>`](State) | everywhere | what the server was given with `.state(..)` |
/// | [`Recovered<S>`](crate::Recovered) | guards, `#[on_connect]` | the session of a socket that has come back, of before |
/// | [`Ack<T>`](crate::Ack) | handlers | the acknowledgement, to be given later or by somebody else |
/// | [`EventName`](crate::EventName) | handlers | the event's name |
/// | [`DisconnectReason`] | `#[on_disconnecting]`, `#[on_disconnect]` | why the socket has gone |
///
/// A parameter `&T` is extracted as a `T` and lent to the handler.
///
/// # Example
///
/// An extractor of one's own works at every stage when it is written for every [`Context`]:
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
    /// Whether this takes an argument off the wire.
    #[doc(hidden)]
    const POSITIONAL: bool = false;

    /// `true` for an extractor that takes all remaining arguments.
    #[doc(hidden)]
    const REST: bool = false;

    /// Takes the value out of the context.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] says what the client should have sent. The handler does not run then.
    fn from_context(context: &mut C) -> Result<Self, Rejection>;
}

// Not recommended: the message would name `DeserializeOwned` instead of both ways to be a parameter.
#[diagnostic::do_not_recommend]
impl<N: Namespace, T: DeserializeOwned> FromContext<EventContext<N>> for T {
    const POSITIONAL: bool = true;

    fn from_context(context: &mut EventContext<N>) -> Result<Self, Rejection> {
        context.argument()
    }
}

/// Why a parameter could not be had: the client sent something else, or nothing.
///
/// In a handler it answers the event with `{ "error": { "message": .. } }`; in a guard or in `#[on_connect]` it
/// becomes a [`ConnectError`](crate::ConnectError) with that message.
#[derive(Clone, Debug, Serialize, thiserror::Error)]
#[error("{}", escape::message(.message))]
pub struct Rejection {
    message: String,
}

impl Rejection {
    /// A rejection with a message that the client will see.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string() }
    }

    /// What went wrong is the server's business; the client only must not wait.
    pub(super) fn unwritable() -> Self {
        Self::new("the server's answer cannot be written")
    }

    pub(super) fn released() -> Self {
        Self::new("the event's arguments have been taken")
    }

    /// What the client is told.
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

/// What the client sent as `auth` when it connected to the namespace.
///
/// It is read anew wherever it is asked for; what should be kept belongs into the session. A client that sent no `auth`
/// is read as `{}`: a `T` whose fields are all optional accepts it.
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

/// The client's `auth`; one that sent none is read as `{}`.
pub(crate) fn read_auth<T: DeserializeOwned>(auth: Option<&str>) -> Result<T, Rejection> {
    serde_json::from_str(auth.unwrap_or("{}"))
        .map_err(|error| Rejection::new(format_args!("auth: {}", without_place(&error))))
}

/// A value that the server was built with, by `Server::state(value)`.
///
/// It is shared by all namespaces. What belongs to one namespace is better kept in its own struct, behind `&self`:
/// that cannot be missing at run time.
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
