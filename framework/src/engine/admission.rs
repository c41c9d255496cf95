//! How many clients are let in: at a time, in a second, and over one TCP connection.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::ConnectionErrorKind;
use crate::rate::{Rate, Taken};
use crate::sync::lock;

/// The sessions that one TCP connection may open after its first. A client opens one; the connections of a proxy carry those
/// of many clients.
const OPENINGS: Rate = Rate::new(100, Duration::from_secs(1)).burst(99);

/// The bounds for new sessions.
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

    /// Checks that another session fits beside those that are open.
    pub(super) fn has_room(&self, open: impl FnOnce() -> usize) -> Result<(), ConnectionErrorKind> {
        if open() >= self.max_sessions { Err(ConnectionErrorKind::TooManyConnections) } else { Ok(()) }
    }

    /// Checks the rate of new sessions. A session counts even if it is refused afterwards.
    pub(super) fn in_time(&self) -> Result<(), ConnectionErrorKind> {
        let Some((rate, taken)) = &self.rate else { return Ok(()) };
        lock(taken).take(*rate, Instant::now()).map_err(|_| ConnectionErrorKind::TooManyConnects)
    }
}

/// The sessions that were opened over one TCP connection; `None` before the first.
#[derive(Debug, Default)]
pub(crate) struct Openings(Mutex<Option<Taken>>);

impl Openings {
    /// Waits until the connection may open another session. Only this connection waits: a client that opens sessions as
    /// fast as it can neither keeps a worker busy nor uses up the server's rate.
    pub(super) async fn wait(&self) {
        loop {
            match self.take() {
                Ok(()) => return,
                Err(wait) => sleep(wait).await,
            }
        }
    }

    /// Takes one, or returns how long to wait for it. The first is free and reads no clock.
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
