//! Acknowledgements that the server waits for.

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::sync::oneshot;

use crate::sync::lock;
use crate::wire::Payload;

/// The pending acknowledgements of one socket, by id.
#[derive(Debug, Default)]
pub(super) struct Acks(Mutex<HashMap<u64, oneshot::Sender<Payload>>>);

impl Acks {
    /// Waits for the acknowledgement of this id.
    pub(super) fn expect(&self, id: u64) -> Pending<'_> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.0).insert(id, sender);
        Pending { acks: self, id, receiver }
    }

    /// The client has acknowledged. Ids that nobody waits for (any more) are ignored.
    pub(super) fn resolve(&self, id: u64, payload: Payload) {
        let sender = lock(&self.0).remove(&id);
        if let Some(sender) = sender {
            // Whoever waited may have given up in this instant.
            let _ = sender.send(payload);
        }
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
        lock(&self.acks.0).remove(&self.id);
    }
}
