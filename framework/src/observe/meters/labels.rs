//! The values of labels. All are fixed, so that a peer cannot create new ones. [`names`](super::super::names) selects
//! the value; counting asserts that it is listed here.

use crate::namespace::DisconnectReason;

/// Replaces every name that the program does not declare.
pub(super) const OTHER: &str = "other";

/// Why sockets were disconnected.
pub(super) const DISCONNECTS: [DisconnectReason; 10] = [
    DisconnectReason::TransportClose,
    DisconnectReason::TransportError,
    DisconnectReason::PingTimeout,
    DisconnectReason::ParseError,
    DisconnectReason::ForcedClose,
    DisconnectReason::ServerShuttingDown,
    DisconnectReason::SlowReader,
    DisconnectReason::TakenOver,
    DisconnectReason::ClientNamespaceDisconnect,
    DisconnectReason::ServerNamespaceDisconnect,
];

/// Why requests were refused.
pub(super) const REFUSALS: [&str; 12] = [
    "unknown transport",
    "unknown session",
    "bad method",
    "bad request",
    "head too large",
    "no session id",
    "forbidden",
    "foreign origin",
    "too many connections",
    "too many new connections",
    "server shutting down",
    "unsupported protocol",
];

/// The outcome of upgrades.
pub(super) const UPGRADES: [&str; 2] = ["completed", "failed"];

/// Why a namespace refused a socket.
pub(super) const CONNECT_ERRORS: [&str; 3] = ["refused", "panicked", "timed out"];

/// Why a connect reached no namespace, in the words that the client receives.
pub(super) const NO_NAMESPACE: [&str; 4] =
    ["Invalid namespace", "too many namespaces", "too much auth", "internal error"];

/// Why events were not handled.
pub(super) const FAILURES: [&str; 7] =
    ["failed", "internal", "ambiguous answer", "panicked", "timed out", "unhandled", "unanswered"];

/// The outcome of emitting an event to one socket.
pub(super) const EMITTED: [&str; 4] = ["queued", "disconnected", "queue full", "dropped"];

/// The outcome for each recipient of a broadcast.
pub(super) const DELIVERIES: [&str; 2] = ["sent", "failed"];

/// The outcome of acknowledgements that the server requested.
pub(super) const ANSWERED: [&str; 6] = ["answered", "unfit", "timeout", "disconnected", "unsent", GIVEN_UP];

/// The task that waited for an acknowledgement has stopped waiting.
pub(super) const GIVEN_UP: &str = "given up";

/// How clients were disconnected by a shutdown.
pub(super) const LET_GO: [&str; 3] = ["drained", "cut", "unfinished"];
