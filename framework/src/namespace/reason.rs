//! Why a socket was disconnected.

use std::fmt;

use crate::engine::close::CloseReason;

/// Why a socket was disconnected, in the words of Node's server (`Display`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// `transport close`: the client closed its connection.
    TransportClose,
    /// `transport error`: the connection broke, or the client broke the transport's rules.
    TransportError,
    /// `ping timeout`: the client did not answer a heartbeat in time.
    PingTimeout,
    /// `parse error`: what the client sent is no Engine.IO packet.
    ParseError,
    /// `forced close`: the client broke the protocol, and the server closed the connection.
    ForcedClose,
    /// `server shutting down`.
    ServerShuttingDown,
    /// `client namespace disconnect`: the client left the namespace.
    ClientNamespaceDisconnect,
    /// `server namespace disconnect`: the server called [`Socket::disconnect`](crate::Socket::disconnect) or
    /// [`Socket::close`](crate::Socket::close).
    ServerNamespaceDisconnect,
    /// `slow reader`: the client did not read what was sent to it, and its queue reached the bound of
    /// [`Server::queue_limits`](crate::Server::queue_limits). Node has no such bound.
    SlowReader,
    /// `taken over`: the client came back by another connection before the server noticed that this one was dead. Only
    /// where [recovery](crate::Server::recovery) is on. Node has no such reason.
    TakenOver,
}

impl DisconnectReason {
    /// Whether the client may not have wanted to go, so that it gets its socket back where recovery is on: see
    /// [`Server::recovery`](crate::Server::recovery).
    pub fn is_recoverable(self) -> bool {
        match self {
            Self::TransportClose | Self::TransportError | Self::PingTimeout => true,
            Self::ForcedClose | Self::SlowReader | Self::TakenOver => true,
            // What is in memory is gone with the server.
            Self::ServerShuttingDown => false,
            Self::ParseError | Self::ClientNamespaceDisconnect | Self::ServerNamespaceDisconnect => false,
        }
    }

    pub(crate) const fn words(self) -> &'static str {
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
        f.write_str(self.words())
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
