//! The queue of one socket's events that wait for their handlers.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Poll;

use super::reason::DisconnectReason;
use crate::observe::Arrival;
use crate::protocol::encode::AckSlot;
use crate::sync::lock;
use crate::wire::Arguments;

/// Limit of queued events while a handler runs. At the limit, the connection is not read.
pub(super) const MAX_WAITING: usize = 64;
/// The same limit in bytes.
pub(super) const MAX_WAITING_BYTES: usize = 1024 * 1024;
/// Factor for both limits while a handler waits for an acknowledgement, which the client sends after these events.
pub(super) const MORE: usize = 16;

/// A received event.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) arguments: Arguments,
    pub(super) ack: Option<AckSlot>,
    pub(super) observed: Arrival,
}

/// The next step of a socket's driver.
#[derive(Debug)]
pub(super) enum Next {
    Event(Incoming),
    Disconnect(DisconnectReason),
}

/// The queue of one socket's driver.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    queue: Mutex<Queue>,
    /// The flags `FILLED` and `WAITING`, which are read without the lock.
    ends: AtomicU8,
}

/// The queue may contain something.
const FILLED: u8 = 1;
/// The driver is waiting only for the queue.
const WAITING: u8 = 2;

impl Inbox {
    /// Adds an event. The caller must poll the driver afterwards.
    #[inline(always)]
    pub(super) fn push(&self, event: Incoming) {
        lock(&self.queue).push(event);
        self.ends.fetch_or(FILLED, Ordering::AcqRel);
    }

    /// Marks the socket as disconnected. Queued events are dropped if `drops_events` is set. Otherwise they are handled
    /// before the disconnect hook.
    pub(super) fn disconnect(&self, reason: DisconnectReason, drops_events: bool) {
        lock(&self.queue).disconnect(reason, drops_events);
        self.ends.fetch_or(FILLED, Ordering::AcqRel);
    }

    /// Returns the driver's next step: the events in order, then the disconnection. No waker is stored: after adding to
    /// the queue, the caller polls the driver, or wakes the connection's task, which polls it.
    #[inline(always)]
    pub(super) fn poll_next(&self) -> Poll<Next> {
        // Cleared before the queue is checked, because a later `push` sets it again.
        if self.ends.swap(0, Ordering::AcqRel) & FILLED != 0 {
            let mut queue = lock(&self.queue);
            if let Some(next) = queue.pop() {
                if !queue.is_empty() {
                    self.ends.fetch_or(FILLED, Ordering::AcqRel);
                }
                return Poll::Ready(next);
            }
        }
        self.ends.fetch_or(WAITING, Ordering::AcqRel);
        Poll::Pending
    }

    /// Returns `true` if the driver need not be polled, because it is waiting for the queue and the queue is empty.
    pub(super) fn is_idle(&self) -> bool {
        self.ends.load(Ordering::Acquire) == WAITING
    }

    /// Returns `true` if another event may be added. `asking` is set while a handler waits for an acknowledgement.
    pub(super) fn has_room(&self, asking: bool) -> bool {
        self.is_idle() || lock(&self.queue).has_room(asking)
    }
}

#[derive(Debug, Default)]
struct Queue {
    /// The next event. Stored apart, because usually there is only one, and `rest` then allocates nothing.
    next: Option<Incoming>,
    /// The events after `next`.
    rest: VecDeque<Incoming>,
    /// The size of `rest` in bytes.
    bytes: usize,
    disconnected: Option<DisconnectReason>,
}

impl Queue {
    #[inline(always)]
    fn push(&mut self, event: Incoming) {
        if self.next.is_none() {
            // `next` is `None`, so dropping the old value would only cost a call.
            std::mem::forget(self.next.replace(event));
        } else {
            self.bytes += event.arguments.size();
            self.rest.push_back(event);
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<Next> {
        let Some(event) = self.next.take() else {
            return self.disconnected.take().map(Next::Disconnect);
        };
        if !self.rest.is_empty() {
            self.next = self.rest.pop_front();
            self.bytes -= self.next.as_ref().map_or(0, |next| next.arguments.size());
            if self.rest.is_empty() {
                // Frees the memory, because most sockets are idle.
                self.rest = VecDeque::new();
            }
        }
        Some(Next::Event(event))
    }

    fn is_empty(&self) -> bool {
        self.next.is_none() && self.disconnected.is_none()
    }

    fn len(&self) -> usize {
        usize::from(self.next.is_some()) + self.rest.len()
    }

    fn has_room(&self, asking: bool) -> bool {
        let factor = if asking { MORE } else { 1 };
        self.len() < MAX_WAITING * factor && self.bytes < MAX_WAITING_BYTES * factor
    }

    fn disconnect(&mut self, reason: DisconnectReason, drops_events: bool) {
        if drops_events {
            self.next = None;
            self.rest = VecDeque::new();
            self.bytes = 0;
        }
        self.disconnected = Some(reason);
    }
}
