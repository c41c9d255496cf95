//! Support for generated code. No part of this module is covered by the crate's version.
#![allow(missing_docs, missing_debug_implementations, reason = "not for people")]

#[cfg(feature = "schema")]
pub use self::schemars_facade as schemars;
pub use crate::contract::{
    Ack, Acknowledgement, Answers, ConnectContext, ConnectError, ConnectedContext, ConnectedOutcome, DisconnectContext,
    EmittedBy, Event, EventContext, Failure, FromContext, Guard, Middleware, Namespace, NextFn, Opens, PathParam,
    Rejection, Reply, Responder, Rest, Room, Unanswering,
};
pub use crate::wire::encoding::{As, AsDigits, Encoding, FloatOrNull};
#[cfg(feature = "schema")]
pub use crate::{contract::schema, wire::Form};
pub use switchboard_macros::{Evaluated, unevaluated};
pub use {serde, std};

use crate::adapter::BoxFuture;
use crate::namespace::{call_listeners, has_listeners, run_blocking};
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

// Most of the items below tell types apart by a rule of method lookup: an inherent impl for a special type comes before
// a trait's blanket impl for any type. This sees through aliases, where a macro sees only how a type is spelled. It
// works for types that are concrete where the macro writes them.

/// Compiles only if the namespace declares the event exactly once.
pub const fn declared<E: EmittedBy<N>, N: Namespace>() {}

/// A parameter `T` of a handler for the event `E`.
pub struct Parameter<T, E>(PhantomData<(T, E)>);

impl<T, E> Parameter<T, E> {
    pub const NEW: Self = Self(PhantomData);
}

impl<E> Parameter<E, E> {
    pub const IS_EVENT: bool = true;

    pub fn take<N: Namespace>(self, event: &mut EventContext<N>) -> Result<E, Rejection>
    where
        E: Incoming,
    {
        event.payload()
    }
}

/// Extracts the event, as the parameter of its handler.
pub fn payload<E: Incoming, N: Namespace>(event: &mut EventContext<N>) -> Result<E, Rejection> {
    event.payload()
}

/// A parameter type for handlers of typed events. A separate trait, for the compiler's message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be received from a client",
    label = "not `Deserialize`",
    note = "use `#[event]` instead of `#[derive(Event)]`, or derive `serde::Deserialize`"
)]
pub trait Incoming: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Incoming for T {}

pub trait NotTheEvent {
    const IS_EVENT: bool = false;
}

impl<T, E> NotTheEvent for Parameter<T, E> {}

pub trait TakeExtractor<N: Namespace, T> {
    fn take(self, event: &mut EventContext<N>) -> Result<T, Rejection>;
}

impl<N: Namespace, T: FromContext<EventContext<N>>, E> TakeExtractor<N, T> for Parameter<T, E> {
    fn take(self, event: &mut EventContext<N>) -> Result<T, Rejection> {
        T::from_context(event)
    }
}

/// Tells whether `T` takes an argument of the event. Without a bound: a bad `T` is reported once, where it is
/// extracted.
pub struct Position<N, T>(PhantomData<(N, T)>);

impl<N: Namespace, T: FromContext<EventContext<N>>> Position<N, T> {
    pub const POSITIONAL: bool = T::POSITIONAL;
    pub const REST: bool = T::REST;
}

pub trait NoPosition {
    const POSITIONAL: bool = false;
    const REST: bool = false;
}

impl<N, T> NoPosition for Position<N, T> {}

/// The namespace type for checks that run outside of a generic namespace.
pub enum AnyNamespace {}

impl Namespace for AnyNamespace {
    const PATH: &'static str = "/";
    type Params = ();
    type Session = ();

    async fn connect(&self, _: ConnectContext<Self>) -> Result<(), ConnectError> {
        match *self {}
    }

    async fn dispatch(&self, _: EventContext<Self>) -> Reply {
        match *self {}
    }
}

/// Runs the listeners that the socket has for this event. Returns `None` if there are none.
#[inline(always)]
pub fn listeners<N: Namespace>(event: &mut EventContext<N>) -> Option<BoxFuture<'_, Result<(), Reply>>> {
    if has_listeners(event.socket()) { call_listeners(event) } else { None }
}

/// Returns the reply to an event without a handler. If a listener handled the event, the reply is an empty
/// acknowledgement.
pub fn unhandled<N: Namespace>(event: &mut EventContext<N>, listened: bool) -> Reply {
    if listened { event.release().answer(&()) } else { Reply::unknown() }
}

/// Runs a handler on a thread where it may block. The future, polled to completion, returns what the handler returns,
/// or panics if the handler panicked.
pub fn blocking<N, R, F>(event: &EventContext<N>, handler: F) -> impl Future<Output = R> + Send + use<N, R, F>
where
    N: Namespace,
    R: Send + 'static,
    F: FnOnce(&N) -> R + Send + 'static,
{
    run_blocking(event.socket(), handler)
}

/// Drops the event's arguments, and keeps what its acknowledgement needs.
pub fn release<N: Namespace>(event: &mut EventContext<N>) -> Responder {
    event.release()
}

/// Reports a disconnect hook whose parameters could not be extracted. There is no client to answer.
pub fn skipped<N: Namespace>(context: &DisconnectContext<N>, rejection: &Rejection) {
    context.skip(rejection);
}

