//! What a socket is given while it runs: listeners, middleware, hooks, data, open questions. Most have nothing of it.

mod any_event;
mod data;
mod layer;
mod listeners;
mod question;

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

pub use any_event::AnyEvent;
pub use data::{DataError, SocketData};
pub use layer::Remaining;
pub(super) use layer::{around, layer};
pub use listeners::ListenerId;
pub(crate) use listeners::call_listeners;
pub(super) use listeners::{LeftNamespace, Watcher};
pub(crate) use question::AckHandle;

use super::socket::Socket;
use crate::contract::Namespace;
use crate::sync::lock;
use data::Map;
use listeners::Lists;
use question::Questions;

/// There are listeners to events by name.
pub(super) const NAMED: u8 = 1;
/// There are catch-all listeners to what comes in, or middleware.
pub(super) const AROUND: u8 = 2;
/// There are catch-all listeners to what goes out.
pub(super) const OUTGOING: u8 = 4;
/// There is somebody to be told before the socket leaves its rooms.
pub(super) const LEAVING: u8 = 8;
/// It is over: nothing is added any more.
const ENDED: u8 = 16;

/// A socket without any of it pays for a byte to look at, and a pointer.
#[derive(Default)]
pub(super) struct Runtime {
    /// What of it is there.
    uses: AtomicU8,
    rest: OnceLock<Box<Rest>>,
}

#[derive(Default)]
struct Rest {
    lists: Mutex<Lists>,
    data: Mutex<Map>,
    questions: Questions,
    closed: Notify,
    /// Until when handlers may run, of a socket that is gone.
    leave_by: OnceLock<Option<Instant>>,
}

impl Runtime {
    /// Whether there is any of this kind.
    #[inline(always)]
    pub(super) fn has(&self, kind: u8) -> bool {
        self.uses.load(Ordering::Acquire) & kind != 0
    }

    fn rest(&self) -> &Rest {
        self.rest.get_or_init(Box::default)
    }

    /// Changes the lists, and notes what is in them now.
    fn change<T>(&self, change: impl FnOnce(&mut Lists) -> T) -> T {
        let mut lists = lock(&self.rest().lists);
        let changed = change(&mut lists);
        let there = lists.uses();
        let _ = self.uses.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |uses| Some(uses & ENDED | there));
        changed
    }

    /// False when nothing more may be added.
    fn add(&self, add: impl FnOnce(&mut Lists)) -> bool {
        // Dropped without the lock if it is not called: it is the user's code that is dropped.
        let mut add = Some(add);
        let added = self.change(|lists| add.take_if(|_| lists.has_room()).map(|add| add(lists)));
        if self.has(ENDED) {
            self.clear();
        }
        added.is_some()
    }

    /// Forgets whoever listens, now and later: what they hold may hold the socket.
    pub(super) fn end(&self) {
        self.uses.fetch_or(ENDED, Ordering::AcqRel);
        if self.rest.get().is_some() {
            self.clear();
        }
    }

    /// Tells when the socket is gone.
    pub(super) fn closed(&self) -> &Notify {
        &self.rest().closed
    }

    /// The socket is gone.
    pub(super) fn tell_closed(&self) {
        if let Some(rest) = self.rest.get() {
            rest.closed.notify_waiters();
        }
    }

    /// Until when the handlers of a socket that is gone may run. Counts from the first that has to wait.
    pub(super) fn leave_by(&self, limit: Duration) -> Option<Instant> {
        *self.rest().leave_by.get_or_init(|| Instant::now().checked_add(limit))
    }

    fn clear(&self) {
        // Dropped without the lock: it is the user's code that is dropped.
        drop(self.change(std::mem::take));
    }
}

/// Whether a socket was given listeners to events by name.
#[inline(always)]
pub(crate) fn has_listeners<N: Namespace>(socket: &Socket<N>) -> bool {
    socket.raw().runtime.has(NAMED)
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("uses", &self.uses).finish_non_exhaustive()
    }
}
