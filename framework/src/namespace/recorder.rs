//! Records the sent events, disconnections and errors of a server under test, for the assertions of `testing`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::error::HandlerError;
use super::namespace_state::Hub;
use super::reason::DisconnectReason;
use super::socket_inner::RawSocket;
use crate::adapter::{Data, Target};
use crate::protocol::encode::Encoded;
use crate::sync::lock;

/// The journal of all namespaces of a server under test. Other servers have none.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    notes: Mutex<Notes>,
    parted: Notify,
}

#[derive(Debug, Default)]
struct Notes {
    emissions: Vec<Emission>,
    /// The reasons for disconnections, by socket id; `None` for a connected socket whose reason no assertion will ask
    /// for.
    parted: HashMap<Arc<str>, Option<DisconnectReason>>,
    failures: Vec<HandlerError>,
}

/// An event that the server sent.
#[derive(Clone, Debug)]
pub(crate) struct Emission {
    pub(crate) namespace: String,
    pub(crate) event: Data,
    pub(crate) target: Target,
    pub(crate) sender: Option<Arc<str>>,
    /// The selected sockets that were connected.
    pub(crate) receivers: Vec<Arc<str>>,
}

impl Journal {
    /// Takes the events of this name that a namespace has sent since the last call.
    pub(crate) fn take(&self, namespace: &str, name: &str) -> Vec<Emission> {
        let emissions = &mut lock(&self.notes).emissions;
        emissions
            .extract_if(.., |emission| emission.namespace == namespace && emission.event.name() == Some(name))
            .collect()
    }

    /// Returns the events of a namespace that have not been taken.
    pub(crate) fn emissions(&self, namespace: &str) -> Vec<Emission> {
        let notes = lock(&self.notes);
        notes.emissions.iter().filter(|emission| emission.namespace == namespace).cloned().collect()
    }

    pub(crate) fn take_failures(&self) -> Vec<HandlerError> {
        std::mem::take(&mut lock(&self.notes).failures)
    }

    /// Waits until a socket is disconnected, and returns the reason.
    pub(crate) async fn parted(&self, socket: &str) -> DisconnectReason {
        loop {
            let mut parted = std::pin::pin!(self.parted.notified());
            // Registered before the check, so that no notification is missed.
            parted.as_mut().enable();
            if let Some(Some(reason)) = lock(&self.notes).parted.get(socket) {
                return *reason;
            }
            parted.await;
        }
    }

    /// Discards the reason for a disconnection, now or when the socket disconnects.
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
    /// Records an event that is sent to many sockets.
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
    /// Records an event that is sent to this socket only, as if it were sent to the room of its own id.
    pub(super) fn note(&self, packet: &Encoded) {
        // Nothing is sent to a disconnected socket.
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
