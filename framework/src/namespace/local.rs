//! An adapter's view of a namespace on this server, without the application's types.

use std::fmt;
use std::sync::{Arc, Weak};

use tokio::sync::mpsc::UnboundedReceiver;

use super::broadcast::Delivery;
use super::broadcast_ack::{AckEvent, BroadcastAckRequest, channel};
use super::namespace_state::NamespaceState;
use super::room_events::RoomEvents;
use super::server_side::ServerSideError;
use super::socket_inner::SocketInner;
use crate::adapter::{Data, Flags, SocketDetails, Target};
use crate::protocol::encode;

/// A namespace of this server, through which an adapter carries out the operations that other servers request.
///
/// It does not keep the namespace alive. Once the namespace is dropped, it has no sockets, and operations have no
/// effect.
#[derive(Clone)]
pub struct Local {
    path: Arc<str>,
    namespace: Weak<NamespaceState>,
}

impl Local {
    pub(super) fn new(namespace: &Arc<NamespaceState>) -> Self {
        Self { path: namespace.path().into(), namespace: Arc::downgrade(namespace) }
    }

    /// Returns the namespace's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sends an event to the selected sockets of this server. Data that was not created with [`Data::event`] is not
    /// sent.
    pub fn broadcast(&self, target: &Target, flags: Flags, event: &Data) -> Delivery {
        let namespace = self.namespace.upgrade().filter(|_| event.name().is_some());
        let Some(namespace) = namespace else { return Delivery { sent: 0, failed: 0 } };
        let packet = match flags.volatile {
            false => namespace.event_of(event.json(), event.attachments()),
            true => encode::event_of(namespace.address(), None, event.json(), event.attachments()),
        };
        let packet = packet.for_many();
        namespace.broadcast(target, None, &packet, flags.volatile)
    }

    /// Sends an event to the selected sockets of this server, and requests acknowledgements. Dropping the [`Question`]
    /// discards them.
    pub fn ask(&self, target: &Target, flags: Flags, event: &Data) -> Question {
        let (sink, events) = channel();
        let request = self.namespace.upgrade().filter(|_| event.name().is_some()).map(|namespace| {
            let id = namespace.next_ack();
            let packet = encode::event_of(namespace.address(), Some(id), event.json(), event.attachments()).for_many();
            BroadcastAckRequest::send(&namespace, target, None, (id, &packet, flags.volatile), &sink)
        });
        Question { request, events }
    }

    /// Adds sockets of this server to rooms.
    pub fn join(&self, target: &Target, rooms: &[String]) {
        if let Some(namespace) = self.namespace.upgrade() {
            namespace.join_all(target, None, rooms);
        }
    }

    /// Removes sockets of this server from rooms.
    pub fn leave(&self, target: &Target, rooms: &[String]) {
        if let Some(namespace) = self.namespace.upgrade() {
            namespace.leave_all(target, None, rooms);
        }
    }

    /// Disconnects sockets of this server from the namespace. If `close` is set, closes their connections as well.
    pub fn disconnect(&self, target: &Target, close: bool) {
        if let Some(namespace) = self.namespace.upgrade() {
            namespace.disconnect_all(target, None, close);
        }
    }

    /// Returns descriptions of sockets of this server.
    pub fn fetch(&self, target: &Target) -> Vec<SocketDetails> {
        let mut sockets = Vec::new();
        if let Some(namespace) = self.namespace.upgrade() {
            namespace.for_each_connected(target, None, |socket| sockets.push(details(socket)));
        }
        sockets
    }

    /// Passes an event from another server to this server's listener, and returns the acknowledgement.
    ///
    /// # Errors
    ///
    /// See [`ServerSideError`]. Node's servers do not acknowledge an event without a listener.
    pub async fn server_side(&self, event: &Data) -> Result<Data, ServerSideError> {
        match self.namespace.upgrade() {
            Some(namespace) => namespace.server_side.handle_event(event).await,
            None => Err(ServerSideError::Unhandled(event.name().unwrap_or_default().to_owned())),
        }
    }

    /// Returns `true` if a room has members on this server. The id of each socket of this server is also a room.
    pub fn has_room(&self, room: &str) -> bool {
        self.namespace
            .upgrade()
            .is_some_and(|namespace| namespace.rooms.exists(room) || namespace.socket(room).is_some())
    }

    /// Returns the rooms that sockets of this server have joined, without the rooms of their own ids.
    pub fn rooms(&self) -> Vec<String> {
        self.namespace.upgrade().map(|namespace| namespace.rooms.names()).unwrap_or_default()
    }

    /// Subscribes to the room events of this server.
    pub fn room_events(&self) -> RoomEvents {
        match self.namespace.upgrade() {
            Some(namespace) => namespace.rooms.subscribers.subscribe(),
            None => RoomEvents::ended(),
        }
    }
}

fn details(socket: &SocketInner) -> SocketDetails {
    SocketDetails {
        id: socket.id().to_string(),
        handshake: socket.connection.session.handshake().clone(),
        auth: socket.auth().map(str::to_owned),
        rooms: socket.rooms(),
        data: socket.extras.data(),
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The acknowledgements of an event that clients of this server received from another server.
#[derive(Debug)]
pub struct Question {
    request: Option<BroadcastAckRequest>,
    events: UnboundedReceiver<AckEvent>,
}

impl Question {
    /// Returns the ids of the sockets that were asked.
    pub fn sockets(&self) -> impl ExactSizeIterator<Item = &str> {
        self.recipients().iter().map(|socket| &**socket.id())
    }

    /// Returns the next acknowledgement, with the id of the socket that sent it. Returns `None` once every socket has
    /// acknowledged or disconnected.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not lose an acknowledgement.
    pub async fn next(&mut self) -> Option<(String, Data)> {
        loop {
            if let AckEvent::Ack(index, payload) = self.events.recv().await?
                && let Some(socket) = self.recipients().get(index as usize)
            {
                return Some((socket.id().to_string(), Data::of_ack(&payload)));
            }
        }
    }

    fn recipients(&self) -> &[Arc<SocketInner>] {
        self.request.as_ref().map_or(&[], BroadcastAckRequest::recipients)
    }
}
