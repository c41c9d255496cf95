//! Records the sent events, disconnections and errors of a server under test, for the assertions of `testing`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::error::HandlerError;
use super::namespace_state::NamespaceState;
use super::reason::DisconnectReason;
use super::socket_inner::SocketInner;
use crate::adapter::{Data, Target};
use crate::protocol::encode::Encoded;
use crate::sync::lock;

/// The recorder of all namespaces of a server under test. Other servers have none.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    records: Mutex<Records>,
    notify: Notify,
}

#[derive(Debug, Default)]
struct Records {
    emissions: Vec<Emission>,
    /// The reasons for disconnections, by socket id; `None` for a connected socket whose reason no assertion will ask
    /// for.
    disconnects: HashMap<Arc<str>, Option<DisconnectReason>>,
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

impl Recorder {
    /// Takes the events of this name that a namespace has sent since the last call.
    pub(crate) fn take_emissions(&self, namespace: &str, name: &str) -> Vec<Emission> {
        let emissions = &mut lock(&self.records).emissions;
        emissions
            .extract_if(.., |emission| emission.namespace == namespace && emission.event.name() == Some(name))
            .collect()
    }

    /// Returns the events of a namespace that have not been taken.
    pub(crate) fn emissions(&self, namespace: &str) -> Vec<Emission> {
        let records = lock(&self.records);
        records.emissions.iter().filter(|emission| emission.namespace == namespace).cloned().collect()
    }

    pub(crate) fn take_failures(&self) -> Vec<HandlerError> {
        std::mem::take(&mut lock(&self.records).failures)
    }

    /// Waits until a socket is disconnected, and returns the reason.
    pub(crate) async fn wait_for_disconnect(&self, socket: &str) -> DisconnectReason {
        loop {
            let mut notified = std::pin::pin!(self.notify.notified());
            // Registered before the check, so that no notification is missed.
            notified.as_mut().enable();
            if let Some(Some(reason)) = lock(&self.records).disconnects.get(socket) {
                return *reason;
            }
            notified.await;
        }
    }

    /// Discards the reason for a disconnection, now or when the socket disconnects.
    pub(crate) fn forget_disconnect(&self, socket: &str) {
        let disconnects = &mut lock(&self.records).disconnects;
        if disconnects.remove(socket).is_none() {
            disconnects.insert(socket.into(), None);
        }
    }

    pub(crate) fn record_failure(&self, error: &HandlerError) {
        lock(&self.records).failures.push(error.clone());
    }

    fn record_emission(&self, emission: Emission) {
        lock(&self.records).emissions.push(emission);
    }

    fn record_disconnect(&self, socket: &Arc<str>, reason: DisconnectReason) {
        {
            let disconnects = &mut lock(&self.records).disconnects;
            if disconnects.remove(socket).is_none() {
                disconnects.insert(socket.clone(), Some(reason));
            }
        }
        self.notify.notify_waiters();
    }
}

impl NamespaceState {
    /// Records an event that is sent to many sockets.
    pub(super) fn record_emission(&self, target: &Target, sender: Option<&Arc<SocketInner>>, packet: &Encoded) {
        let Some(recorder) = self.recorder() else { return };
        let mut receivers = Vec::new();
        self.for_each_connected(target, sender, |socket| receivers.push(socket.id().clone()));
        recorder.record_emission(Emission {
            namespace: self.path().to_owned(),
            event: Data::of(packet, self.address()),
            target: target.clone(),
            sender: sender.map(|sender| sender.id().clone()),
            receivers,
        });
    }
}

impl SocketInner {
    /// Records an event that is sent to this socket only, as if it were sent to the room of its own id.
    pub(super) fn record_emission(&self, packet: &Encoded) {
        // Nothing is sent to a disconnected socket.
        let Some(recorder) = self.namespace.recorder().filter(|_| !self.is_disconnected()) else { return };
        recorder.record_emission(Emission {
            namespace: self.namespace.path().to_owned(),
            event: Data::of(packet, self.namespace.address()),
            target: Target::new(vec![self.id().to_string()], Vec::new()),
            sender: None,
            receivers: vec![self.id().clone()],
        });
    }

    pub(super) fn record_disconnect(&self, reason: DisconnectReason) {
        if let Some(recorder) = self.namespace.recorder() {
            recorder.record_disconnect(self.id(), reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgotten_disconnects_take_no_memory() {
        let (recorder, reason) = (Recorder::default(), DisconnectReason::TransportClose);
        recorder.record_disconnect(&"disconnected first".into(), reason);
        recorder.forget_disconnect("forgotten first");
        assert_eq!(lock(&recorder.records).disconnects.len(), 2);
        recorder.forget_disconnect("disconnected first");
        recorder.record_disconnect(&"forgotten first".into(), reason);
        assert_eq!(lock(&recorder.records).disconnects.len(), 0);
    }
}
