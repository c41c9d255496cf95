//! Metrics of events, from their arrival to the end of their handler.

use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram};

use super::stopwatch::Stopwatch;
use super::vocabulary as metric;

/// The metrics of all events with one name.
#[derive(Debug)]
pub(super) struct OfEvent {
    received: Counter,
    handler: Histogram,
    /// Shared by the whole namespace.
    waiting: Gauge,
    /// Shared by the whole namespace.
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

/// A received event.
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

    /// Records that its handler starts.
    #[inline]
    pub(crate) fn begin(&mut self) {
        self.meters.waiting.decrement(1);
        self.is_waiting = false;
        self.since.record(&self.meters.wait);
    }

    /// Records that its handler has ended.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.since.record(&self.meters.handler);
    }
}

// An event is dropped unhandled if its socket disconnects.
impl Drop for Event {
    fn drop(&mut self) {
        if self.is_waiting {
            self.meters.waiting.decrement(1);
        }
    }
}
