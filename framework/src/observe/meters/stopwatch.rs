//! Measures durations.

use std::time::Instant;

use metrics::Histogram;

/// A stopwatch. It starts when it is created.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[inline]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Records the elapsed time, and restarts.
    #[inline]
    pub(super) fn record(&mut self, histogram: &Histogram) {
        let now = Instant::now();
        histogram.record(now - self.0);
        self.0 = now;
    }
}
