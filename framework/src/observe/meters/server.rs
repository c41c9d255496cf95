//! Metrics of the server and its connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use metrics::{Counter, Gauge, Histogram};

use super::labels;
use super::stopwatch::Stopwatch;
use super::vocabulary::{self as metric, Counters};
use crate::engine::options::Transport;
use crate::namespace::DisconnectReason;
use crate::server::ShutdownReport;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Server(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    polling: OfTransport,
    websocket: OfTransport,
    upgrades: Counters,
    requests_refused: Counters,
    connect_errors: Counters,
    packets_refused: Counter,
    queued: Gauge,
    drain: Histogram,
    let_go: Counters,
}

#[derive(Debug)]
struct OfTransport {
    open: Gauge,
    opened: Counter,
    closed: Counters,
}

impl OfTransport {
    fn new(transport: Transport) -> Self {
        let labels = [transport.name()];
        // These reasons apply to sockets only. A connection without sockets is closed for another reason.
        let of_sockets = [DisconnectReason::ClientNamespaceDisconnect, DisconnectReason::ServerNamespaceDisconnect];
        let reasons = labels::DISCONNECTS.into_iter().filter(|reason| !of_sockets.contains(reason));
        let reasons = reasons.map(DisconnectReason::as_str);
        Self {
            open: metric::CONNECTIONS.gauge(&labels),
            opened: metric::CONNECTIONS_OPENED.counter(&labels),
            closed: metric::CONNECTIONS_CLOSED.counters(&labels, reasons),
        }
    }
}

impl Server {
    pub(crate) fn new() -> Self {
        metric::describe();
        Self(Arc::new(Inner {
            polling: OfTransport::new(Transport::Polling),
            websocket: OfTransport::new(Transport::WebSocket),
            upgrades: metric::UPGRADES.counters(&[], labels::UPGRADES),
            requests_refused: metric::REQUESTS_REFUSED.counters(&[], labels::REFUSALS),
            connect_errors: metric::CONNECT_ERRORS.counters(&[labels::OTHER], labels::NO_NAMESPACE),
            packets_refused: metric::PACKETS_REFUSED.counter(&[]),
            queued: metric::QUEUED_BYTES.gauge(&[]),
            drain: metric::DRAIN_SECONDS.histogram(&[]),
            let_go: metric::CLIENTS_LET_GO.counters(&[], labels::LET_GO),
        }))
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection { server: self.0.clone(), queued: AtomicUsize::new(0) }
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        self.0.requests_refused.count(reason);
    }

    pub(crate) fn drained(&self, mut since: Stopwatch, report: ShutdownReport) {
        since.record(&self.0.drain);
        self.0.let_go.add("drained", report.drained);
        self.0.let_go.add("cut", report.cut);
        self.0.let_go.add("unfinished", report.unfinished);
    }
}

impl Inner {
    fn of(&self, transport: Transport) -> &OfTransport {
        match transport {
            Transport::Polling => &self.polling,
            Transport::WebSocket => &self.websocket,
        }
    }
}

/// The metrics of one connection.
#[derive(Debug)]
pub(crate) struct Connection {
    server: Arc<Inner>,
    /// The share of this connection in the server's gauge, in bytes.
    queued: AtomicUsize,
}

impl Connection {
    pub(crate) fn opened(&self, transport: Transport) {
        let meters = self.server.of(transport);
        meters.opened.increment(1);
        meters.open.increment(1);
    }

    pub(crate) fn upgraded(&self) {
        self.server.polling.open.decrement(1);
        self.server.websocket.open.increment(1);
        self.server.upgrades.count("completed");
    }

    pub(crate) fn upgrade_failed(&self) {
        self.server.upgrades.count("failed");
    }

    /// Called once for each opened connection.
    pub(crate) fn closed(&self, transport: Transport, reason: DisconnectReason) {
        let meters = self.server.of(transport);
        meters.closed.count(reason.as_str());
        meters.open.decrement(1);
        self.queued(0);
    }

    /// Sets the number of queued bytes.
    #[inline]
    pub(crate) fn queued(&self, bytes: usize) {
        // Usually the queue is empty and was empty before.
        if self.queued.load(Ordering::Relaxed) != bytes {
            let before = self.queued.swap(bytes, Ordering::Relaxed);
            self.server.queued.increment(bytes as f64 - before as f64);
        }
    }

    pub(crate) fn packet_refused(&self) {
        self.server.packets_refused.increment(1);
    }

    pub(crate) fn no_namespace(&self, reason: &str) {
        self.server.connect_errors.count(reason);
    }
}
