//! Metrics of acknowledgements that the server waits for.

use std::sync::Arc;

use metrics::Histogram;

use super::labels;
use super::stopwatch::Stopwatch;
use super::vocabulary::{self as metric, Counters};

/// The metrics of one namespace.
#[derive(Debug)]
pub(super) struct OfNamespace {
    pub(super) awaited: Counters,
    round_trip: Histogram,
}

impl OfNamespace {
    pub(super) fn new(namespace: &str) -> Self {
        Self {
            awaited: metric::ACKS_AWAITED.counters(&[namespace], labels::ANSWERED),
            round_trip: metric::ACK_SECONDS.histogram(&[namespace]),
        }
    }
}

/// An acknowledgement that the server waits for.
#[derive(Debug)]
pub(crate) struct Ack {
    meters: Arc<OfNamespace>,
    since: Stopwatch,
    outcome: &'static str,
}

impl Ack {
    pub(super) fn new(meters: Arc<OfNamespace>) -> Self {
        Self { meters, since: Stopwatch::start(), outcome: labels::GIVEN_UP }
    }

    pub(crate) fn end(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for Ack {
    fn drop(&mut self) {
        self.meters.awaited.count(self.outcome);
        if self.outcome == "answered" {
            self.since.record(&self.meters.round_trip);
        }
    }
}
