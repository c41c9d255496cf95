//! What is seen of namespaces, and of the sockets that are in them.

use super::ack::Ack;
use super::event::Arrival;
use super::meters::{self, Stopwatch};
use super::names;
use super::spans::{self, Span, Within};
use crate::namespace::{Answers, Delivery, DisconnectReason, EmitError, ExpiryReason, HandlerError, HandlerErrorKind};

/// What is seen of a namespace, or of all children of a pattern. Cloning it is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Namespace(meters::Namespace);

impl Namespace {
    /// The namespace's path, or what stands for all of them, and the names of its events.
    pub(crate) fn new(path: &str, events: &[&'static str]) -> Self {
        Self(meters::Namespace::new(path, events))
    }

    // ---- sockets ----

    /// A socket's turn to be decided on, by guards and the hook.
    pub(crate) fn connect(&self) -> Connect {
        Connect { namespace: self.clone(), since: Stopwatch::start(), span: Span::event(|| "connect", false) }
    }

    /// A socket is connected.
    pub(crate) fn connected(&self) {
        self.0.connected();
    }

    /// Once for each that was connected.
    pub(crate) fn disconnected(&self, reason: DisconnectReason) {
        self.0.disconnected(reason);
    }

    /// A room has its first member.
    pub(crate) fn room_created(&self) {
        self.0.room_created();
    }

    /// A room has lost its last member.
    pub(crate) fn room_deleted(&self) {
        self.0.room_deleted();
    }

    // ---- events ----

    /// An event has come. Its name is not looked for unless somebody wants it.
    #[inline(always)]
    pub(crate) fn arrived<'e>(&self, event: impl FnOnce() -> &'e str) -> Arrival {
        Arrival(self.0.arrived(event))
    }

    /// An event or a hook has failed.
    pub(crate) fn failed(&self, event: &str, kind: &HandlerErrorKind) {
        self.0.failed(event, names::failure(kind));
    }

    /// An event has been acknowledged.
    #[inline]
    pub(crate) fn ack_sent(&self) {
        self.0.ack_sent();
    }

    /// A limit has been met.
    pub(crate) fn rate_limited(&self) {
        self.0.rate_limited();
    }

    // ---- emits ----

    /// An event has been emitted to one socket.
    #[inline]
    pub(crate) fn emitted(&self, result: &Result<(), EmitError>) {
        self.0.emitted(names::emitted(result));
    }

    /// An event has been emitted to many sockets.
    #[inline]
    pub(crate) fn broadcast(&self, delivery: Delivery) {
        self.0.broadcast(delivery);
    }

    /// A client is asked to acknowledge an event.
    pub(crate) fn ask(&self, event: &str, socket: &str) -> Ack {
        Ack::new(self.0.ask(), Span::ack(event, socket))
    }

    /// Many clients have been asked, and this is what they say.
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

/// A socket's turn to be decided on.
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

    /// It was let in, or an error says why not.
    pub(crate) fn decided(self, error: Option<&'static str>) {
        self.span.outcome(error.unwrap_or("handled"));
        spans::decided(error);
        self.namespace.0.decided(self.since, error);
    }
}

/// A socket has gone, and its hook is about to run.
pub(crate) fn disconnected(reason: DisconnectReason) -> Span {
    spans::disconnected(reason);
    Span::event(|| "disconnect", false)
}

/// A socket was away, and cannot come back any more.
pub(crate) fn expired(namespace: &str, socket: &str, reason: ExpiryReason) {
    spans::expired(namespace, socket, reason);
}

/// Something has failed that the error hook is told of.
pub(crate) fn failed(error: &HandlerError) {
    spans::failed(error);
}
