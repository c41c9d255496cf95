//! All metrics with their names, units, labels and descriptions. The book lists the same, and a test compares the two.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Unit};

/// One metric. Its name follows the Prometheus conventions: base units, and `_total` at the end of counters.
#[derive(Debug)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) labels: &'static [&'static str],
    help: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

use Kind::{Counter as COUNTER, Gauge as GAUGE, Histogram as HISTOGRAM};

const fn metric(name: &'static str, kind: Kind, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind, labels, help }
}

const NAMESPACE: &[&str] = &["namespace"];

// ---- connections ----

pub(super) static CONNECTIONS: Metric =
    metric("switchboard_connections", GAUGE, &["transport"], "Connections that are open.");
pub(super) static CONNECTIONS_OPENED: Metric =
    metric("switchboard_connections_opened_total", COUNTER, &["transport"], "Connections that have been opened.");
pub(super) static CONNECTIONS_CLOSED: Metric = metric(
    "switchboard_connections_closed_total",
    COUNTER,
    &["transport", "reason"],
    "Connections that have ended, slow readers among them.",
);
pub(super) static UPGRADES: Metric =
    metric("switchboard_upgrades_total", COUNTER, &["outcome"], "Upgrades from long-polling to WebSocket.");
pub(super) static REQUESTS_REFUSED: Metric = metric(
    "switchboard_requests_refused_total",
    COUNTER,
    &["reason"],
    "HTTP requests that were refused, newcomers that were not admitted among them.",
);
pub(super) static PACKETS_REFUSED: Metric = metric(
    "switchboard_packets_refused_total",
    COUNTER,
    &[],
    "Packets against the protocol of Socket.IO, each of which ends its connection.",
);
pub(super) static QUEUED_BYTES: Metric = metric(
    "switchboard_queued_bytes",
    GAUGE,
    &[],
    "Bytes that wait for clients to read them, as of the last time that each connection was looked after.",
);
pub(super) static DRAIN_SECONDS: Metric =
    metric("switchboard_drain_seconds", HISTOGRAM, &[], "How long it took to let all clients go.");
pub(super) static CLIENTS_LET_GO: Metric = metric(
    "switchboard_clients_let_go_total",
    COUNTER,
    &["outcome"],
    "Clients that were let go because the server shut down.",
);

// ---- sockets ----

pub(super) static SOCKETS: Metric = metric("switchboard_sockets", GAUGE, NAMESPACE, "Sockets that are connected.");
pub(super) static SOCKETS_CONNECTED: Metric =
    metric("switchboard_sockets_connected_total", COUNTER, NAMESPACE, "Sockets that have been connected.");
pub(super) static SOCKETS_DISCONNECTED: Metric = metric(
    "switchboard_sockets_disconnected_total",
    COUNTER,
    &["namespace", "reason"],
    "Sockets that have been disconnected.",
);
pub(super) static CONNECT_ERRORS: Metric = metric(
    "switchboard_connect_errors_total",
    COUNTER,
    &["namespace", "reason"],
    "Connects to a namespace that were answered with an error.",
);
pub(super) static CONNECT_SECONDS: Metric = metric(
    "switchboard_connect_seconds",
    HISTOGRAM,
    NAMESPACE,
    "How long guards and on_connect took to decide on a socket.",
);
pub(super) static ROOMS: Metric = metric(
    "switchboard_rooms",
    GAUGE,
    NAMESPACE,
    "Rooms that have members; those of the sockets' ids are not counted.",
);

// ---- events ----

pub(super) static EVENTS_RECEIVED: Metric = metric(
    "switchboard_events_received_total",
    COUNTER,
    &["namespace", "event"],
    "Events that have come from clients.",
);
pub(super) static EVENTS_WAITING: Metric = metric(
    "switchboard_events_waiting",
    GAUGE,
    NAMESPACE,
    "Events that have come and wait for the handlers of those before them.",
);
pub(super) static EVENT_WAIT_SECONDS: Metric = metric(
    "switchboard_event_wait_seconds",
    HISTOGRAM,
    NAMESPACE,
    "How long events waited for the handlers of those before them.",
);
pub(super) static HANDLER_SECONDS: Metric = metric(
    "switchboard_handler_seconds",
    HISTOGRAM,
    &["namespace", "event"],
    "How long it took to handle an event, middleware and waiting included.",
);
pub(super) static HANDLER_ERRORS: Metric = metric(
    "switchboard_handler_errors_total",
    COUNTER,
    &["namespace", "event", "kind"],
    "Events and hooks that failed: what on_error is told of.",
);
pub(super) static ACKS_SENT: Metric =
    metric("switchboard_acks_sent_total", COUNTER, NAMESPACE, "Acknowledgements that clients were answered with.");
pub(super) static RATE_LIMITED: Metric =
    metric("switchboard_rate_limited_total", COUNTER, NAMESPACE, "Events that a RateLimit found to be too many.");

// ---- emits ----

