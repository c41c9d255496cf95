//! What is seen of connections.

use std::net::SocketAddr;

use super::meters::{self, Stopwatch};
use super::names;
use super::spans::{self, Number, Span};
use crate::engine::close::CloseReason;
use crate::engine::error::ConnectionErrorKind;
use crate::engine::options::Transport;
use crate::server::ShutdownReport;

/// What is seen of a server as a whole. Cloning it is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Server(meters::Server);

impl Server {
    pub(crate) fn new() -> Self {
        Self(meters::Server::new())
    }

    /// One of its connections, which is not open yet.
    pub(crate) fn connection(&self) -> Connection {
        Connection { meter: self.0.connection(), number: Number::next() }
    }

    /// A request was refused.
    pub(crate) fn refused(&self, kind: &ConnectionErrorKind) {
        self.0.refused(names::refusal(kind));
        spans::request_refused(kind);
    }

    /// As many HTTP connections are open as may be.
    #[cold]
    pub(crate) fn full() {
        spans::full();
    }

    /// All clients have been let go.
    pub(crate) fn drained(&self, since: Stopwatch, report: ShutdownReport) {
        self.0.drained(since, report);
    }
}

/// What is seen of one connection.
#[derive(Debug)]
pub(crate) struct Connection {
    meter: meters::Connection,
    number: Number,
}

impl Connection {
    /// It is open. All that its task does belongs into the span.
    pub(crate) fn opened(&self, transport: Transport, address: Option<SocketAddr>) -> Span {
        self.meter.opened(transport);
        let span = Span::connection(self.number, transport, address);
        span.in_scope(spans::opened);
        span
    }

    /// A WebSocket has taken it over.
    pub(crate) fn upgraded(&self) {
        self.meter.upgraded();
        spans::upgraded(self.number);
    }

    /// A WebSocket wanted to take it over, and has not.
    pub(crate) fn upgrade_failed(&self) {
        self.meter.upgrade_failed();
        spans::upgrade_failed(self.number);
    }

    /// Once for each that was opened: it has ended, with this transport.
    pub(crate) fn closed(&self, transport: Transport, reason: &CloseReason) {
        self.meter.closed(transport, reason.into());
        spans::closed(reason.into());
    }

    /// So many bytes wait for the client. Said at the end of each turn of the connection's task, and when a poll is
    /// answered.
    #[inline]
    pub(crate) fn queued(&self, bytes: usize) {
        self.meter.queued(bytes);
    }

    /// The client broke the protocol of Socket.IO.
    #[cold]
    pub(crate) fn packet_refused(&self) {
        self.meter.packet_refused();
        spans::packet_refused();
    }

    /// The client wanted to connect to a namespace that there is not, or not for it.
    #[cold]
    pub(crate) fn no_namespace(&self, path: &str, reason: &str) {
        self.meter.no_namespace(reason);
        spans::no_namespace(path, reason);
    }
}
