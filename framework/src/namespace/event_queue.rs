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
pub(super) const MAX_QUEUED: usize = 64;
/// The same limit in bytes.
pub(super) const MAX_QUEUED_BYTES: usize = 1024 * 1024;
/// Factor for both limits while a handler waits for an acknowledgement, which the client sends after these events.
pub(super) const ACK_WAIT_FACTOR: usize = 16;

/// A received event.
#[derive(Debug)]
pub(super) struct IncomingEvent {
    pub(super) arguments: Arguments,
    pub(super) ack: Option<AckSlot>,
    pub(super) observed: Arrival,
}

/// The next step of a socket task.
#[derive(Debug)]
pub(super) enum Step {
    Event(IncomingEvent),
    Disconnect(DisconnectReason),
}

/// The event queue of one socket.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    queue: Mutex<Queue>,
    /// The flags `NOT_EMPTY` and `IDLE`, which are read without the lock.
    flags: AtomicU8,
}

/// The queue may contain something.
const NOT_EMPTY: u8 = 1;
/// The socket task is waiting only for the queue.
const IDLE: u8 = 2;

impl EventQueue {
    /// Adds an event. The caller must poll the socket task afterwards.
    #[inline(always)]
    pub(super) fn push(&self, event: IncomingEvent) {
        lock(&self.queue).push(event);
        self.flags.fetch_or(NOT_EMPTY, Ordering::AcqRel);
    }

    /// Marks the socket as disconnected. Queued events are dropped if `drops_events` is set. Otherwise they are handled
    /// before the disconnect hook.
    pub(super) fn disconnect(&self, reason: DisconnectReason, drops_events: bool) {
        lock(&self.queue).disconnect(reason, drops_events);
        self.flags.fetch_or(NOT_EMPTY, Ordering::AcqRel);
    }

    /// Returns the socket task's next step: the events in order, then the disconnection. No waker is stored: after
    /// adding to the queue, the caller polls the socket task, or wakes the connection's task, which polls it.
    #[inline(always)]
    pub(super) fn poll_next(&self) -> Poll<Step> {
        // Cleared before the queue is checked, because a later `push` sets it again.
        if self.flags.swap(0, Ordering::AcqRel) & NOT_EMPTY != 0 {
            let mut queue = lock(&self.queue);
            if let Some(next) = queue.pop() {
                if !queue.is_empty() {
                    self.flags.fetch_or(NOT_EMPTY, Ordering::AcqRel);
                }
                return Poll::Ready(next);
            }
        }
        self.flags.fetch_or(IDLE, Ordering::AcqRel);
        Poll::Pending
    }

    /// Returns `true` if the socket task need not be polled, because it is waiting for the queue and the queue is
    /// empty.
    pub(super) fn is_idle(&self) -> bool {
        self.flags.load(Ordering::Acquire) == IDLE
    }

    /// Returns `true` if another event may be added. `awaits_ack` is set while a handler waits for an acknowledgement.
    pub(super) fn has_room(&self, awaits_ack: bool) -> bool {
        self.is_idle() || lock(&self.queue).has_room(awaits_ack)
    }
}

#[derive(Debug, Default)]
struct Queue {
    /// The next event. Stored apart, because usually there is only one, and `rest` then allocates nothing.
    front: Option<IncomingEvent>,
    /// The events after `next`.
    rest: VecDeque<IncomingEvent>,
    /// The size of `rest` in bytes.
    bytes: usize,
    disconnected: Option<DisconnectReason>,
}

impl Queue {
    #[inline(always)]
    fn push(&mut self, event: IncomingEvent) {
        if self.front.is_none() {
            // `next` is `None`, so dropping the old value would only cost a call.
            std::mem::forget(self.front.replace(event));
        } else {
            self.bytes += event.arguments.size();
            self.rest.push_back(event);
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<Step> {
        let Some(event) = self.front.take() else {
            return self.disconnected.take().map(Step::Disconnect);
        };
        if !self.rest.is_empty() {
            self.front = self.rest.pop_front();
            self.bytes -= self.front.as_ref().map_or(0, |front| front.arguments.size());
            if self.rest.is_empty() {
                // Frees the memory, because most sockets are idle.
                self.rest = VecDeque::new();
            }
        }
        Some(Step::Event(event))
    }

    fn is_empty(&self) -> bool {
        self.front.is_none() && self.disconnected.is_none()
    }

    fn len(&self) -> usize {
        usize::from(self.front.is_some()) + self.rest.len()
    }

    fn has_room(&self, awaits_ack: bool) -> bool {
        let factor = if awaits_ack { ACK_WAIT_FACTOR } else { 1 };
        self.len() < MAX_QUEUED * factor && self.bytes < MAX_QUEUED_BYTES * factor
    }

    fn disconnect(&mut self, reason: DisconnectReason, drops_events: bool) {
        if drops_events {
            self.front = None;
            self.rest = VecDeque::new();
            self.bytes = 0;
        }
        self.disconnected = Some(reason);
    }
}
