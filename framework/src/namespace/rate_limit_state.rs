//! The state of a socket's rate limits.

use std::panic::Location;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::rate::{Rate, Taken};
use crate::sync::lock;

/// Allocates nothing for a socket without rate limits. A list, because a namespace has few rate limits.
#[derive(Debug, Default)]
pub(super) struct RateLimitState(OnceLock<Box<Mutex<Vec<LimitState>>>>);

#[derive(Debug)]
struct LimitState {
    /// The source location that creates the limit.
    location: &'static Location<'static>,
    /// Several limits with different settings can be created at the same location.
    rate: Rate,
    bucket: Taken,
}

impl RateLimitState {
    /// Counts an event against the limit created at `location`. Returns the time to wait if it exceeds the limit.
    pub(super) fn take(&self, location: &'static Location<'static>, rate: Rate, now: Instant) -> Result<(), Duration> {
        let mut limits = lock(self.0.get_or_init(Box::default));
        if let Some(limit) = limits.iter_mut().find(|limit| limit.location == location && limit.rate == rate) {
            return limit.bucket.take(rate, now);
        }
        let mut bucket = Taken::default();
        let result = bucket.take(rate, now);
        limits.push(LimitState { location, rate, bucket });
        result
    }
}
