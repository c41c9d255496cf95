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
pub(super) use listeners::{CatchAllListener, NamespaceDisconnectingHook};
pub use middleware::Remaining;
pub(super) use middleware::{erase_middleware, run_with_middleware};

use super::socket::Socket;
use crate::contract::Namespace;
use crate::sync::lock;
use data::Map;
use extracted_acks::ExtractedAcks;
use listeners::ListenerLists;

/// The socket has listeners for named events.
pub(super) const HAS_EVENT_LISTENERS: u8 = 1;
/// The socket has catch-all listeners for incoming events, or middleware.
pub(super) const INTERCEPTS_EVENTS: u8 = 2;
/// The socket has catch-all listeners for outgoing events.
pub(super) const HAS_OUTGOING_LISTENERS: u8 = 4;
/// The socket has hooks that run before it leaves its rooms.
pub(super) const HAS_DISCONNECTING_HOOKS: u8 = 8;
/// The socket has ended, and nothing can be added.
const ENDED: u8 = 16;

/// Takes one byte of flags and a pointer in a socket that uses none of it.
#[derive(Default)]
pub(super) struct SocketExtras {
    /// The flags above.
    flags: AtomicU8,
    inner: OnceLock<Box<ExtrasInner>>,
}

#[derive(Default)]
struct ExtrasInner {
    listeners: Mutex<ListenerLists>,
    data: Mutex<Map>,
    extracted_acks: ExtractedAcks,
    closed: Notify,
    /// The deadline of running handlers after the socket was disconnected.
    disconnect_deadline: OnceLock<Option<Instant>>,
}

impl SocketExtras {
    /// Returns `true` if any of these flags is set.
    #[inline(always)]
    pub(super) fn has(&self, flags: u8) -> bool {
        self.flags.load(Ordering::Acquire) & flags != 0
    }

    fn inner(&self) -> &ExtrasInner {
        self.inner.get_or_init(Box::default)
    }

    /// Changes the lists, and updates the flags.
    fn change<T>(&self, change: impl FnOnce(&mut ListenerLists) -> T) -> T {
        let mut listeners = lock(&self.inner().listeners);
        let changed = change(&mut listeners);
        let set = listeners.flags();
        let _ = self.flags.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |flags| Some(flags & ENDED | set));
        changed
    }

    /// Returns `false` if the limit is reached.
    fn add(&self, add: impl FnOnce(&mut ListenerLists)) -> bool {
        // If it is not called, it is dropped after the lock is released, because it owns the application's values.
        let mut add = Some(add);
        let added = self.change(|listeners| add.take_if(|_| listeners.has_room()).map(|add| add(listeners)));
        if self.has(ENDED) {
            self.clear();
        }
        added.is_some()
    }

    /// Drops all listeners, including those added later, because they may hold the socket.
    pub(super) fn end(&self) {
        self.flags.fetch_or(ENDED, Ordering::AcqRel);
        if self.inner.get().is_some() {
            self.clear();
        }
    }

    /// Returns the notification of the disconnection.
    pub(super) fn closed(&self) -> &Notify {
        &self.inner().closed
    }

    /// Notifies waiting tasks of the disconnection.
    pub(super) fn notify_closed(&self) {
        if let Some(inner) = self.inner.get() {
            inner.closed.notify_waiters();
        }
    }

    /// Returns the deadline of handlers after the disconnection. It starts when the first handler has to wait.
    pub(super) fn disconnect_deadline(&self, limit: Duration) -> Option<Instant> {
        *self.inner().disconnect_deadline.get_or_init(|| Instant::now().checked_add(limit))
    }

    fn clear(&self) {
        // Dropped after the lock is released, because it owns the application's values.
        drop(self.change(std::mem::take));
    }
}

/// Returns `true` if the socket has listeners for named events.
#[inline(always)]
pub(crate) fn has_listeners<N: Namespace>(socket: &Socket<N>) -> bool {
    socket.inner().extras.has(HAS_EVENT_LISTENERS)
}

impl fmt::Debug for SocketExtras {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketExtras").field("flags", &self.flags).finish_non_exhaustive()
    }
}