pub(super) static EVENTS_EMITTED: Metric = metric(
    "switchboard_events_emitted_total",
    COUNTER,
    &["namespace", "outcome"],
    "Events that were emitted to one socket.",
);
pub(super) static BROADCASTS: Metric =
    metric("switchboard_broadcasts_total", COUNTER, NAMESPACE, "Events that were emitted to many sockets.");
pub(super) static DELIVERIES: Metric = metric(
    "switchboard_deliveries_total",
    COUNTER,
    &["namespace", "outcome"],
    "Copies of those for the sockets of this server.",
);
pub(super) static ACKS_AWAITED: Metric = metric(
    "switchboard_acks_awaited_total",
    COUNTER,
    &["namespace", "outcome"],
    "Acknowledgements that the server asked clients for.",
);
pub(super) static ACK_SECONDS: Metric =
    metric("switchboard_ack_seconds", HISTOGRAM, NAMESPACE, "How long it took one socket to acknowledge an event.");

/// All metrics, in the order of the book.
pub(super) static ALL: [&Metric; 27] = [
    &CONNECTIONS,
    &CONNECTIONS_OPENED,
    &CONNECTIONS_CLOSED,
    &UPGRADES,
    &REQUESTS_REFUSED,
    &PACKETS_REFUSED,
    &QUEUED_BYTES,
    &DRAIN_SECONDS,
    &CLIENTS_LET_GO,
    &SOCKETS,
    &SOCKETS_CONNECTED,
    &SOCKETS_DISCONNECTED,
    &CONNECT_ERRORS,
    &CONNECT_SECONDS,
    &ROOMS,
    &EVENTS_RECEIVED,
    &EVENTS_WAITING,
    &EVENT_WAIT_SECONDS,
    &HANDLER_SECONDS,
    &HANDLER_ERRORS,
    &ACKS_SENT,
    &RATE_LIMITED,
    &EVENTS_EMITTED,
    &BROADCASTS,
    &DELIVERIES,
    &ACKS_AWAITED,
    &ACK_SECONDS,
];

static METADATA: Metadata<'static> = Metadata::new("switchboard", Level::INFO, Some("switchboard"));

/// Registers the descriptions of all metrics with the recorder.
pub(super) fn describe() {
    metrics::with_recorder(|recorder| {
        for metric in ALL {
            let (name, help) = (KeyName::from_const_str(metric.name), metric.help.into());
            match metric.kind {
                Kind::Counter => recorder.describe_counter(name, Some(metric.unit()), help),
                Kind::Gauge => recorder.describe_gauge(name, Some(metric.unit()), help),
                Kind::Histogram => recorder.describe_histogram(name, Some(metric.unit()), help),
            }
        }
    });
}

impl Metric {
    /// The unit, derived from the end of the name.
    fn unit(&self) -> Unit {
        let base = self.name.strip_suffix("_total").unwrap_or(self.name);
        match base.rsplit('_').next() {
            Some("seconds") => Unit::Seconds,
            Some("bytes") => Unit::Bytes,
            _ => Unit::Count,
        }
    }

    fn key(&self, kind: Kind, values: &[&str]) -> Key {
        debug_assert!(self.kind == kind && self.labels.len() == values.len(), "{self:?} is not with {values:?}");
        let labels = self.labels.iter().zip(values).map(|(label, value)| Label::new(*label, (*value).to_owned()));
        Key::from_parts(self.name, labels.collect::<Vec<_>>())
    }

    pub(super) fn counter(&self, values: &[&str]) -> Counter {
        metrics::with_recorder(|recorder| recorder.register_counter(&self.key(Kind::Counter, values), &METADATA))
    }

    pub(super) fn gauge(&self, values: &[&str]) -> Gauge {
        let gauge =
            metrics::with_recorder(|recorder| recorder.register_gauge(&self.key(Kind::Gauge, values), &METADATA));
        // Some recorders export a gauge only when it has a value.
        gauge.increment(0);
        gauge
    }

    pub(super) fn histogram(&self, values: &[&str]) -> Histogram {
        metrics::with_recorder(|recorder| recorder.register_histogram(&self.key(Kind::Histogram, values), &METADATA))
    }

    /// One counter per value of the last label.
    pub(super) fn counters(&self, values: &[&str], last: impl IntoIterator<Item = &'static str>) -> Counters {
        let counter = |last| (last, self.counter(&[values, &[last]].concat()));
        Counters(last.into_iter().map(counter).collect())
    }
}

/// The counters of one metric that differ in one label with few values.
#[derive(Debug)]
pub(super) struct Counters(Vec<(&'static str, Counter)>);

impl Counters {
    pub(super) fn count(&self, value: &str) {
        self.add(value, 1);
    }

    pub(super) fn add(&self, value: &str, count: usize) {
        let counter = self.0.iter().find(|(known, _)| *known == value);
        debug_assert!(counter.is_some(), "there is no counter for {value:?}");
        if let Some((_, counter)) = counter {
            counter.increment(count as u64);
        }
    }
}
