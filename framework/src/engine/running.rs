//! Counts the session tasks that have not ended, so that a shutdown can wait for them.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

#[derive(Default)]
pub(super) struct Running {
    count: AtomicUsize,
    /// Notified when the count drops to zero.
    none: Notify,
}

/// One running task. Dropping it decrements the count.
pub(super) struct One<'a>(&'a Running);

impl Running {
    pub(super) fn one(&self) -> One<'_> {
        self.count.fetch_add(1, Ordering::AcqRel);
        One(self)
    }

    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Waits until no task is running.
    pub(super) async fn none(&self) {
        loop {
            let mut none = pin!(self.none.notified());
            // Enabled before the count is read, so that no notification is missed in between.
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
