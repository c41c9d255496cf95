//! Observation of the server and its connections.

use std::net::SocketAddr;

use super::meters::{self, Stopwatch};
use super::names;
use super::spans::{self, Number, Span};
use crate::engine::close::CloseReason;
use crate::engine::error::ConnectionErrorKind;
use crate::engine::options::Transport;
use crate::server::ShutdownReport;

/// Observes a whole server. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Server(meters::Server);

impl Server {
    pub(crate) fn new() -> Self {
        Self(meters::Server::new())
    }

    /// Creates the observer of a connection that is not open yet.
    pub(crate) fn connection(&self) -> Connection {
        Connection { meter: self.0.connection(), number: Number::next() }
    }

    /// Records a refused request.
    pub(crate) fn refused(&self, kind: &ConnectionErrorKind) {
        self.0.refused(names::refusal(kind));
        spans::request_refused(kind);
    }

    /// Records that the server accepts connections on an address.
    pub(crate) fn listening(address: SocketAddr) {
        spans::listening(address);
    }

    /// Records that the maximum number of HTTP connections is open.
    #[cold]
    pub(crate) fn full() {
        spans::full();
    }

    /// Records that all clients have been disconnected for a shutdown.
    pub(crate) fn drained(&self, since: Stopwatch, report: ShutdownReport) {
        self.0.drained(since, report);
    }
}

/// Observes one connection.
#[derive(Debug)]
pub(crate) struct Connection {
    meter: meters::Connection,
    number: Number,
}

impl Connection {
    /// Records that the connection is open. Everything that its task does belongs in the returned span.
    pub(crate) fn opened(&self, transport: Transport, address: Option<SocketAddr>) -> Span {
        self.meter.opened(transport);
        let span = Span::connection(self.number, transport, address);
        span.in_scope(spans::opened);
        span
    }

    /// Records an upgrade to WebSocket.
    pub(crate) fn upgraded(&self) {
        self.meter.upgraded();
        spans::upgraded(self.number);
    }

    /// Records a failed upgrade.
    pub(crate) fn upgrade_failed(&self) {
        self.meter.upgrade_failed();
        spans::upgrade_failed(self.number);
    }

    /// Records the end of the connection with its last transport. Called once for each opened connection.
    pub(crate) fn closed(&self, transport: Transport, reason: &CloseReason) {
        self.meter.closed(transport, reason.into());
        spans::closed(reason.into());
    }

    /// Records the number of queued bytes. Called at the end of each run of the connection's task and after each poll
    /// response.
    #[inline]
    pub(crate) fn queued(&self, bytes: usize) {
        self.meter.queued(bytes);
    }

    /// Records a violation of the Socket.IO protocol.
    #[cold]
    pub(crate) fn packet_refused(&self) {
        self.meter.packet_refused();
        spans::packet_refused();
    }

    /// Records a connect to a namespace that does not exist or that the client may not use.
    #[cold]
    pub(crate) fn no_namespace(&self, path: &str, reason: &str) {
        self.meter.no_namespace(reason);
        spans::no_namespace(path, reason);
    }
}
