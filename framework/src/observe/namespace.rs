//! Observation of namespaces and their sockets.

use super::ack::Ack;
use super::event::Arrival;
use super::meters::{self, Stopwatch};
use super::names;
use super::spans::{self, Span, Within};
use crate::namespace::{Answers, Delivery, DisconnectReason, EmitError, ExpiryReason, HandlerError, HandlerErrorKind};

/// Observes a namespace, or all children of a pattern. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Namespace(meters::Namespace);

impl Namespace {
    /// Creates the observer of a namespace. Pass its path, or the label of a pattern, and the names of its events.
    pub(crate) fn new(path: &str, events: &[&'static str]) -> Self {
        Self(meters::Namespace::new(path, events))
    }

    // ---- sockets ----

    /// Records that a socket's guards and connect hook start.
    pub(crate) fn connect(&self) -> Connect {
        Connect { namespace: self.clone(), since: Stopwatch::start(), span: Span::event(|| "connect", false) }
    }

    /// Records a connected socket.
    pub(crate) fn connected(&self) {
        self.0.connected();
    }

    /// Records a disconnected socket. Called once for each connected socket.
    pub(crate) fn disconnected(&self, reason: DisconnectReason) {
        self.0.disconnected(reason);
    }

    /// Records that the first socket has joined a room.
    pub(crate) fn room_created(&self) {
        self.0.room_created();
    }

    /// Records that the last socket has left a room.
    pub(crate) fn room_deleted(&self) {
        self.0.room_deleted();
    }

    // ---- events ----

    /// Records a received event. Its name is computed only if a metric or span needs it.
    #[inline(always)]
    pub(crate) fn arrived<'e>(&self, event: impl FnOnce() -> &'e str) -> Arrival {
        Arrival(self.0.arrived(event))
    }

    /// Records an event or hook that failed.
    pub(crate) fn failed(&self, event: &str, kind: &HandlerErrorKind) {
        self.0.failed(event, names::failure(kind));
    }

    /// Records a sent acknowledgement.
    #[inline]
    pub(crate) fn ack_sent(&self) {
        self.0.ack_sent();
    }

    /// Records an event that exceeded a rate limit.
    pub(crate) fn rate_limited(&self) {
        self.0.rate_limited();
    }

    // ---- emits ----

    /// Records an event emitted to one socket.
    #[inline]
    pub(crate) fn emitted(&self, result: &Result<(), EmitError>) {
        self.0.emitted(names::emitted(result));
    }

    /// Records a broadcast.
    #[inline]
    pub(crate) fn broadcast(&self, delivery: Delivery) {
        self.0.broadcast(delivery);
    }

    /// Records an event that a client is asked to acknowledge.
    pub(crate) fn ask(&self, event: &str, socket: &str) -> Ack {
        Ack::new(self.0.ask(), Span::ack(event, socket))
    }

    /// Records the outcome of a broadcast with acknowledgements.
    pub(crate) fn answers<A>(&self, span: &Span, answers: &Answers<A>) {
        for (outcome, count) in [
            ("answered", answers.answered.len()),
            ("unfit", answers.unfit.len()),
            ("timeout", answers.silent.len()),
            ("disconnected", answers.left.len()),
            ("unsent", answers.unsent.len()),
        ] {
            self.0.answers(outcome, count);
        }
        span.outcome(if answers.is_complete() { "answered" } else { "incomplete" });
    }
}

/// A socket whose guards and connect hook are running.
#[derive(Debug)]
pub(crate) struct Connect {
    namespace: Namespace,
    since: Stopwatch,
    span: Span,
}

impl Connect {
    pub(crate) fn instrument<F: Future>(&self, future: F) -> Within<F> {
        self.span.instrument(future)
    }

    /// Records that the socket was connected, or refused with `error`.
    pub(crate) fn decided(self, error: Option<&'static str>) {
        self.span.outcome(error.unwrap_or("handled"));
        spans::decided(error);
        self.namespace.0.decided(self.since, error);
    }
}

/// Records a disconnected socket. Returns the span of its disconnect hook.
pub(crate) fn disconnected(reason: DisconnectReason) -> Span {
    spans::disconnected(reason);
    Span::event(|| "disconnect", false)
}

/// Records that a disconnected socket can no longer be recovered.
pub(crate) fn expired(namespace: &str, socket: &str, reason: ExpiryReason) {
    spans::expired(namespace, socket, reason);
}

/// Records an error that is passed to the error hook.
pub(crate) fn failed(error: &HandlerError) {
    spans::failed(error);
}
