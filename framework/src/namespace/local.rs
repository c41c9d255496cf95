//! A namespace of this server as its adapter sees it: raw, without the user's types.

use std::fmt;
use std::sync::{Arc, Weak};

use tokio::sync::mpsc::UnboundedReceiver;

use super::asked::{Asked, Heard, channel};
use super::broadcast::Delivery;
use super::hub::Hub;
use super::outside::ServerSideError;
use super::raw::RawSocket;
use super::room_events::RoomEvents;
use crate::adapter::{Data, Flags, SocketDetails, Target};
use crate::protocol::encode;

/// One namespace of this server, for its adapter: what other servers ask for is done by it.
///
/// It does not keep the namespace: when that is no more, there are no sockets, and nothing happens.
#[derive(Clone)]
pub struct Local {
    path: Arc<str>,
    hub: Weak<Hub>,
}

impl Local {
    pub(super) fn new(hub: &Arc<Hub>) -> Self {
        Self { path: hub.path().into(), hub: Arc::downgrade(hub) }
    }

    /// The namespace's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sends an event to the sockets of this server that are meant. What is no [`Data::event`] reaches nobody.
    pub fn broadcast(&self, target: &Target, flags: Flags, event: &Data) -> Delivery {
        let hub = self.hub.upgrade().filter(|_| event.name().is_some());
        let Some(hub) = hub else { return Delivery { sent: 0, failed: 0 } };
        let packet = encode::event_of(hub.address(), None, event.json(), event.attachments()).for_many();
        hub.broadcast(target, None, &packet, flags.volatile)
    }

    /// Sends an event to the sockets of this server that are meant, and asks for acknowledgements. Dropping the question
    /// forgets them.
    pub fn ask(&self, target: &Target, flags: Flags, event: &Data) -> Question {
        let (sink, heard) = channel();
        let asked = self.hub.upgrade().filter(|_| event.name().is_some()).map(|hub| {
            let id = hub.next_ack();
            let packet = encode::event_of(hub.address(), Some(id), event.json(), event.attachments()).for_many();
            Asked::ask(&hub, target, None, (id, &packet, flags.volatile), &sink)
        });
        Question { asked, heard }
    }

    /// Lets sockets of this server enter rooms.
    pub fn join(&self, target: &Target, rooms: &[String]) {
        if let Some(hub) = self.hub.upgrade() {
            hub.join_all(target, None, rooms);
        }
    }

    /// Lets sockets of this server leave rooms.
    pub fn leave(&self, target: &Target, rooms: &[String]) {
        if let Some(hub) = self.hub.upgrade() {
            hub.leave_all(target, None, rooms);
        }
    }

    /// Disconnects sockets of this server from the namespace; with `close`, their whole connections.
    pub fn disconnect(&self, target: &Target, close: bool) {
        if let Some(hub) = self.hub.upgrade() {
            hub.disconnect_all(target, None, close);
        }
    }

    /// Describes sockets of this server.
    pub fn fetch(&self, target: &Target) -> Vec<SocketDetails> {
        let mut sockets = Vec::new();
        if let Some(hub) = self.hub.upgrade() {
            hub.each_connected(target, None, |socket| sockets.push(details(socket)));
        }
        sockets
    }

    /// Hands an event that another server sent to this one to who listens to it, and says what it is acknowledged with.
    ///
    /// # Errors
    ///
    /// See [`ServerSideError`]. In Node, an event that nobody listens to is not acknowledged.
    pub async fn server_side(&self, event: &Data) -> Result<Data, ServerSideError> {
        match self.hub.upgrade() {
            Some(hub) => hub.outside.handle(event).await,
            None => Err(ServerSideError::Unhandled(event.name().unwrap_or_default().to_owned())),
        }
    }

    /// Whether a room has members here. The id of a socket of this server is a room, too.
    pub fn has_room(&self, room: &str) -> bool {
        self.hub.upgrade().is_some_and(|hub| hub.rooms.exists(room) || hub.socket(room).is_some())
    }

    /// The rooms that sockets of this server have joined; those of their own ids are not among them.
    pub fn rooms(&self) -> Vec<String> {
        self.hub.upgrade().map(|hub| hub.rooms.names()).unwrap_or_default()
    }

    /// What happens to the rooms of this server from now on.
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
        data: None,
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("path", &self.path).finish_non_exhaustive()
    }
}

/// An event of another server's that clients of this server were asked to acknowledge.
#[derive(Debug)]
pub struct Question {
    asked: Option<Asked>,
    heard: UnboundedReceiver<Heard>,
}

impl Question {
    /// The ids of the sockets that were asked.
    pub fn sockets(&self) -> impl ExactSizeIterator<Item = &str> {
        self.receivers().iter().map(|socket| &**socket.id())
    }

    /// The next answer, and the id of the socket that gave it. `None` when all have answered, or have gone without.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no answer.
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
