//! How many clients may come: at a time, and in a time.

use std::sync::Mutex;

use tokio::time::Instant;

use super::error::ConnectionErrorKind;
use crate::rate::{Rate, Taken};
use crate::sync::lock;

/// The bounds for newcomers; none by default.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    pub(crate) most: Option<usize>,
    rate: Option<(Rate, Mutex<Taken>)>,
}

impl Admission {
    pub(crate) fn set_rate(&mut self, rate: Rate) {
        self.rate = Some((rate, Mutex::default()));
    }

    /// Whether another session may be beside so many that are open.
    pub(super) fn has_room(&self, open: impl FnOnce() -> usize) -> Result<(), ConnectionErrorKind> {
        match self.most {
            Some(most) if open() >= most => Err(ConnectionErrorKind::TooManyConnections),
            _ => Ok(()),
        }
    }

    /// Whether a newcomer does not come too soon. It counts, whether or not it is refused for something else.
    pub(super) fn in_time(&self) -> Result<(), ConnectionErrorKind> {
        let Some((rate, taken)) = &self.rate else { return Ok(()) };
        lock(taken).take(*rate, Instant::now()).map_err(|_| ConnectionErrorKind::TooManyConnects)
    }
}
