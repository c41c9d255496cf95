//! The state of a socket's rate limits.

use std::panic::Location;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::rate::{Rate, Taken};
use crate::sync::lock;

/// Allocates nothing for a socket without rate limits. A list, because a namespace has few rate limits.
#[derive(Debug, Default)]
pub(super) struct RateLimitState(OnceLock<Box<Mutex<Vec<Used>>>>);

#[derive(Debug)]
struct Used {
    /// The source location that creates the limit.
    place: &'static Location<'static>,
    /// Several limits with different settings can be created at the same location.
    rate: Rate,
    taken: Taken,
}

impl RateLimitState {
    /// Counts an event against the limit created at `place`. Returns the time to wait if it exceeds the limit.
    pub(super) fn take(&self, place: &'static Location<'static>, rate: Rate, now: Instant) -> Result<(), Duration> {
        let mut all = lock(self.0.get_or_init(Box::default));
        if let Some(used) = all.iter_mut().find(|used| used.place == place && used.rate == rate) {
            return used.taken.take(rate, now);
        }
        let mut taken = Taken::default();
        let answer = taken.take(rate, now);
        all.push(Used { place, rate, taken });
        answer
    }
}