/// A handler's return value. The bounds are on the methods, not on the impls, so that rustc reports a missing bound
/// instead of a missing method.
pub struct Returned<R, K>(pub R, pub K);

impl<R, A> Returned<R, ByAck<A>> {
    pub fn into_reply(self, responder: Responder) -> Reply
    where
        R: Unanswering,
    {
        self.0.into_reply(responder)
    }
}

impl<T, E> Returned<Result<T, E>, ByReturn> {
    pub fn into_reply(self, responder: Responder) -> Reply
    where
        T: Acknowledgement,
        E: Failure,
    {
        match self.0 {
            Ok(value) => responder.answer(&value),
            Err(error) => responder.fail(&error),
        }
    }
}

pub trait ReturnedPlain {
    type Value;

    fn into_reply(self, responder: Responder) -> Reply
    where
        Self::Value: Acknowledgement;
}

impl<T> ReturnedPlain for Returned<T, ByReturn> {
    type Value = T;

    fn into_reply(self, responder: Responder) -> Reply
    where
        T: Acknowledgement,
    {
        responder.answer(&self.0)
    }
}

/// Marks a handler that acknowledges by its return value.
pub struct ByReturn;

/// Marks a handler that acknowledges through an `Ack<A>`.
pub struct ByAck<A>(PhantomData<A>);

/// A handler's parameter of type `T`, which may be an `Ack`.
pub struct Answering<T>(PhantomData<T>);

impl<T> Answering<T> {
    pub const NEW: Self = Self(PhantomData);
}

impl<A> Answering<Ack<A>> {
    /// Returns how the handler acknowledges, given the result for the parameters before this one.
    pub fn after<K: Unanswered>(self, _: K) -> ByAck<A> {
        ByAck(PhantomData)
    }

    /// Like `after`, for an event that declares the acknowledgement `D`.
    pub fn after_in<D, K: Unanswered>(self, _: K) -> ByAck<A>
    where
        A: Declared<D>,
    {
        ByAck(PhantomData)
    }
}

pub trait NotAnswering: Sized {
    fn after<K>(self, before: K) -> K {
        before
    }

    fn after_in<D, K>(self, before: K) -> K {
        before
    }
}

impl<T> NotAnswering for Answering<T> {}

/// The result for the parameters before an `Ack`: none of them is an `Ack`.
#[diagnostic::on_unimplemented(
    message = "a handler takes one `Ack`: an event is acknowledged once",
    label = "not the only `Ack`",
    note = "remove one of the two"
)]
pub trait Unanswered {}

impl Unanswered for ByReturn {}

/// A valid acknowledgement of a typed event. A separate trait, for the compiler's message.
#[diagnostic::on_unimplemented(
    message = "this event is acknowledged with `{D}`, not with `{Self}`",
    label = "not `Ack<{D}>`"
)]
pub trait Declared<D> {}

#[diagnostic::do_not_recommend]
impl<D> Declared<D> for D {}

impl ByReturn {
    /// Returns the reply of a handler for an event that declares the acknowledgement `A`.
    pub fn answer<A: Acknowledgement, R: Answers<A>>(self, value: R, responder: Responder) -> Reply {
        value.into_reply(responder)
    }
}

impl<D> ByAck<D> {
    pub fn answer<A, R: Unanswering>(self, value: R, responder: Responder) -> Reply {
        value.into_reply(responder)
    }
}

/// A guard of namespace `N`. The same call serves to run and to describe it, so that rustc reports a type that is not a
/// guard once.
// The result type repeats the bound. Without this, each use of a type that is not a guard would be an error too.
pub fn guard<N: Namespace, M, G: Guard<N, M>>(guard: &G) -> GuardCall<'_, N, M, impl Guard<N, M>> {
    GuardCall(guard, PhantomData)
}

pub struct GuardCall<'a, N, M, G>(&'a G, PhantomData<fn() -> (N, M)>);

impl<N: Namespace, M, G: Guard<N, M>> GuardCall<'_, N, M, G> {
    pub fn check(self, context: &mut ConnectContext<N>) -> impl Future<Output = Result<(), ConnectError>> + Send {
        self.0.check(context)
    }
}

/// Returns the session that `#[on_connect]` returns.
pub fn opens<S, R: Opens<S>>(value: R) -> Result<S, ConnectError> {
    value.open()
}

/// Reports the return value of `#[on_connected]` if it is an error.
pub fn concluded<N: Namespace, R: ConnectedOutcome>(context: &ConnectedContext<N>, value: R) {
    if let Some(error) = value.error() {
        context.fail(error);
    }
}

/// Reports a future that is not `Send` at the handler, not at the attribute.
pub fn send<F: Future + Send>(future: F) -> F {
    future
}

mod keys;
mod names;
pub use keys::*;
pub use names::*;

#[cfg(feature = "schema")]
pub mod schemars_facade;

#[cfg(feature = "schema")]
mod describe;
#[cfg(feature = "schema")]
mod describe_auth;
#[cfg(feature = "schema")]
mod flattened;
#[cfg(feature = "schema")]
mod map;
#[cfg(feature = "schema")]
pub use describe::*;
#[cfg(feature = "schema")]
pub use describe_auth::*;
#[cfg(feature = "schema")]
pub use flattened::*;
#[cfg(feature = "schema")]
pub use map::Map;
