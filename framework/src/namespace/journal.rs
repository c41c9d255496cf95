//! What a server under test has sent, whom it has parted with and what has failed, for the assertions of `testing`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::error::HandlerError;
use super::hub::Hub;
use super::raw::RawSocket;
use super::reason::DisconnectReason;
use crate::adapter::{Data, Target};
use crate::protocol::encode::Encoded;
use crate::sync::lock;

/// One for all namespaces of a server. A server that is not under test has none.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    notes: Mutex<Notes>,
    parted: Notify,
}

#[derive(Debug, Default)]
struct Notes {
    emissions: Vec<Emission>,
    /// Why sockets have gone; nothing of those that have not, and of which nobody will ask.
    parted: HashMap<Arc<str>, Option<DisconnectReason>>,
    failures: Vec<HandlerError>,
}

/// An event that the server has sent.
#[derive(Clone, Debug)]
pub(crate) struct Emission {
    pub(crate) namespace: String,
    pub(crate) event: Data,
    pub(crate) target: Target,
    pub(crate) sender: Option<Arc<str>>,
    /// The connected sockets that it was meant for.
    pub(crate) receivers: Vec<Arc<str>>,
}

impl Journal {
    /// Takes the events of this name that a namespace has sent since they were last taken.
    pub(crate) fn take(&self, namespace: &str, name: &str) -> Vec<Emission> {
        let emissions = &mut lock(&self.notes).emissions;
        emissions
            .extract_if(.., |emission| emission.namespace == namespace && emission.event.name() == Some(name))
            .collect()
    }

    /// The other events that a namespace has sent and nobody has taken.
    pub(crate) fn emissions(&self, namespace: &str) -> Vec<Emission> {
        let notes = lock(&self.notes);
        notes.emissions.iter().filter(|emission| emission.namespace == namespace).cloned().collect()
    }

    pub(crate) fn take_failures(&self) -> Vec<HandlerError> {
        std::mem::take(&mut lock(&self.notes).failures)
    }

    /// Why the server has parted with a socket, once it has.
    pub(crate) async fn parted(&self, socket: &str) -> DisconnectReason {
        loop {
            let mut parted = std::pin::pin!(self.parted.notified());
            // Before the look, so that nothing is missed between the two.
            parted.as_mut().enable();
            if let Some(Some(reason)) = lock(&self.notes).parted.get(socket) {
                return *reason;
            }
            parted.await;
        }
    }

    /// Nobody will ask any more why the server has parted with a socket, or will.
    pub(crate) fn forget(&self, socket: &str) {
        let parted = &mut lock(&self.notes).parted;
        if parted.remove(socket).is_none() {
            parted.insert(socket.into(), None);
        }
    }

    pub(crate) fn failed(&self, error: &HandlerError) {
        lock(&self.notes).failures.push(error.clone());
    }

    fn emitted(&self, emission: Emission) {
        lock(&self.notes).emissions.push(emission);
    }

    fn part(&self, socket: &Arc<str>, reason: DisconnectReason) {
        {
            let parted = &mut lock(&self.notes).parted;
            if parted.remove(socket).is_none() {
                parted.insert(socket.clone(), Some(reason));
            }
        }
        self.parted.notify_waiters();
    }
}

impl Hub {
    /// An event goes to many.
    pub(super) fn note(&self, target: &Target, sender: Option<&Arc<RawSocket>>, packet: &Encoded) {
        let Some(journal) = self.journal() else { return };
        let mut receivers = Vec::new();
        self.each_connected(target, sender, |socket| receivers.push(socket.id().clone()));
        journal.emitted(Emission {
            namespace: self.path().to_owned(),
            event: Data::of(packet, self.address()),
            target: target.clone(),
            sender: sender.map(|sender| sender.id().clone()),
            receivers,
        });
    }
}

impl RawSocket {
    /// An event goes to this socket alone: to the room of its own id, so to speak.
    pub(super) fn note(&self, packet: &Encoded) {
        // To one that is gone, nothing is sent.
        let Some(journal) = self.hub.journal().filter(|_| !self.is_gone()) else { return };
        journal.emitted(Emission {
            namespace: self.hub.path().to_owned(),
            event: Data::of(packet, self.hub.address()),
            target: Target::new(vec![self.id().to_string()], Vec::new()),
            sender: None,
            receivers: vec![self.id().clone()],
        });
    }

    pub(super) fn note_end(&self, reason: DisconnectReason) {
        if let Some(journal) = self.hub.journal() {
            journal.part(self.id(), reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_of_a_socket_that_has_gone_and_of_which_nobody_asks() {
        let (journal, reason) = (Journal::default(), DisconnectReason::TransportClose);
        journal.part(&"gone first".into(), reason);
        journal.forget("forgotten first");
        assert_eq!(lock(&journal.notes).parted.len(), 2);
        journal.forget("gone first");
        journal.part(&"forgotten first".into(), reason);
        assert_eq!(lock(&journal.notes).parted.len(), 0);
    }
}
