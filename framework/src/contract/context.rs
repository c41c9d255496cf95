//! Contexts, from which handlers, guards and middleware get their data: one type for each stage of a socket's life.

use super::{FromContext, HandlerFailure, Namespace, Rejection, Reply, Responder, reply::AckMode};
use crate::{
    namespace::{AckHandle, DisconnectReason, HandlerErrorKind, Socket, call_listeners, has_listeners},
    protocol::encode::AckSlot,
    wire::Arguments,
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// The interface that the contexts of all stages have in common.
///
/// An extractor that implements [`FromContext<C>`](FromContext) for any `C: Context` can be used at every stage. Only
/// the contexts of this crate implement this trait.
pub trait Context: Send + sealed::Sealed {
    /// The namespace that the socket belongs to.
    type Namespace: Namespace;

    /// Returns the socket that is connecting, sent the event, or is being disconnected.
    fn socket(&self) -> &Socket<Self::Namespace>;

    /// Extracts a `T`: the next argument of the event, or any other value that implements [`FromContext`].
    ///
    /// # Errors
    ///
    /// Returns a [`Rejection`] if the client did not send the data that `T` needs.
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

/// The context of a socket that is connecting. Guards and `#[on_connect]` extract their parameters from it.
pub struct ConnectContext<N: Namespace> {
    socket: Socket<N>,
}

/// The context of a socket that has just been connected. `#[on_connected]` extracts its parameters from it.
pub struct ConnectedContext<N: Namespace> {
    socket: Socket<N>,
}

/// The context of a disconnection. `#[on_disconnecting]` and `#[on_disconnect]` extract their parameters from it.
pub struct DisconnectContext<N: Namespace> {
    socket: Socket<N>,
    reason: DisconnectReason,
    /// The name of the running hook, for the error hook.
    hook: &'static str,
}

/// The context of an incoming event. Handlers extract their parameters from it, and middleware passes it on.
///
/// It owns its data and is cheap to move. It does not borrow from the received frame, so middleware needs no lifetimes.
pub struct EventContext<N: Namespace> {
    socket: Socket<N>,
    /// `None` once the handler's parameters are extracted, so that a slow handler does not keep the received frame
    /// alive.
    arguments: Option<Arguments>,
    ack: AckMode,
}

impl<N: Namespace> ConnectContext<N> {
    pub(crate) fn new(socket: Socket<N>) -> Self {
        Self { socket }
    }

    /// Returns `true` if guards have to run. They are skipped only for recovered sockets, with
    /// [`Recovery::skip_guards`](crate::Recovery::skip_guards).
    pub fn asks_guards(&self) -> bool {
        !self.socket.skips_guards()
    }
}

impl<N: Namespace> ConnectedContext<N> {
    pub(crate) fn new(socket: Socket<N>) -> Self {
        Self { socket }
    }

    /// Reports an error of the hook to [`Server::on_error`](crate::Server::on_error). The client is not notified.
    pub fn report(&self, error: impl fmt::Display) {
        self.fail(HandlerErrorKind::Failed(error.to_string()));
    }

    /// Reports the error that the hook returned.
    pub(crate) fn fail(&self, error: HandlerErrorKind) {
        self.socket.report("connected", error);
    }
}

impl<N: Namespace> DisconnectContext<N> {
    pub(crate) fn new(socket: Socket<N>, reason: DisconnectReason, hook: &'static str) -> Self {
        Self { socket, reason, hook }
    }

    /// Returns the reason for the disconnection.
    pub fn reason(&self) -> DisconnectReason {
        self.reason
    }

    /// Reports that the hook was skipped. The client is gone, so only the server is notified.
    pub(crate) fn skip(&self, rejection: &Rejection) {
        self.socket.report(self.hook, HandlerErrorKind::Failed(rejection.message().to_owned()));
    }
}

impl<N: Namespace> EventContext<N> {
    pub(crate) fn new(socket: Socket<N>, arguments: Arguments, ack: Option<AckSlot>) -> Self {
        Self { socket, arguments: Some(arguments), ack: AckMode::new(ack) }
    }

    /// Returns the event's name.
    pub fn name(&self) -> &str {
        self.arguments.as_ref().map_or("", Arguments::name)
    }

    /// Returns the number of arguments that the client sent, including the ones already extracted. Scans the event's
    /// bytes.
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

    /// Returns the socket that sent the event.
    pub fn socket(&self) -> &Socket<N> {
        &self.socket
    }

    /// Returns `true` if the client requested an acknowledgement.
    pub fn wants_ack(&self) -> bool {
        self.ack.slot().is_some()
    }

    /// Returns the event as received: a JSON array of the name and the arguments.
    pub fn raw(&self) -> &str {
        self.arguments.as_ref().map_or("", Arguments::raw)
    }

    /// Deserializes all arguments as one payload. A tuple struct takes several arguments, a unit struct none, any other
    /// type the first one.
    ///
    /// # Errors
    ///
    /// Returns a [`Rejection`] if the arguments do not fit `E`.
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

    /// Returns the acknowledgement as a value if the client requested one. The handler's return value then does not
    /// acknowledge the event.
    pub(super) fn extract_ack(&mut self) -> Option<AckHandle> {
        let slot = self.ack.slot()?;
        self.ack = AckMode::ByHandle(slot);
        Some(self.socket.inner().ack_handle(slot, self.name()))
    }

    /// Calls `read`, and restores the position in the arguments afterwards: the next read starts at the same argument.
    pub(crate) fn reread<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.arguments.as_ref().map(Arguments::mark);
        let value = read(self);
        if let (Some(arguments), Some(mark)) = (&mut self.arguments, mark) {
            arguments.go_back(mark);
        }
        value
    }

    /// Returns a responder without dropping the arguments.
    pub(super) fn responder(&self) -> Responder {
        Responder::new(self.ack)
    }

    /// Runs the listeners that were added to the socket for this event. Call it in a manual [`Namespace::dispatch`].
    /// Returns `true` if there were any. Afterwards, the arguments can be read from the first one again.
    ///
    /// # Errors
    ///
    /// Returns the reply of the first listener that failed.
    pub async fn run_listeners(&mut self) -> Result<bool, Reply> {
        match has_listeners(&self.socket).then(|| call_listeners(self)).flatten() {
            Some(listeners) => listeners.await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Drops the arguments, and returns the responder for the acknowledgement.
    pub fn into_responder(mut self) -> Responder {
        self.release()
    }

    /// Like [`into_responder`](Self::into_responder), for a caller that cannot move the context.
    pub(crate) fn release(&mut self) -> Responder {
        self.arguments = None;
        Responder::new(self.ack)
    }

    /// Acknowledges the event with `{ "error": error }`, without running the handler. For middleware.
    ///
    /// The error is also reported to the server's error hook.
    pub fn refuse<E: Serialize>(self, error: E) -> Reply {
        self.into_responder().failure(&error, HandlerFailure::Refused)
    }

    /// Acknowledges the event with `{ "error": { "message": .. } }`, because its arguments do not fit.
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

// The arguments are left out: they are the client's data, and may be secret or large.
impl<N: Namespace> fmt::Debug for EventContext<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("EventContext");
        debug.field("socket", &self.socket).field("name", &self.name()).field("wants_ack", &self.wants_ack());
        debug.finish_non_exhaustive()
    }
}
