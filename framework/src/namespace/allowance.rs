//! What a socket has used up of the limits on its events.

use std::panic::Location;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::rate::{Rate, Taken};
use crate::sync::lock;

/// Nothing, for a socket that meets no limit: few limits stand in a namespace, so a list.
#[derive(Debug, Default)]
pub(super) struct Allowance(OnceLock<Box<Mutex<Vec<Used>>>>);

#[derive(Debug)]
struct Used {
    /// Where the limit is made.
    place: &'static Location<'static>,
    /// Two limits may be made at one place, of other settings.
    rate: Rate,
    taken: Taken,
}

impl Allowance {
    /// Takes one event of the limit that is made at this place, or says how long to wait for it.
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
