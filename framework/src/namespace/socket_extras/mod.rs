//! Optional state of a socket: listeners, middleware, hooks, data and extracted acknowledgements. Most sockets have
//! none of these.

mod any_event;
mod data;
mod extracted_acks;
mod listeners;
mod middleware;

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

pub use any_event::AnyEvent;
pub use data::{DataError, SocketData};
pub(crate) use extracted_acks::AckHandle;
pub use listeners::ListenerId;
pub(crate) use listeners::call_listeners;
pub(super) use listeners::{LeftNamespace, Watcher};
pub use middleware::Remaining;
pub(super) use middleware::{around, layer};

use super::socket::Socket;
use crate::contract::Namespace;
use crate::sync::lock;
use data::Map;
use extracted_acks::Questions;
use listeners::Lists;

/// The socket has listeners for named events.
pub(super) const NAMED: u8 = 1;
/// The socket has catch-all listeners for incoming events, or middleware.
pub(super) const AROUND: u8 = 2;
/// The socket has catch-all listeners for outgoing events.
pub(super) const OUTGOING: u8 = 4;
/// The socket has hooks that run before it leaves its rooms.
pub(super) const LEAVING: u8 = 8;
/// The socket has ended, and nothing can be added.
const ENDED: u8 = 16;

/// Takes one byte of flags and a pointer in a socket that uses none of it.
#[derive(Default)]
pub(super) struct Runtime {
    /// The flags above.
    uses: AtomicU8,
    rest: OnceLock<Box<Rest>>,
}

#[derive(Default)]
struct Rest {
    lists: Mutex<Lists>,
    data: Mutex<Map>,
    questions: Questions,
    closed: Notify,
    /// The deadline of running handlers after the socket was disconnected.
    leave_by: OnceLock<Option<Instant>>,
}

impl Runtime {
    /// Returns `true` if any of these flags is set.
    #[inline(always)]
    pub(super) fn has(&self, kind: u8) -> bool {
        self.uses.load(Ordering::Acquire) & kind != 0
    }

    fn rest(&self) -> &Rest {
        self.rest.get_or_init(Box::default)
    }

    /// Changes the lists, and updates the flags.
    fn change<T>(&self, change: impl FnOnce(&mut Lists) -> T) -> T {
        let mut lists = lock(&self.rest().lists);
        let changed = change(&mut lists);
        let there = lists.uses();
        let _ = self.uses.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |uses| Some(uses & ENDED | there));
        changed
    }

    /// Returns `false` if the limit is reached.
    fn add(&self, add: impl FnOnce(&mut Lists)) -> bool {
        // If it is not called, it is dropped after the lock is released, because it owns the application's values.
        let mut add = Some(add);
        let added = self.change(|lists| add.take_if(|_| lists.has_room()).map(|add| add(lists)));
        if self.has(ENDED) {
            self.clear();
        }
        added.is_some()
    }

    /// Drops all listeners, including those added later, because they may hold the socket.
    pub(super) fn end(&self) {
        self.uses.fetch_or(ENDED, Ordering::AcqRel);
        if self.rest.get().is_some() {
            self.clear();
        }
    }

    /// Returns the notification of the disconnection.
    pub(super) fn closed(&self) -> &Notify {
        &self.rest().closed
    }

    /// Notifies waiting tasks of the disconnection.
    pub(super) fn tell_closed(&self) {
        if let Some(rest) = self.rest.get() {
            rest.closed.notify_waiters();
        }
    }

    /// Returns the deadline of handlers after the disconnection. It starts when the first handler has to wait.
    pub(super) fn leave_by(&self, limit: Duration) -> Option<Instant> {
        *self.rest().leave_by.get_or_init(|| Instant::now().checked_add(limit))
    }

    fn clear(&self) {
        // Dropped after the lock is released, because it owns the application's values.
        drop(self.change(std::mem::take));
    }
}

/// Returns `true` if the socket has listeners for named events.
#[inline(always)]
pub(crate) fn has_listeners<N: Namespace>(socket: &Socket<N>) -> bool {
    socket.raw().runtime.has(NAMED)
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("uses", &self.uses).finish_non_exhaustive()
    }
}
