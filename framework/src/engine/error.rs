//! Why the engine refused a request: the errors of Engine.IO, with the context that a server may log.

use std::borrow::Cow;

use http::request::Parts;

use super::options::BoxError;
use crate::escape;

/// A request that the engine refused, as given to [`Server::on_connection_error`](crate::Server::on_connection_error).
#[derive(Debug)]
#[non_exhaustive]
pub struct ConnectionError {
    /// The head of the request.
    pub request: Parts,
    /// Why it was refused.
    pub kind: ConnectionErrorKind,
}

/// Why a request was refused. `Display` is the message that the client gets, made safe for logs: control characters are
/// escaped and the text is truncated to 1 KiB.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionErrorKind {
    /// Code 0: the transport is unknown or not allowed.
    #[error("Transport unknown")]
    UnknownTransport {
        /// The name that the client sent.
        transport: Option<String>,
    },
    /// Code 1: unknown session.
    #[error("Session ID unknown")]
    UnknownSession {
        /// The id that the client sent.
        sid: String,
    },
    /// Code 2: a handshake with a method other than GET.
    #[error("Bad handshake method")]
    BadMethod,
    /// Code 3: the session uses another transport.
    #[error("Bad request")]
    TransportMismatch,
    /// Code 3: `transport=websocket` without an upgrade, or an upgrade for another transport.
    #[error("Bad request")]
    HandshakeMismatch,
    /// Code 3: the protocol version of the request differs from that of its session.
    #[error("Bad request")]
    ProtocolMismatch,
    /// Code 3: HTTP/1.1 without a `Host` field, more than one, or an invalid one.
    #[error("Bad request")]
    InvalidHost,
    /// Code 3, status 431: the request line and the headers exceed [`Server::max_head`](crate::Server::max_head).
    ///
    /// On connections that the server serves itself, the limit applies before there is a request: the response has no
    /// body, and [`Server::on_connection_error`](crate::Server::on_connection_error) is not called.
    #[error("request head too large")]
    HeadTooLarge,
    /// Code 3: the id generator failed.
    #[error("Bad request")]
    IdGeneration(#[source] BoxError),
    /// Code 4: `allow_request` refused the request with this message.
    #[error("{}", escape::message(.0))]
    Forbidden(String),
    /// Code 4, status 403: an upgrade from a page whose origin is not allowed. [`Server::cors`](crate::Server::cors)
    /// allows origins; [`Server::trust_forwarded_host`](crate::Server::trust_forwarded_host) is for servers behind a
    /// proxy that changes the `Host` header.
    #[error(
        "cross-origin WebSocket refused: the server allows origins with `Server::cors`, and behind a proxy the host that \
         it forwards with `Server::trust_forwarded_host`"
    )]
    ForeignOrigin {
        /// The `Origin` header.
        origin: String,
        /// The host that the client requested. Empty if the request has none.
        host: String,
    },
    /// Code 4, status 503: the limit [`Server::max_connections`](crate::Server::max_connections) is reached.
    #[error("too many connections")]
    TooManyConnections,
    /// Code 4, status 503: new sessions exceed [`Server::connect_rate`](crate::Server::connect_rate).
    #[error("too many new connections")]
    TooManyConnects,
    /// Code 4, status 503: the server is shutting down and accepts no new sessions.
    #[error("server shutting down")]
    ShuttingDown,
    /// Code 5: `EIO` is not 4, and clients of Socket.IO 2 are not allowed (`Server::allow_eio3`).
    #[error("Unsupported protocol version")]
    UnsupportedProtocol,
}

impl ConnectionErrorKind {
    /// Returns `true` if the server is temporarily unable to accept the client. Such errors have status 503 on every
    /// transport.
    pub(super) fn is_temporary(&self) -> bool {
        matches!(self, Self::TooManyConnections | Self::TooManyConnects | Self::ShuttingDown)
    }

    /// The message that the client gets.
    pub(super) fn message(&self) -> Cow<'_, str> {
        match self {
            Self::Forbidden(message) => message.into(),
            other => other.to_string().into(),
        }
    }

    /// The code in the JSON body of the response.
    pub fn code(&self) -> u8 {
        match self {
            Self::UnknownTransport { .. } => 0,
            Self::UnknownSession { .. } => 1,
            Self::BadMethod => 2,
            Self::TransportMismatch
            | Self::HandshakeMismatch
            | Self::ProtocolMismatch
            | Self::InvalidHost
            | Self::HeadTooLarge
            | Self::IdGeneration(_) => 3,
            Self::Forbidden(_)
            | Self::ForeignOrigin { .. }
            | Self::TooManyConnections
            | Self::TooManyConnects
            | Self::ShuttingDown => 4,
            Self::UnsupportedProtocol => 5,
        }
    }
}
