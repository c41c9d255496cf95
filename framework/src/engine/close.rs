//! The reasons for which a session ends.

/// Why an Engine.IO session ended. `Display` uses the names of the Node.js server for the reasons that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CloseReason {
    /// The peer closed the connection or sent a close packet.
    #[error("transport close")]
    TransportClose,
    /// The connection failed, or the peer violated the transport's protocol.
    #[error("transport error")]
    TransportError(&'static str),
    /// The peer did not answer a heartbeat in time.
    #[error("ping timeout")]
    PingTimeout,
    /// The peer sent an invalid packet.
    #[error("parse error")]
    ParseError,
    /// The server closed the session.
    #[error("forced close")]
    Forced,
    /// The server is shutting down.
    #[error("server shutting down")]
    ShuttingDown,
    /// The peer did not read its packets, and its queue reached the limit.
    #[error("slow reader")]
    SlowReader,
    /// The client reconnected over another connection.
    #[error("taken over")]
    TakenOver,
}
