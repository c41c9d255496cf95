//! Acknowledgements that the server waits for.

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::sync::oneshot;

use super::asked::Ticket;
use crate::sync::lock;
use crate::wire::Payload;

/// The pending acknowledgements of one socket, by id.
#[derive(Debug, Default)]
pub(super) struct Acks(Mutex<HashMap<u64, Asker>>);

/// Who waits for an acknowledgement.
#[derive(Debug)]
enum Asker {
    /// Somebody who asked this socket.
    One(oneshot::Sender<Payload>),
    /// Somebody who asked others, too.
    OfMany(Ticket),
}

impl Acks {
    /// Waits for the acknowledgement of this id.
    pub(super) fn expect(&self, id: u64) -> Pending<'_> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.0).insert(id, Asker::One(sender));
        Pending { acks: self, id, receiver }
    }

    /// Hands the acknowledgement of this id to whoever asked this socket and others. To be forgotten when nobody waits
    /// any more.
    pub(super) fn expect_for(&self, id: u64, ticket: Ticket) {
        lock(&self.0).insert(id, Asker::OfMany(ticket));
    }

    /// The client has acknowledged. Ids that nobody waits for (any more) are ignored.
    pub(super) fn resolve(&self, id: u64, payload: Payload) {
        let asker = lock(&self.0).remove(&id);
        match asker {
            // Whoever waited may have given up in this instant.
            Some(Asker::One(sender)) => drop(sender.send(payload)),
            Some(Asker::OfMany(ticket)) => ticket.answer(payload),
            None => {}
        }
    }

    /// Nobody waits for this id any more. False when nobody did.
    pub(super) fn forget(&self, id: u64) -> bool {
        lock(&self.0).remove(&id).is_some()
    }

    /// Whether anybody waits for the client.
    pub(super) fn is_asking(&self) -> bool {
        !lock(&self.0).is_empty()
    }

    /// The socket is gone: whoever waits is told.
    pub(super) fn abandon(&self) {
        lock(&self.0).clear();
    }
}

/// An acknowledgement to come. Dropping it forgets it.
#[derive(Debug)]
pub(super) struct Pending<'a> {
    acks: &'a Acks,
    id: u64,
    receiver: oneshot::Receiver<Payload>,
}

impl Pending<'_> {
    /// The acknowledgement's data; `None` when the socket was disconnected first.
    pub(super) async fn wait(mut self) -> Option<Payload> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.acks.forget(self.id);
    }
}
