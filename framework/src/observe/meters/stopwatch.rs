//! How long something takes.

use std::time::Instant;

use metrics::Histogram;

/// Started when it is made.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[inline]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Records the time that has passed, and starts anew.
    #[inline]
    pub(super) fn record(&mut self, histogram: &Histogram) {
        let now = Instant::now();
        histogram.record(now - self.0);
        self.0 = now;
    }
}
