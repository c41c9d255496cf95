//! The events of one socket on their way to its handlers.

use std::collections::VecDeque;

use super::reason::DisconnectReason;
use crate::protocol::encode::AckSlot;
use crate::wire::Arguments;

/// Events that wait while a handler runs. When as many do, the connection is not read until they are fewer.
const MAX_WAITING: usize = 64;
/// The same bound in bytes.
const MAX_WAITING_BYTES: usize = 1024 * 1024;
/// How many times as many may wait while a handler waits for its client: what it waits for is behind them.
pub(super) const MORE: usize = 16;

/// An event as it arrived.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) arguments: Arguments,
    pub(super) ack: Option<AckSlot>,
}

/// What a socket's driver does next.
#[derive(Debug)]
pub(super) enum Next {
    Event(Incoming),
    Disconnect(DisconnectReason),
}

/// The queue of one socket.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// The next event: mostly there is no other, and the queue needs no memory.
    next: Option<Incoming>,
    /// Those behind it.
    waiting: VecDeque<Incoming>,
    bytes: usize,
    disconnected: Option<DisconnectReason>,
}

impl Inbox {
    pub(super) fn push(&mut self, event: Incoming) {
        self.bytes += event.arguments.size();
        if self.next.is_none() {
            self.next = Some(event);
        } else {
            self.waiting.push_back(event);
        }
    }

    /// The next event; after the last one, the disconnection.
    pub(super) fn pop(&mut self) -> Option<Next> {
        let Some(event) = self.next.take() else {
            return self.disconnected.take().map(Next::Disconnect);
        };
        self.bytes -= event.arguments.size();
        if !self.waiting.is_empty() {
            self.next = self.waiting.pop_front();
            if self.waiting.is_empty() {
                // Nothing is kept for a socket that rests.
                self.waiting = VecDeque::new();
            }
        }
        Some(Next::Event(event))
    }

    fn len(&self) -> usize {
        usize::from(self.next.is_some()) + self.waiting.len()
    }

    /// Whether another event may come, while a handler waits for the client (`asking`) or not.
    pub(super) fn has_room(&self, asking: bool) -> bool {
        let factor = if asking { MORE } else { 1 };
        self.len() < MAX_WAITING * factor && self.bytes < MAX_WAITING_BYTES * factor
    }

    /// The socket is gone. What the client sent before it left is still handled; after the server has
    /// disconnected it, nothing is.
    pub(super) fn disconnect(&mut self, reason: DisconnectReason) {
        if reason == DisconnectReason::ServerNamespaceDisconnect {
            self.next = None;
            self.waiting = VecDeque::new();
            self.bytes = 0;
        }
        self.disconnected = Some(reason);
    }
}
