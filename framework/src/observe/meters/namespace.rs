//! Metrics of a namespace. All children of a pattern share them, because clients choose their paths.

use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram};

use super::ack::Ack;
use super::event::{Event, OfEvent};
use super::labels;
use super::stopwatch::Stopwatch;
use super::vocabulary::{self as metric, Counters};
use crate::namespace::{Delivery, DisconnectReason};

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Namespace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sockets: Gauge,
    connected: Counter,
    disconnected: Counters,
    connect_errors: Counters,
    connect: Histogram,
    rooms: Gauge,
    events: ByName<Arc<OfEvent>>,
    failures: ByName<Counters>,
    acks_sent: Counter,
    rate_limited: Counter,
    emitted: Counters,
    broadcasts: Counter,
    deliveries: Counters,
    acks: Arc<super::ack::OfNamespace>,
}

impl Namespace {
    /// Creates the metrics for a namespace's path, or for the label of a pattern, and for its declared events.
    pub(crate) fn new(path: &str, events: &[&'static str]) -> Self {
        let labels = [path];
        let waiting = metric::EVENTS_WAITING.gauge(&labels);
        let wait = metric::EVENT_WAIT_SECONDS.histogram(&labels);
        let hooks = events.iter().copied().chain(["connect", "disconnect"]);
        Self(Arc::new(Inner {
            sockets: metric::SOCKETS.gauge(&labels),
            connected: metric::SOCKETS_CONNECTED.counter(&labels),
            disconnected: metric::SOCKETS_DISCONNECTED
                .counters(&labels, labels::DISCONNECTS.map(DisconnectReason::as_str)),
            connect_errors: metric::CONNECT_ERRORS.counters(&labels, labels::CONNECT_ERRORS),
            connect: metric::CONNECT_SECONDS.histogram(&labels),
            rooms: metric::ROOMS.gauge(&labels),
            events: ByName::new(events.iter().copied(), |event| {
                Arc::new(OfEvent::new(path, event, waiting.clone(), wait.clone()))
            }),
            failures: ByName::new(hooks, |event| metric::HANDLER_ERRORS.counters(&[path, event], labels::FAILURES)),
            acks_sent: metric::ACKS_SENT.counter(&labels),
            rate_limited: metric::RATE_LIMITED.counter(&labels),
            emitted: metric::EVENTS_EMITTED.counters(&labels, labels::EMITTED),
            broadcasts: metric::BROADCASTS.counter(&labels),
            deliveries: metric::DELIVERIES.counters(&labels, labels::DELIVERIES),
            acks: Arc::new(super::ack::OfNamespace::new(path)),
        }))
    }

    // ---- sockets ----

    pub(crate) fn connected(&self) {
        self.0.connected.increment(1);
        self.0.sockets.increment(1);
    }

    /// Called once for each connected socket.
    pub(crate) fn disconnected(&self, reason: DisconnectReason) {
        self.0.disconnected.count(reason.as_str());
        self.0.sockets.decrement(1);
    }

    pub(crate) fn decided(&self, mut since: Stopwatch, error: Option<&'static str>) {
        since.record(&self.0.connect);
        if let Some(error) = error {
            self.0.connect_errors.count(error);
        }
    }

    pub(crate) fn room_created(&self) {
        self.0.rooms.increment(1);
    }

    pub(crate) fn room_deleted(&self) {
        self.0.rooms.decrement(1);
    }

    // ---- events ----

    #[inline]
    pub(crate) fn arrived<'e>(&self, event: impl FnOnce() -> &'e str) -> Event {
        Event::arrived(self.0.events.get(event()).clone())
    }

    pub(crate) fn failed(&self, event: &str, kind: &'static str) {
        self.0.failures.get(event).count(kind);
    }

    #[inline]
    pub(crate) fn ack_sent(&self) {
        self.0.acks_sent.increment(1);
    }

    pub(crate) fn rate_limited(&self) {
        self.0.rate_limited.increment(1);
    }

    // ---- emits ----

    #[inline]
    pub(crate) fn emitted(&self, outcome: &'static str) {
        self.0.emitted.count(outcome);
    }

    pub(crate) fn broadcast(&self, delivery: Delivery) {
        self.0.broadcasts.increment(1);
        self.0.deliveries.add("sent", delivery.sent);
        self.0.deliveries.add("failed", delivery.failed);
    }

    pub(crate) fn ask(&self) -> Ack {
        Ack::new(self.0.acks.clone())
    }

    /// Records the outcome of a broadcast with acknowledgements.
    pub(crate) fn answers(&self, outcome: &'static str, count: usize) {
        self.0.acks.awaited.add(outcome, count);
    }
}

/// One value per declared name, and one for all other names.
#[derive(Debug)]
struct ByName<T> {
    /// Sorted by name.
    known: Vec<(&'static str, T)>,
    other: T,
}

impl<T> ByName<T> {
    fn new(names: impl Iterator<Item = &'static str>, make: impl Fn(&'static str) -> T) -> Self {
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        names.dedup();
        Self { known: names.into_iter().map(|name| (name, make(name))).collect(), other: make(labels::OTHER) }
    }

    fn get(&self, name: &str) -> &T {
        let index = self.known.binary_search_by(|(known, _)| (*known).cmp(name)).ok();
        index.and_then(|index| self.known.get(index)).map_or(&self.other, |(_, found)| found)
    }
}
