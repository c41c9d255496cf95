//! Limits on new sessions: open sessions, new sessions per second, and new sessions per TCP connection.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::ConnectionErrorKind;
use crate::rate::{Rate, Taken};
use crate::sync::lock;

/// How many sessions one TCP connection may open after its first. A client opens one session per connection, but a
/// proxy opens many clients' sessions over each connection.
const OPENINGS: Rate = Rate::new(100, Duration::from_secs(1)).burst(99);

/// The limits on new sessions.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) max_sessions: usize,
    rate: Option<(Rate, Mutex<Taken>)>,
}

impl Default for Admission {
    fn default() -> Self {
        Self { max_sessions: 100_000, rate: None }
    }
}

impl Admission {
    pub(crate) fn set_rate(&mut self, rate: Rate) {
        self.rate = Some((rate, Mutex::default()));
    }

    /// Fails if the maximum number of sessions is open.
    pub(super) fn has_room(&self, open: impl FnOnce() -> usize) -> Result<(), ConnectionErrorKind> {
        if open() >= self.max_sessions { Err(ConnectionErrorKind::TooManyConnections) } else { Ok(()) }
    }

    /// Fails if new sessions arrive faster than the rate limit. A session counts even if it is refused afterwards.
    pub(super) fn in_time(&self) -> Result<(), ConnectionErrorKind> {
        let Some((rate, taken)) = &self.rate else { return Ok(()) };
        lock(taken).take(*rate, Instant::now()).map_err(|_| ConnectionErrorKind::TooManyConnects)
    }
}

/// Rate limit state of one TCP connection. `None` until it opens its first session.
#[derive(Debug, Default)]
pub(crate) struct Openings(Mutex<Option<Taken>>);

impl Openings {
    /// Waits until the connection may open another session. Only this connection waits, so a client that opens sessions
    /// as fast as it can neither occupies a worker thread nor uses up the server's rate.
    pub(super) async fn wait(&self) {
        loop {
            match self.take() {
                Ok(()) => return,
                Err(wait) => sleep(wait).await,
            }
        }
    }

    /// Takes one token, or returns how long to wait for one. The first is free and does not read the clock.
    fn take(&self) -> Result<(), Duration> {
        let mut openings = lock(&self.0);
        match &mut *openings {
            Some(taken) => taken.take(OPENINGS, Instant::now()),
            first => {
                *first = Some(Taken::default());
                Ok(())
            }
        }
    }
}
