//! Spans and log events, through the `tracing` crate.
//!
//! They contain no payload, nothing that a payload could get into, and no session id. Names sent by clients are
//! truncated and escaped.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::Empty;
use tracing::instrument::{Instrument as _, Instrumented};
use tracing::{debug, debug_span, error, info, info_span, warn};

use super::names;
use crate::contract::AnswerError;
use crate::engine::error::ConnectionErrorKind;
use crate::engine::options::Transport;
use crate::escape;
use crate::namespace::{AckError, DisconnectReason, EmitError, ExpiryReason, HandlerError, HandlerErrorKind};

/// Identifies a connection in logs, because its session id is a secret. Connections are numbered per process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(u64);

impl Number {
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A future within a span.
pub(crate) type Within<F> = Instrumented<F>;

/// A span. A disabled span costs almost nothing.
#[derive(Debug)]
pub(crate) struct Span(tracing::Span);

impl Span {
    pub(super) fn connection(number: Number, transport: Transport, address: Option<SocketAddr>) -> Self {
        let remote = address.map(tracing::field::display);
        let (connection, transport) = (number.0, transport.name());
        Self(info_span!(target: "switchboard", "connection", connection, transport, remote))
    }

    /// The span of a socket in a namespace.
    pub(crate) fn namespace(path: &str, socket: &str) -> Self {
        Self(
            info_span!(target: "switchboard", "namespace", namespace = &*escape::name(path), socket = &*escape::message(socket)),
        )
    }

    #[inline]
    pub(crate) fn event<'e>(name: impl FnOnce() -> &'e str, ack: bool) -> Self {
        Self(debug_span!(target: "switchboard", "event", event = &*escape::name(name()), ack, outcome = Empty))
    }

    pub(super) fn ack(event: &str, socket: &str) -> Self {
        let (event, socket) = (&*escape::name(event), &*escape::message(socket));
        Self(debug_span!(target: "switchboard", "ack", event, socket, outcome = Empty))
    }

    /// The span of a broadcast with acknowledgements.
    pub(crate) fn acks(event: &str, namespace: &str, sockets: usize) -> Self {
        let (event, namespace) = (&*escape::name(event), &*escape::name(namespace));
        Self(debug_span!(target: "switchboard", "ack", event, namespace, sockets, outcome = Empty))
    }

    /// The caller's current span.
    pub(crate) fn current() -> Self {
        Self(tracing::Span::current())
    }

    pub(crate) fn in_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        self.0.in_scope(run)
    }

    pub(crate) fn instrument<F: Future>(&self, future: F) -> Within<F> {
        future.instrument(self.0.clone())
    }

    pub(super) fn outcome(&self, outcome: &str) {
        self.0.record("outcome", outcome);
    }
}

// ---- log events ----

pub(super) fn opened() {
    debug!(target: "switchboard", "connection opened");
}

pub(super) fn closed(reason: DisconnectReason) {
    debug!(target: "switchboard", %reason, "connection closed");
}

pub(super) fn upgraded(Number(connection): Number) {
    debug!(target: "switchboard", connection, "upgraded to WebSocket");
}

pub(super) fn upgrade_failed(Number(connection): Number) {
    debug!(target: "switchboard", connection, "upgrade failed");
}

pub(super) fn request_refused(kind: &ConnectionErrorKind) {
    if let ConnectionErrorKind::ForeignOrigin { origin, host } = kind {
        // The author of the page sees only a failed WebSocket, so the operator must learn which option allows the
        // origin.
        let (origin, host) = (&*escape::name(origin), &*escape::name(host));
        warn!(target: "switchboard", origin, host, "{kind}");
        return;
    }
    debug!(target: "switchboard", reason = names::refusal(kind), "request refused");
}

pub(super) fn listening(address: SocketAddr) {
    info!(target: "switchboard", %address, "listening");
}

pub(super) fn full() {
    debug!(target: "switchboard", "too many HTTP connections: the next is accepted when one closes");
}

pub(super) fn packet_refused() {
    debug!(target: "switchboard", "packet refused");
}

pub(super) fn no_namespace(path: &str, reason: &str) {
    debug!(target: "switchboard", namespace = &*escape::name(path), reason, "connect refused");
}

pub(super) fn decided(error: Option<&str>) {
    match error {
        None => debug!(target: "switchboard", "socket connected"),
        Some(reason) => debug!(target: "switchboard", reason, "connect refused"),
    }
}

pub(super) fn disconnected(reason: DisconnectReason) {
    debug!(target: "switchboard", %reason, "socket disconnected");
}

pub(super) fn expired(namespace: &str, socket: &str, reason: ExpiryReason) {
    let (namespace, socket) = (&*escape::name(namespace), &*escape::message(socket));
    debug!(target: "switchboard", namespace, socket, ?reason, "the socket cannot come back");
}

/// Never logs the text of an error, because it may contain data from the client.
pub(super) fn failed(error: &HandlerError) {
    let (namespace, event) = (&*escape::name(&error.namespace), &*escape::name(&error.event));
    let socket = &*escape::message(&error.socket);
    match &error.kind {
        HandlerErrorKind::Panicked(panic) => {
            let panic = &*escape::message(panic);
            error!(target: "switchboard", namespace, event, socket, panic, "the handler panicked");
        }
        HandlerErrorKind::Internal(source) if is_disconnect(&**source) => {
            debug!(target: "switchboard", namespace, event, socket, "the client disconnected before the handler returned");
        }
        HandlerErrorKind::Internal(_) => {
            error!(target: "switchboard", namespace, event, socket, "the handler failed with an internal error");
        }
        HandlerErrorKind::AckLooksLikeFailure => {
            error!(target: "switchboard", namespace, event, socket, "the handler's answer looks like a failure");
        }
        HandlerErrorKind::Failed(_) => debug!(target: "switchboard", namespace, event, socket, "the event failed"),
        HandlerErrorKind::Unhandled => {
            debug!(target: "switchboard", namespace, event, socket, "nobody handles the event");
        }
        HandlerErrorKind::TimedOut => {
            warn!(target: "switchboard", namespace, event, socket, "the handler timed out");
        }
        HandlerErrorKind::Unanswered => {
            warn!(target: "switchboard", namespace, event, socket, "the acknowledgement was dropped unanswered");
        }
    }
}

/// Returns `true` for errors that only say that the client has disconnected. They are not faults of the program.
fn is_disconnect(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(EmitError::Disconnected))
        || matches!(error.downcast_ref(), Some(AckError::Disconnected))
        || matches!(error.downcast_ref(), Some(AnswerError::Disconnected { .. }))
}
