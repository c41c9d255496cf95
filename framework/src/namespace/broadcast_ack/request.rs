//! Acknowledgements of a broadcast, collected from many sockets.
//!
//! Each pending acknowledgement holds a sender of the same channel: a [`PendingBroadcastAck`] for a socket of this
//! server, an [`AnswerSink`] for the adapter. The channel ends when every recipient has acknowledged or disconnected.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::super::broadcast::Delivery;
use super::super::namespace_state::NamespaceState;
use super::super::socket_inner::SocketInner;
use crate::adapter::{Data, Target};
use crate::protocol::encode::Encoded;
use crate::wire::Payload;

/// A change in the state of a broadcast's acknowledgements.
#[derive(Debug)]
pub(in crate::namespace) enum AckEvent {
    /// The recipient with this index on this server acknowledged.
    Ack(u32, Payload),
    /// This many more recipients were asked on other servers.
    ExpectRemote(usize),
    /// A recipient on another server acknowledged.
    RemoteAck(Option<String>, Data),
    /// A recipient on another server disconnected.
    RemoteDisconnect(Option<String>),
}

/// A socket's pending acknowledgement of a broadcast. Dropping it means that the socket will not acknowledge.
#[derive(Debug)]
pub(in crate::namespace) struct PendingBroadcastAck {
    recipient: u32,
    events: UnboundedSender<AckEvent>,
}

impl PendingBroadcastAck {
    pub(in crate::namespace) fn resolve(self, payload: Payload) {
        // The caller may have stopped waiting in the meantime.
        let _ = self.events.send(AckEvent::Ack(self.recipient, payload));
    }
}

/// Passes the acknowledgements of other servers from the adapter to the caller. The adapter drops it after the last
/// one: the caller waits until then, or until its timeout.
///
/// For a broadcast, clients acknowledge. [`expect`](Self::expect) adds the number of clients that a server asked,
/// [`answer`](Self::answer) and [`left`](Self::left) report their outcomes. For a server-side emit, servers
/// acknowledge, and each counts as one client.
#[derive(Clone, Debug)]
pub struct AnswerSink(UnboundedSender<AckEvent>);

impl AnswerSink {
    /// Adds `count` to the number of expected acknowledgements.
    pub fn expect(&self, count: usize) {
        self.send(AckEvent::ExpectRemote(count));
    }

    /// Reports an acknowledgement. `socket` is the id of the client's socket, if its server sends it.
    pub fn answer(&self, socket: Option<String>, answer: Data) {
        self.send(AckEvent::RemoteAck(socket, answer));
    }

    /// Reports that a client disconnected before it acknowledged. Node's servers do not send this.
    pub fn left(&self, socket: Option<String>) {
        self.send(AckEvent::RemoteDisconnect(socket));
    }

    /// Completes when the caller stops waiting. Later acknowledgements need not be passed on.
    pub async fn closed(&self) {
        self.0.closed().await;
    }

    fn send(&self, event: AckEvent) {
        // The caller may have stopped waiting in the meantime.
        let _ = self.0.send(event);
    }
}

/// Creates the channel for the acknowledgements of one broadcast.
pub(in crate::namespace) fn channel() -> (AnswerSink, UnboundedReceiver<AckEvent>) {
    let (sender, events) = unbounded_channel();
    (AnswerSink(sender), events)
}

/// The sockets of this server that were asked to acknowledge. Dropping it discards their acknowledgements.
#[derive(Debug)]
pub(in crate::namespace) struct BroadcastAckRequest {
    id: u64,
    recipients: Vec<Arc<SocketInner>>,
    undelivered: Vec<Arc<SocketInner>>,
}

impl BroadcastAckRequest {
    /// Sends an event, encoded once, to the selected sockets, and registers their pending acknowledgements.
    pub(in crate::namespace) fn send(
        namespace: &NamespaceState,
        target: &Target,
        sender: Option<&Arc<SocketInner>>,
        (id, packet, volatile): (u64, &Encoded, bool),
        sink: &AnswerSink,
    ) -> Self {
        #[cfg(feature = "testing")]
        namespace.record_emission(target, sender, packet);
        let mut request = Self { id, recipients: Vec::new(), undelivered: Vec::new() };
        namespace.for_each_selected(target, sender, |socket| {
            // A machine cannot hold 2^32 sockets.
            let pending = PendingBroadcastAck { recipient: request.recipients.len() as u32, events: sink.0.clone() };
            // Registered before sending, because the acknowledgement may arrive at once. A disconnecting socket drops
            // its pending acknowledgements after it is marked as disconnected. So if the socket is still connected
            // below, it will drop this one, too.
            socket.pending_acks.insert_broadcast(id, pending);
            match socket.send_with_ack(packet, volatile) {
                Some(Ok(())) => return request.recipients.push(socket.clone()),
                Some(Err(_)) => request.undelivered.push(socket.clone()),
                None => {}
            }
            socket.pending_acks.remove(id);
        });
        namespace.observed.broadcast(Delivery { sent: request.recipients.len(), failed: request.undelivered.len() });
        request
    }

    /// Returns the sockets to which the event was sent.
    pub(in crate::namespace) fn recipients(&self) -> &[Arc<SocketInner>] {
        &self.recipients
    }

    /// Returns the selected sockets to which the event could not be queued.
    pub(in crate::namespace) fn undelivered(&self) -> &[Arc<SocketInner>] {
        &self.undelivered
    }

    /// Removes the pending acknowledgements. Returns for each recipient whether its acknowledgement was pending:
    /// `false` if it has acknowledged or disconnected.
    pub(in crate::namespace) fn cancel(&self) -> Vec<bool> {
        self.recipients.iter().map(|socket| socket.pending_acks.remove(self.id)).collect()
    }
}

impl Drop for BroadcastAckRequest {
    fn drop(&mut self) {
        self.cancel();
    }
}
