//! An adapter's view of a namespace on this server, without the application's types.

use std::fmt;
use std::sync::{Arc, Weak};

use tokio::sync::mpsc::UnboundedReceiver;

use super::broadcast::Delivery;
use super::broadcast_ack::{Asked, Heard, channel};
use super::namespace_state::Hub;
use super::room_events::RoomEvents;
use super::server_side::ServerSideError;
use super::socket_inner::RawSocket;
use crate::adapter::{Data, Flags, SocketDetails, Target};
use crate::protocol::encode;

/// A namespace of this server, through which an adapter carries out the operations that other servers request.
///
/// It does not keep the namespace alive. Once the namespace is dropped, it has no sockets, and operations have no
/// effect.
#[derive(Clone)]
pub struct Local {
    path: Arc<str>,
    hub: Weak<Hub>,
}

impl Local {
    pub(super) fn new(hub: &Arc<Hub>) -> Self {
        Self { path: hub.path().into(), hub: Arc::downgrade(hub) }
    }

    /// Returns the namespace's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sends an event to the selected sockets of this server. Data that was not created with [`Data::event`] is not
    /// sent.
    pub fn broadcast(&self, target: &Target, flags: Flags, event: &Data) -> Delivery {
        let hub = self.hub.upgrade().filter(|_| event.name().is_some());
        let Some(hub) = hub else { return Delivery { sent: 0, failed: 0 } };
        let packet = match flags.volatile {
            false => hub.event_of(event.json(), event.attachments()),
            true => encode::event_of(hub.address(), None, event.json(), event.attachments()),
        };
        let packet = packet.for_many();
        hub.broadcast(target, None, &packet, flags.volatile)
    }

    /// Sends an event to the selected sockets of this server, and requests acknowledgements. Dropping the [`Question`]
    /// discards them.
    pub fn ask(&self, target: &Target, flags: Flags, event: &Data) -> Question {
        let (sink, heard) = channel();
        let asked = self.hub.upgrade().filter(|_| event.name().is_some()).map(|hub| {
            let id = hub.next_ack();
            let packet = encode::event_of(hub.address(), Some(id), event.json(), event.attachments()).for_many();
            Asked::ask(&hub, target, None, (id, &packet, flags.volatile), &sink)
        });
        Question { asked, heard }
    }

    /// Adds sockets of this server to rooms.
    pub fn join(&self, target: &Target, rooms: &[String]) {
        if let Some(hub) = self.hub.upgrade() {
            hub.join_all(target, None, rooms);
        }
    }

    /// Removes sockets of this server from rooms.
    pub fn leave(&self, target: &Target, rooms: &[String]) {
        if let Some(hub) = self.hub.upgrade() {
            hub.leave_all(target, None, rooms);
        }
    }

    /// Disconnects sockets of this server from the namespace. If `close` is set, closes their connections as well.
    pub fn disconnect(&self, target: &Target, close: bool) {
        if let Some(hub) = self.hub.upgrade() {
            hub.disconnect_all(target, None, close);
        }
    }

    /// Returns descriptions of sockets of this server.
    pub fn fetch(&self, target: &Target) -> Vec<SocketDetails> {
        let mut sockets = Vec::new();
        if let Some(hub) = self.hub.upgrade() {
            hub.each_connected(target, None, |socket| sockets.push(details(socket)));
        }
        sockets
    }

    /// Passes an event from another server to this server's listener, and returns the acknowledgement.
    ///
    /// # Errors
    ///
    /// See [`ServerSideError`]. Node's servers do not acknowledge an event without a listener.
    pub async fn server_side(&self, event: &Data) -> Result<Data, ServerSideError> {
        match self.hub.upgrade() {
            Some(hub) => hub.outside.handle(event).await,
            None => Err(ServerSideError::Unhandled(event.name().unwrap_or_default().to_owned())),
        }
    }

    /// Returns `true` if a room has members on this server. The id of each socket of this server is also a room.
    pub fn has_room(&self, room: &str) -> bool {
        self.hub.upgrade().is_some_and(|hub| hub.rooms.exists(room) || hub.socket(room).is_some())
    }

    /// Returns the rooms that sockets of this server have joined, without the rooms of their own ids.
    pub fn rooms(&self) -> Vec<String> {
        self.hub.upgrade().map(|hub| hub.rooms.names()).unwrap_or_default()
    }

    /// Subscribes to the room events of this server.
    pub fn room_events(&self) -> RoomEvents {
        match self.hub.upgrade() {
            Some(hub) => hub.rooms.watch.watch(),
            None => RoomEvents::ended(),
        }
    }
}

fn details(socket: &RawSocket) -> SocketDetails {
    SocketDetails {
        id: socket.id().to_string(),
        handshake: socket.link.session.handshake().clone(),
        auth: socket.auth().map(str::to_owned),
        rooms: socket.rooms(),
        data: socket.runtime.data(),
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
    asked: Option<Asked>,
    heard: UnboundedReceiver<Heard>,
}

impl Question {
    /// Returns the ids of the sockets that were asked.
    pub fn sockets(&self) -> impl ExactSizeIterator<Item = &str> {
        self.receivers().iter().map(|socket| &**socket.id())
    }

    /// Returns the next acknowledgement, with the id of the socket that sent it. Returns `None` once every socket has
    /// acknowledged or disconnected.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not lose an acknowledgement.
    pub async fn next(&mut self) -> Option<(String, Data)> {
        loop {
            if let Heard::Answer(index, payload) = self.heard.recv().await?
                && let Some(socket) = self.receivers().get(index as usize)
            {
                return Some((socket.id().to_string(), Data::of_answer(&payload)));
            }
        }
    }

    fn receivers(&self) -> &[Arc<RawSocket>] {
        self.asked.as_ref().map_or(&[], Asked::receivers)
    }
}
