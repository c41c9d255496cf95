//! Acknowledgements of a broadcast, collected from many sockets.
//!
//! Each pending acknowledgement holds a sender of the same channel: a [`Ticket`] for a socket of this server, an
//! [`AnswerSink`] for the adapter. The channel ends when every recipient has acknowledged or disconnected.

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
pub(in crate::namespace) enum Heard {
    /// The recipient with this index on this server acknowledged.
    Answer(u32, Payload),
    /// This many more recipients were asked on other servers.
    Expected(usize),
    /// A recipient on another server acknowledged.
    AnswerElsewhere(Option<String>, Data),
    /// A recipient on another server disconnected.
    LeftElsewhere(Option<String>),
}

/// A socket's pending acknowledgement of a broadcast. Dropping it means that the socket will not acknowledge.
#[derive(Debug)]
pub(in crate::namespace) struct Ticket {
    receiver: u32,
    heard: UnboundedSender<Heard>,
}

impl Ticket {
    pub(in crate::namespace) fn answer(self, payload: Payload) {
        // The caller may have stopped waiting in the meantime.
        let _ = self.heard.send(Heard::Answer(self.receiver, payload));
    }
}

/// Passes the acknowledgements of other servers from the adapter to the caller. The adapter drops it after the last
/// one: the caller waits until then, or until its timeout.
///
/// For a broadcast, clients acknowledge. [`expect`](Self::expect) adds the number of clients that a server asked,
/// [`answer`](Self::answer) and [`left`](Self::left) report their outcomes. For a server-side emit, servers
/// acknowledge, and each counts as one client.
#[derive(Clone, Debug)]
pub struct AnswerSink(UnboundedSender<Heard>);

impl AnswerSink {
    /// Adds `count` to the number of expected acknowledgements.
    pub fn expect(&self, count: usize) {
        self.tell(Heard::Expected(count));
    }

    /// Reports an acknowledgement. `socket` is the id of the client's socket, if its server sends it.
    pub fn answer(&self, socket: Option<String>, answer: Data) {
        self.tell(Heard::AnswerElsewhere(socket, answer));
    }

    /// Reports that a client disconnected before it acknowledged. Node's servers do not send this.
    pub fn left(&self, socket: Option<String>) {
        self.tell(Heard::LeftElsewhere(socket));
    }

    /// Completes when the caller stops waiting. Later acknowledgements need not be passed on.
    pub async fn closed(&self) {
        self.0.closed().await;
    }

    fn tell(&self, heard: Heard) {
        // The caller may have stopped waiting in the meantime.
        let _ = self.0.send(heard);
    }
}

/// Creates the channel for the acknowledgements of one broadcast.
pub(in crate::namespace) fn channel() -> (AnswerSink, UnboundedReceiver<Heard>) {
    let (sender, heard) = unbounded_channel();
    (AnswerSink(sender), heard)
}

/// The sockets of this server that were asked to acknowledge. Dropping it discards their acknowledgements.
#[derive(Debug)]
pub(in crate::namespace) struct Asked {
    id: u64,
    receivers: Vec<Arc<SocketInner>>,
    unsent: Vec<Arc<SocketInner>>,
}

impl Asked {
    /// Sends an event, encoded once, to the selected sockets, and registers their pending acknowledgements.
    pub(in crate::namespace) fn ask(
        namespace: &NamespaceState,
        target: &Target,
        sender: Option<&Arc<SocketInner>>,
        (id, packet, volatile): (u64, &Encoded, bool),
        sink: &AnswerSink,
    ) -> Self {
        #[cfg(feature = "testing")]
        namespace.record_emission(target, sender, packet);
        let mut asked = Self { id, receivers: Vec::new(), unsent: Vec::new() };
        namespace.each(target, sender, |socket| {
            // A machine cannot hold 2^32 sockets.
            let ticket = Ticket { receiver: asked.receivers.len() as u32, heard: sink.0.clone() };
            // Registered before sending, because the acknowledgement may arrive at once. A disconnecting socket drops
            // its pending acknowledgements after it is marked as disconnected. So if the socket is still connected
            // below, it will drop this one, too.
            socket.acks.expect_for(id, ticket);
            match socket.ask(packet, volatile) {
                Some(Ok(())) => return asked.receivers.push(socket.clone()),
                Some(Err(_)) => asked.unsent.push(socket.clone()),
                None => {}
            }
            socket.acks.forget(id);
        });
        namespace.observed.broadcast(Delivery { sent: asked.receivers.len(), failed: asked.unsent.len() });
        asked
    }

    /// Returns the sockets to which the event was sent.
    pub(in crate::namespace) fn receivers(&self) -> &[Arc<SocketInner>] {
        &self.receivers
    }

    /// Returns the selected sockets to which the event could not be queued.
    pub(in crate::namespace) fn unsent(&self) -> &[Arc<SocketInner>] {
        &self.unsent
    }

    /// Removes the pending acknowledgements. Returns for each recipient whether its acknowledgement was pending:
    /// `false` if it has acknowledged or disconnected.
    pub(in crate::namespace) fn forget(&self) -> Vec<bool> {
        self.receivers.iter().map(|socket| socket.acks.forget(self.id)).collect()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.forget();
    }
}
