//! Why a session ended.

/// Why an Engine.IO session ended, in Node's words (`Display`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CloseReason {
    /// The peer closed the connection, or sent a close packet.
    #[error("transport close")]
    TransportClose,
    /// The connection broke, or the peer broke the transport's rules.
    #[error("transport error")]
    TransportError(&'static str),
    /// No answer to a heartbeat in time.
    #[error("ping timeout")]
    PingTimeout,
    /// A packet that is none.
    #[error("parse error")]
    ParseError,
    /// The server ended it.
    #[error("forced close")]
    Forced,
    /// The server is shutting down.
    #[error("server shutting down")]
    ShuttingDown,
    /// The peer did not read what was sent to it, and its queue reached the bound.
    #[error("slow reader")]
    SlowReader,
    /// The client came back by another connection.
    #[error("taken over")]
    TakenOver,
}
