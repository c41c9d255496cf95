//! The reasons for disconnections.

use std::fmt;

use crate::engine::close::CloseReason;

/// The reason for a disconnection. `Display` writes the same text as Node's server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// `transport close`: the client closed its connection.
    TransportClose,
    /// `transport error`: the connection failed, or the client violated the rules of the transport.
    TransportError,
    /// `ping timeout`: the client did not answer a heartbeat in time.
    PingTimeout,
    /// `parse error`: the client sent an invalid Engine.IO packet.
    ParseError,
    /// `forced close`: the client violated the protocol, and the server closed the connection.
    ForcedClose,
    /// `server shutting down`.
    ServerShuttingDown,
    /// `client namespace disconnect`: the client left the namespace.
    ClientNamespaceDisconnect,
    /// `server namespace disconnect`: the server called [`Socket::disconnect`](crate::Socket::disconnect) or
    /// [`Socket::close`](crate::Socket::close).
    ServerNamespaceDisconnect,
    /// `slow reader`: the client read too slowly, and its queue reached
    /// [`Server::queue_limits`](crate::Server::queue_limits). Node has no such limit.
    SlowReader,
    /// `taken over`: the client reconnected before the server noticed that this connection was dead. Only with
    /// [recovery](crate::Server::recovery). Node has no such reason.
    TakenOver,
}

impl DisconnectReason {
    /// Returns `true` if the client may have been disconnected against its will, so that its socket can be recovered:
    /// see [`Server::recovery`](crate::Server::recovery).
    pub fn is_recoverable(self) -> bool {
        match self {
            Self::TransportClose | Self::TransportError | Self::PingTimeout => true,
            Self::ForcedClose | Self::SlowReader | Self::TakenOver => true,
            // Sessions are stored in memory, and do not survive the server.
            Self::ServerShuttingDown => false,
            Self::ParseError | Self::ClientNamespaceDisconnect | Self::ServerNamespaceDisconnect => false,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::PingTimeout => "ping timeout",
            Self::ParseError => "parse error",
            Self::ForcedClose => "forced close",
            Self::ServerShuttingDown => "server shutting down",
            Self::ClientNamespaceDisconnect => "client namespace disconnect",
            Self::ServerNamespaceDisconnect => "server namespace disconnect",
            Self::SlowReader => "slow reader",
            Self::TakenOver => "taken over",
        }
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&CloseReason> for DisconnectReason {
    fn from(reason: &CloseReason) -> Self {
        match reason {
            CloseReason::TransportClose => Self::TransportClose,
            CloseReason::TransportError(_) => Self::TransportError,
            CloseReason::PingTimeout => Self::PingTimeout,
            CloseReason::ParseError => Self::ParseError,
            CloseReason::Forced => Self::ForcedClose,
            CloseReason::ShuttingDown => Self::ServerShuttingDown,
            CloseReason::SlowReader => Self::SlowReader,
            CloseReason::TakenOver => Self::TakenOver,
        }
    }
}
