//! The names of errors and outcomes, shared by logs and metrics.

use crate::engine::error::ConnectionErrorKind;
use crate::namespace::{AckError, EmitError, HandlerErrorKind};

/// Why a request was refused. Never contains data from the request, which may include a session id.
pub(super) fn refusal(kind: &ConnectionErrorKind) -> &'static str {
    match kind {
        ConnectionErrorKind::UnknownTransport { .. } => "unknown transport",
        ConnectionErrorKind::UnknownSession { .. } => "unknown session",
        ConnectionErrorKind::BadMethod => "bad method",
        ConnectionErrorKind::TransportMismatch
        | ConnectionErrorKind::HandshakeMismatch
        | ConnectionErrorKind::ProtocolMismatch
        | ConnectionErrorKind::InvalidHost => "bad request",
        ConnectionErrorKind::HeadTooLarge => "head too large",
        ConnectionErrorKind::IdGeneration(_) => "no session id",
        ConnectionErrorKind::Forbidden(_) => "forbidden",
        ConnectionErrorKind::ForeignOrigin { .. } => "foreign origin",
        ConnectionErrorKind::TooManyConnections => "too many connections",
        ConnectionErrorKind::TooManyConnects => "too many new connections",
        ConnectionErrorKind::ShuttingDown => "server shutting down",
        ConnectionErrorKind::UnsupportedProtocol => "unsupported protocol",
    }
}

/// Why an event was not handled.
pub(super) fn failure(kind: &HandlerErrorKind) -> &'static str {
    match kind {
        HandlerErrorKind::Failed(_) => "failed",
        HandlerErrorKind::Internal(_) => "internal",
        HandlerErrorKind::AckLooksLikeFailure => "ambiguous answer",
        HandlerErrorKind::Panicked(_) => "panicked",
        HandlerErrorKind::TimedOut => "timed out",
        HandlerErrorKind::Unhandled => "unhandled",
        HandlerErrorKind::Unanswered => "unanswered",
    }
}

/// The outcome of emitting an event to one socket.
pub(super) fn emitted(result: &Result<(), EmitError>) -> &'static str {
    match result {
        Ok(()) => "queued",
        Err(EmitError::QueueFull) => "queue full",
        Err(EmitError::Dropped) => "dropped",
        // The last two do not depend on the socket and are never passed here.
        Err(EmitError::Disconnected | EmitError::Reserved { .. } | EmitError::Unwritable { .. }) => "disconnected",
    }
}

/// The outcome of waiting for an acknowledgement.
pub(super) fn answered<T>(answer: &Result<T, AckError>) -> &'static str {
    match answer {
        Ok(_) => "answered",
        Err(AckError::Unfit { .. }) => "unfit",
        Err(AckError::Timeout) => "timeout",
        Err(AckError::Disconnected) => "disconnected",
        Err(AckError::Emit(_) | AckError::NotConnected) => "unsent",
    }
}
