//! The metrics of one event on its way through the server.

use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram};

use super::stopwatch::Stopwatch;
use super::vocabulary as metric;

/// What events of one name have in common.
#[derive(Debug)]
pub(super) struct OfEvent {
    received: Counter,
    handler: Histogram,
    /// Of the namespace.
    waiting: Gauge,
    /// Of the namespace.
    wait: Histogram,
}

impl OfEvent {
    pub(super) fn new(namespace: &str, event: &str, waiting: Gauge, wait: Histogram) -> Self {
        let labels = [namespace, event];
        let (received, handler) =
            (metric::EVENTS_RECEIVED.counter(&labels), metric::HANDLER_SECONDS.histogram(&labels));
        Self { received, handler, waiting, wait }
    }
}

/// An event that has arrived.
#[derive(Debug)]
pub(crate) struct Event {
    meters: Arc<OfEvent>,
    since: Stopwatch,
    is_waiting: bool,
}

impl Event {
    #[inline]
    pub(super) fn arrived(meters: Arc<OfEvent>) -> Self {
        meters.received.increment(1);
        meters.waiting.increment(1);
        Self { meters, since: Stopwatch::start(), is_waiting: true }
    }

    /// Its handler begins.
    #[inline]
    pub(crate) fn begin(&mut self) {
        self.meters.waiting.decrement(1);
        self.is_waiting = false;
        self.since.record(&self.meters.wait);
    }

    /// Its handler has ended.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.since.record(&self.meters.handler);
    }
}

// It may be dropped unhandled, because its socket is disconnected.
impl Drop for Event {
    fn drop(&mut self) {
        if self.is_waiting {
            self.meters.waiting.decrement(1);
        }
    }
}
