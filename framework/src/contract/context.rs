//! Contexts: what handlers, guards and middleware are called with, one type for each stage of a socket's life.

use super::{FromContext, HandlerFailure, Namespace, Rejection, Reply, Responder, reply::Wanted};
use crate::{
    namespace::{AckHandle, DisconnectReason, HandlerErrorKind, Socket, call_listeners, has_listeners},
    protocol::encode::AckSlot,
    wire::Arguments,
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// What every stage of a socket's life has in common.
///
/// An extractor that implements [`FromContext<C>`](FromContext) for any `C: Context` can be used at every stage.
/// The contexts of this crate are the only ones.
pub trait Context: Send + sealed::Sealed {
    /// The namespace that the socket belongs to.
    type Namespace: Namespace;

    /// The socket that connects, sent the event, or has gone.
    fn socket(&self) -> &Socket<Self::Namespace>;

    /// Takes the next argument, or whatever else `T` extracts.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] when the client did not send what `T` needs.
    fn extract<T: FromContext<Self>>(&mut self) -> Result<T, Rejection>
    where
        Self: Sized,
    {
        T::from_context(self)
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A socket that asks to connect: what guards and `#[on_connect]` extract from.
pub struct ConnectContext<N: Namespace> {
    socket: Socket<N>,
}

/// A socket that has just been connected: what `#[on_connected]` extracts from.
pub struct ConnectedContext<N: Namespace> {
    socket: Socket<N>,
}

/// A socket that goes, or has gone: what `#[on_disconnecting]` and `#[on_disconnect]` extract from.
pub struct DisconnectContext<N: Namespace> {
    socket: Socket<N>,
    reason: DisconnectReason,
    /// Which of the two: what the error hook calls it.
    hook: &'static str,
}

/// One incoming event: what handlers extract from, and what middleware passes on.
///
/// It is owned and cheap to move; no lifetime of a received frame reaches middleware.
pub struct EventContext<N: Namespace> {
    socket: Socket<N>,
    /// Gone once the handler has its arguments, so that a handler that takes long does not pin the received frame.
    arguments: Option<Arguments>,
    ack: Wanted,
}

impl<N: Namespace> ConnectContext<N> {
    pub(crate) fn new(socket: Socket<N>) -> Self {
        Self { socket }
    }

    /// Whether guards are to be asked: always, but for a client that comes back where
    /// [`Recovery::skip_guards`](crate::Recovery::skip_guards) says so.
    pub fn asks_guards(&self) -> bool {
        !self.socket.skips_guards()
    }
}

impl<N: Namespace> ConnectedContext<N> {
    pub(crate) fn new(socket: Socket<N>) -> Self {
        Self { socket }
    }

    /// Reports an error of the hook to [`Server::on_error`](crate::Server::on_error). The client is not told.
    pub fn report(&self, error: impl fmt::Display) {
        self.socket.report("connected", HandlerErrorKind::Failed(error.to_string()));
    }
}

impl<N: Namespace> DisconnectContext<N> {
    pub(crate) fn new(socket: Socket<N>, reason: DisconnectReason, hook: &'static str) -> Self {
        Self { socket, reason, hook }
    }

    /// Why the socket goes, or has gone.
    pub fn reason(&self) -> DisconnectReason {
        self.reason
    }

    /// The hook could not run. There is no client to tell, only the server.
    pub(crate) fn skip(&self, rejection: &Rejection) {
        self.socket.report(self.hook, HandlerErrorKind::Failed(rejection.message().to_owned()));
    }
}

impl<N: Namespace> EventContext<N> {
    pub(crate) fn new(socket: Socket<N>, arguments: Arguments, ack: Option<AckSlot>) -> Self {
        Self { socket, arguments: Some(arguments), ack: Wanted::new(ack) }
    }

    /// The event's name.
    pub fn name(&self) -> &str {
        self.arguments.as_ref().map_or("", Arguments::name)
    }

    /// The number of arguments that the client sent, including those that extractors have taken. Walks over the event's bytes.
    ///
    /// An extractor that needs the number:
    ///
    /// ```
    /// use switchboard::prelude::*;
    ///
    /// struct ArgumentCount(usize);
    ///
    /// impl<N: Namespace> FromContext<EventContext<N>> for ArgumentCount {
    ///     fn from_context(event: &mut EventContext<N>) -> Result<Self, Rejection> {
    ///         Ok(Self(event.argument_count()))
    ///     }
    /// }
    /// ```
    pub fn argument_count(&self) -> usize {
        self.arguments.as_ref().map_or(0, Arguments::count)
    }

    /// The socket that sent the event.
    pub fn socket(&self) -> &Socket<N> {
        &self.socket
    }

    /// Whether the client asked for an acknowledgement.
    pub fn wants_ack(&self) -> bool {
        self.ack.slot().is_some()
    }

    /// The event as it arrived: a JSON array of its name and its arguments.
    pub fn raw(&self) -> &str {
        self.arguments.as_ref().map_or("", Arguments::raw)
    }

    /// Takes all arguments as one payload: a tuple struct takes several, a unit struct none, any other type the first.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] when the arguments do not fit `E`.
    pub fn payload<E: DeserializeOwned>(&mut self) -> Result<E, Rejection> {
        match &mut self.arguments {
            Some(arguments) => arguments.all().map_err(Rejection::new),
            None => Err(Rejection::released()),
        }
    }

    pub(super) fn argument<T: DeserializeOwned>(&mut self) -> Result<T, Rejection> {
        match &mut self.arguments {
            Some(arguments) => arguments.next().map_err(Rejection::new),
            None => Err(Rejection::released()),
        }
    }

    pub(super) fn remaining_arguments<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, Rejection> {
        match &mut self.arguments {
            Some(arguments) => arguments.rest().map_err(Rejection::new),
            None => Err(Rejection::released()),
        }
    }

    /// The acknowledgement as a value, if the client asked for one: it answers from now on.
    pub(super) fn hand_out_ack(&mut self) -> Option<AckHandle> {
        let slot = self.ack.slot()?;
        self.ack = Wanted::Ack(slot);
        Some(self.socket.raw().hand_out(slot, self.name()))
    }

    /// Reads arguments, and forgets that it did: the next to read them begins with the first again.
    pub(crate) fn reread<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.arguments.as_ref().map(Arguments::mark);
        let value = read(self);
        if let (Some(arguments), Some(mark)) = (&mut self.arguments, mark) {
            arguments.go_back(mark);
        }
        value
    }

    /// What makes the reply, while the arguments are still there.
    pub(super) fn responder(&self) -> Responder {
        Responder::new(self.ack)
    }

    /// Runs the listeners that the socket was given for this event, for a [`Namespace::dispatch`] that is written by hand.
    /// True if there were any. The arguments can be read from the first again afterwards.
    ///
    /// # Errors
    ///
    /// The reply of the first that failed.
    pub async fn run_listeners(&mut self) -> Result<bool, Reply> {
        match has_listeners(&self.socket).then(|| call_listeners(self)).flatten() {
            Some(listeners) => listeners.await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Drops the arguments, and keeps what the answer needs to know.
    pub fn into_responder(mut self) -> Responder {
        self.release()
    }

    /// As [`into_responder`](Self::into_responder), where the context itself is stored further out.
    pub(crate) fn release(&mut self) -> Responder {
        self.arguments = None;
        Responder::new(self.ack)
    }

    /// Answers with `{ "error": error }` instead of running the handler. For middleware.
    ///
    /// A server's error hook is told too.
    pub fn refuse<E: Serialize>(self, error: E) -> Reply {
        self.into_responder().failure(&error, HandlerFailure::Refused)
    }

    /// Answers with `{ "error": { "message": .. } }`, because the arguments did not fit.
    pub fn reject(self, rejection: Rejection) -> Reply {
        self.into_responder().reject(rejection)
    }
}

impl<N: Namespace> sealed::Sealed for ConnectContext<N> {}
impl<N: Namespace> sealed::Sealed for ConnectedContext<N> {}
impl<N: Namespace> sealed::Sealed for DisconnectContext<N> {}
impl<N: Namespace> sealed::Sealed for EventContext<N> {}

impl<N: Namespace> Context for ConnectContext<N> {
    type Namespace = N;

    fn socket(&self) -> &Socket<N> {
        &self.socket
    }
}

impl<N: Namespace> Context for ConnectedContext<N> {
    type Namespace = N;

    fn socket(&self) -> &Socket<N> {
        &self.socket
    }
}

impl<N: Namespace> Context for DisconnectContext<N> {
    type Namespace = N;

    fn socket(&self) -> &Socket<N> {
        &self.socket
    }
}

impl<N: Namespace> Context for EventContext<N> {
    type Namespace = N;

    fn socket(&self) -> &Socket<N> {
        &self.socket
    }
}

impl<N: Namespace> fmt::Debug for ConnectContext<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectContext").field("socket", &self.socket).finish()
    }
}

impl<N: Namespace> fmt::Debug for ConnectedContext<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectedContext").field("socket", &self.socket).finish()
    }
}

impl<N: Namespace> fmt::Debug for DisconnectContext<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DisconnectContext").field("socket", &self.socket).field("reason", &self.reason).finish()
    }
}

// The arguments are the peer's data, and may be secret or large: the name says which event it is.
impl<N: Namespace> fmt::Debug for EventContext<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("EventContext");
        debug.field("socket", &self.socket).field("name", &self.name()).field("wants_ack", &self.wants_ack());
        debug.finish_non_exhaustive()
    }
}
