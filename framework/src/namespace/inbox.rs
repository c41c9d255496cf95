//! The events of one socket on their way to its handlers.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Poll;

use super::reason::DisconnectReason;
use crate::observe::Arrival;
use crate::protocol::encode::AckSlot;
use crate::sync::lock;
use crate::wire::Arguments;

/// Events that wait while a handler runs. When as many do, the connection is not read until they are fewer.
pub(super) const MAX_WAITING: usize = 64;
/// The same bound in bytes.
pub(super) const MAX_WAITING_BYTES: usize = 1024 * 1024;
/// How many times as many may wait while a handler waits for its client: what it waits for is behind them.
pub(super) const MORE: usize = 16;

/// An event as it arrived.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) arguments: Arguments,
    pub(super) ack: Option<AckSlot>,
    pub(super) observed: Arrival,
}

/// What a socket's driver does next.
#[derive(Debug)]
pub(super) enum Next {
    Event(Incoming),
    Disconnect(DisconnectReason),
}

/// What waits for one socket's driver.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    queue: Mutex<Queue>,
    /// What can be said of the two ends without the lock: `FILLED` and `WAITING`.
    ends: AtomicU8,
}

/// There may be something in the queue.
const FILLED: u8 = 1;
/// The driver waits for something to be put in, and does nothing else.
const WAITING: u8 = 2;

impl Inbox {
    /// An event arrived. The driver is to be polled.
    #[inline(always)]
    pub(super) fn push(&self, event: Incoming) {
        lock(&self.queue).push(event);
        self.ends.fetch_or(FILLED, Ordering::AcqRel);
    }

    /// The socket is gone. Events that still wait are handled before the disconnect hook, or dropped.
    pub(super) fn disconnect(&self, reason: DisconnectReason, drops_events: bool) {
        lock(&self.queue).disconnect(reason, drops_events);
        self.ends.fetch_or(FILLED, Ordering::AcqRel);
    }

    /// What the driver does next: the events in order, then the disconnection. No waker is kept: whoever puts something
    /// in polls the driver, or wakes the connection's task, which does.
    #[inline(always)]
    pub(super) fn poll_next(&self) -> Poll<Next> {
        // Marked before the look: whoever puts something in from now on marks it again.
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

    /// Whether the driver need not be polled: nothing but the inbox can give it something to do, and that is empty.
    pub(super) fn is_idle(&self) -> bool {
        self.ends.load(Ordering::Acquire) == WAITING
    }

    /// Whether another event may come, while a handler waits for the client (`asking`) or not.
    pub(super) fn has_room(&self, asking: bool) -> bool {
        self.is_idle() || lock(&self.queue).has_room(asking)
    }
}

#[derive(Debug, Default)]
struct Queue {
    /// The next event: mostly there is no other, and the rest needs no memory.
    next: Option<Incoming>,
    /// Those behind it.
    rest: VecDeque<Incoming>,
    /// What the rest is in bytes.
    bytes: usize,
    disconnected: Option<DisconnectReason>,
}

impl Queue {
    #[inline(always)]
    fn push(&mut self, event: Incoming) {
        if self.next.is_none() {
            // To drop what was not there would take a call.
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
                // Nothing is kept for a socket that rests.
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
