//! The values of labels, all of them known beforehand: a peer cannot make one up. [`names`](super::super::names) says which
//! one it is; that it stands here is asserted where it is counted.

use crate::namespace::DisconnectReason;

/// What stands for all names that the program does not declare.
pub(super) const OTHER: &str = "other";

/// Why sockets are disconnected.
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

/// Why requests are refused.
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

/// What becomes of an upgrade.
pub(super) const UPGRADES: [&str; 2] = ["completed", "failed"];

/// How a namespace refuses a socket.
pub(super) const CONNECT_ERRORS: [&str; 3] = ["refused", "panicked", "timed out"];

/// Why a connect comes to no namespace, as the client is told.
pub(super) const NO_NAMESPACE: [&str; 4] =
    ["Invalid namespace", "too many namespaces", "too much auth", "internal error"];

/// Why events are not handled.
pub(super) const FAILURES: [&str; 5] = ["failed", "panicked", "timed out", "unhandled", "unanswered"];

/// What becomes of an event to one socket.
pub(super) const EMITTED: [&str; 4] = ["queued", "disconnected", "queue full", "dropped"];

/// What becomes of the copies of a broadcast.
pub(super) const DELIVERIES: [&str; 2] = ["sent", "failed"];

/// What becomes of an acknowledgement that the server asks for.
pub(super) const ANSWERED: [&str; 6] = ["answered", "unfit", "timeout", "disconnected", "unsent", GIVEN_UP];

/// Whoever waited for an acknowledgement has stopped to.
pub(super) const GIVEN_UP: &str = "given up";

/// How clients are let go.
pub(super) const LET_GO: [&str; 3] = ["drained", "cut", "unfinished"];
