//! How many sessions' tasks have not ended, for a shutdown to wait for.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

#[derive(Default)]
pub(super) struct Running {
    count: AtomicUsize,
    /// Told whenever none is left.
    none: Notify,
}

/// One that has not ended; it has when this is dropped.
pub(super) struct One<'a>(&'a Running);

impl Running {
    pub(super) fn one(&self) -> One<'_> {
        self.count.fetch_add(1, Ordering::AcqRel);
        One(self)
    }

    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Waits until there is none.
    pub(super) async fn none(&self) {
        loop {
            let mut none = pin!(self.none.notified());
            // Before the look at the count, so that nothing is missed between the two.
            none.as_mut().enable();
            if self.count() == 0 {
                return;
            }
            none.await;
        }
    }
}

impl Drop for One<'_> {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.none.notify_waiters();
        }
    }
}
