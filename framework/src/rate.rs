//! A rate limit: a token bucket whose whole state is one instant.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket: `count` per period, with a burst allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    /// The time after which one token is available again.
    each: Duration,
    burst: u32,
}

impl Rate {
    /// Creates a rate of `count` tokens per `per`, with a burst allowance of `count`.
    pub(crate) const fn new(count: u32, per: Duration) -> Self {
        assert!(count > 0, "a rate of nothing lets nothing through");
        let each = per.as_nanos() / count as u128;
        let each = if each > u64::MAX as u128 { u64::MAX } else { each as u64 };
        Self { each: Duration::from_nanos(each), burst: count }
    }

    pub(crate) const fn burst(mut self, burst: u32) -> Self {
        assert!(burst > 0, "a burst of nothing lets nothing through");
        self.burst = burst;
        self
    }
}

/// The tokens taken from one bucket.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// When the bucket is full again. `None` if no token was ever taken.
    until: Option<Instant>,
}

impl Taken {
    /// Takes one token, or returns how long to wait for one.
    pub(crate) fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let until = self.until.map_or(now, |until| until.max(now)) + rate.each;
        let wait = until.saturating_duration_since(now + rate.each * rate.burst);
        if wait.is_zero() {
            self.until = Some(until);
            Ok(())
        } else {
            Err(wait)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_and_then_the_rate() {
        let (rate, start) = (Rate::new(10, SECOND).burst(3), Instant::now());
        let mut taken = Taken::default();
        for _ in 0..3 {
            assert_eq!(taken.take(rate, start), Ok(()));
        }
        let each = SECOND / 10;
        assert_eq!(taken.take(rate, start), Err(each), "what is refused costs nothing");
        assert_eq!(taken.take(rate, start), Err(each));
        assert_eq!(taken.take(rate, start + each), Ok(()));
        assert_eq!(taken.take(rate, start + each), Err(each));
        assert_eq!(taken.take(rate, start + each * 3 / 2), Err(each / 2));
    }

    #[test]
    fn a_rest_makes_up_for_a_burst_and_no_more() {
        let (rate, start) = (Rate::new(2, SECOND), Instant::now());
        let mut taken = Taken::default();
        let later = start + 100 * SECOND;
        let passed = (0..10).filter(|_| taken.take(rate, later).is_ok()).count();
        assert_eq!(passed, 2);
    }

    #[test]
    fn over_a_long_time_the_rate_holds() {
        let (rate, start) = (Rate::new(7, SECOND).burst(20), Instant::now());
        let mut taken = Taken::default();
        let passed = (0..100_000).filter(|ms| taken.take(rate, start + Duration::from_millis(*ms)).is_ok()).count();
        assert_eq!(passed, 20 + 7 * 100 - 1, "the last one is due at the end of the last second");
    }
}
