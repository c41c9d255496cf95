//! Acknowledgements that the server has requested and is waiting for.

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::sync::oneshot;

use super::broadcast_ack::Ticket;
use crate::sync::lock;
use crate::wire::Payload;

/// The pending acknowledgements of one socket, by id.
#[derive(Debug, Default)]
pub(super) struct Acks(Mutex<HashMap<u64, Asker>>);

/// The recipient of an acknowledgement.
#[derive(Debug)]
enum Asker {
    /// A caller that asked only this socket.
    One(oneshot::Sender<Payload>),
    /// A broadcast, which asked other sockets as well.
    OfMany(Ticket),
}

impl Acks {
    /// Registers a pending acknowledgement with this id.
    pub(super) fn expect(&self, id: u64) -> Pending<'_> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.0).insert(id, Asker::One(sender));
        Pending { acks: self, id, receiver }
    }

    /// Registers a pending acknowledgement of a broadcast. The broadcast calls `forget` when it stops waiting.
    pub(super) fn expect_for(&self, id: u64, ticket: Ticket) {
        lock(&self.0).insert(id, Asker::OfMany(ticket));
    }

    /// Resolves a pending acknowledgement. Unknown ids are ignored.
    pub(super) fn resolve(&self, id: u64, payload: Payload) {
        let asker = lock(&self.0).remove(&id);
        match asker {
            // The caller may have stopped waiting in the meantime.
            Some(Asker::One(sender)) => drop(sender.send(payload)),
            Some(Asker::OfMany(ticket)) => ticket.answer(payload),
            None => {}
        }
    }

    /// Removes an acknowledgement. Returns `true` if it was pending.
    pub(super) fn forget(&self, id: u64) -> bool {
        lock(&self.0).remove(&id).is_some()
    }

    /// Returns `true` if any acknowledgement is pending.
    pub(super) fn is_awaiting_ack(&self) -> bool {
        !lock(&self.0).is_empty()
    }

    /// Drops all pending acknowledgements of a disconnected socket, which notifies their callers.
    pub(super) fn abandon(&self) {
        lock(&self.0).clear();
    }
}

/// A pending acknowledgement. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Pending<'a> {
    acks: &'a Acks,
    id: u64,
    receiver: oneshot::Receiver<Payload>,
}

impl Pending<'_> {
    /// Waits for the acknowledgement. Returns `None` if the socket is disconnected first.
    pub(super) async fn wait(mut self) -> Option<Payload> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.acks.forget(self.id);
    }
}
