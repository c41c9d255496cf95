//! Why a request was refused: the answers of Engine.IO, with the context that the server may log.

use std::borrow::Cow;

use http::request::Parts;

use super::options::BoxError;
use crate::escape;

/// A request that the engine refused, as given to [`Server::on_connection_error`](crate::Server::on_connection_error).
#[derive(Debug)]
#[non_exhaustive]
pub struct ConnectionError {
    /// The request's head.
    pub request: Parts,
    /// What was wrong with it.
    pub kind: ConnectionErrorKind,
}

/// Why a request was refused. `Display` is the message that the client gets, made safe for logs: control characters are
/// escaped, and it is cut to 1 KiB.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionErrorKind {
    /// Code 0: the transport is none of the allowed ones.
    #[error("Transport unknown")]
    UnknownTransport {
        /// As the client named it.
        transport: Option<String>,
    },
    /// Code 1: no such session.
    #[error("Session ID unknown")]
    UnknownSession {
        /// As the client named it.
        sid: String,
    },
    /// Code 2: a session is opened by GET.
    #[error("Bad handshake method")]
    BadMethod,
    /// Code 3: the session is carried by another transport.
    #[error("Bad request")]
    TransportMismatch,
    /// Code 3: `transport=websocket` without an upgrade, or an upgrade for another transport.
    #[error("Bad request")]
    HandshakeMismatch,
    /// Code 3: the request speaks another protocol version than its session.
    #[error("Bad request")]
    ProtocolMismatch,
    /// Code 3: HTTP/1.1 without a `Host` field, more than one, or an invalid one.
    #[error("Bad request")]
    InvalidHost,
    /// Code 3, status 431: the request line and the headers exceed [`Server::max_head`](crate::Server::max_head).
    ///
    /// On connections that the server serves itself, the limit applies before there is a request: the answer has no body,
    /// and [`Server::on_connection_error`](crate::Server::on_connection_error) is not called.
    #[error("request head too large")]
    HeadTooLarge,
    /// Code 3: the id generator failed.
    #[error("Bad request")]
    IdGeneration(#[source] BoxError),
    /// Code 4: the admission hook refused, with this message.
    #[error("{}", escape::message(.0))]
    Forbidden(String),
    /// Code 4, status 403: an upgrade of a page whose origin is not allowed. [`Server::cors`](crate::Server::cors) allows
    /// origins; [`Server::trust_forwarded_host`](crate::Server::trust_forwarded_host) is for servers behind a proxy that
    /// changes the `Host` header.
    #[error(
        "cross-origin WebSocket refused: the server allows origins with `Server::cors`, and behind a proxy the host that \
         it forwards with `Server::trust_forwarded_host`"
    )]
    ForeignOrigin {
        /// The `Origin` header.
        origin: String,
        /// The host that the request was sent to; empty if it named none.
        host: String,
    },
    /// Code 4, status 503: [`Server::max_connections`](crate::Server::max_connections) are open.
    #[error("too many connections")]
    TooManyConnections,
    /// Code 4, status 503: more come than [`Server::connect_rate`](crate::Server::connect_rate) lets in.
    #[error("too many new connections")]
    TooManyConnects,
    /// Code 4, status 503: the server shuts down, and takes no newcomers.
    #[error("server shutting down")]
    ShuttingDown,
    /// Code 5: `EIO` is not 4, and clients of Socket.IO 2 are not let in (`Server::allow_eio3`).
    #[error("Unsupported protocol version")]
    UnsupportedProtocol,
}

impl ConnectionErrorKind {
    /// Whether it is the server that cannot take the client now: status 503, on every transport.
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

    /// The number in the answer's JSON body.
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
