//! Acknowledgements that the server has requested and is waiting for.

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::sync::oneshot;

use super::broadcast_ack::PendingBroadcastAck;
use crate::sync::lock;
use crate::wire::Payload;

/// The pending acknowledgements of one socket, by id.
#[derive(Debug, Default)]
pub(super) struct PendingAcks(Mutex<HashMap<u64, AckReceiver>>);

/// The recipient of an acknowledgement.
#[derive(Debug)]
enum AckReceiver {
    /// A caller that requested an acknowledgement from this socket only.
    Single(oneshot::Sender<Payload>),
    /// A broadcast, which requested acknowledgements from other sockets as well.
    Broadcast(PendingBroadcastAck),
}

impl PendingAcks {
    /// Registers a pending acknowledgement with this id.
    pub(super) fn insert(&self, id: u64) -> PendingAck<'_> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.0).insert(id, AckReceiver::Single(sender));
        PendingAck { acks: self, id, receiver }
    }

    /// Registers a pending acknowledgement of a broadcast. The broadcast calls `remove` when it stops waiting.
    pub(super) fn insert_broadcast(&self, id: u64, pending: PendingBroadcastAck) {
        lock(&self.0).insert(id, AckReceiver::Broadcast(pending));
    }

    /// Resolves a pending acknowledgement. Unknown ids are ignored.
    pub(super) fn resolve(&self, id: u64, payload: Payload) {
        let receiver = lock(&self.0).remove(&id);
        match receiver {
            // The caller may have stopped waiting in the meantime.
            Some(AckReceiver::Single(sender)) => drop(sender.send(payload)),
            Some(AckReceiver::Broadcast(pending)) => pending.resolve(payload),
            None => {}
        }
    }

    /// Removes an acknowledgement. Returns `true` if it was pending.
    pub(super) fn remove(&self, id: u64) -> bool {
        lock(&self.0).remove(&id).is_some()
    }

    /// Returns `true` if any acknowledgement is pending.
    pub(super) fn is_waiting(&self) -> bool {
        !lock(&self.0).is_empty()
    }

    /// Drops all pending acknowledgements of a disconnected socket, which notifies their callers.
    pub(super) fn clear(&self) {
        lock(&self.0).clear();
    }
}

/// A pending acknowledgement. Dropping it removes it.
#[derive(Debug)]
pub(super) struct PendingAck<'a> {
    acks: &'a PendingAcks,
    id: u64,
    receiver: oneshot::Receiver<Payload>,
}

impl PendingAck<'_> {
    /// Waits for the acknowledgement. Returns `None` if the socket is disconnected first.
    pub(super) async fn wait(mut self) -> Option<Payload> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for PendingAck<'_> {
    fn drop(&mut self) {
        self.acks.remove(self.id);
    }
}
