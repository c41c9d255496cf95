//! A test's client of one namespace.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::arguments::{ArgumentPayload, Arguments};
use super::connection::Connection;
use super::error::{CallError, read_ack};
use super::inbox::Inbox;
use super::server::{TestServer, assert_clock_paused, is_clock_paused, wait_until_idle};
use crate::contract::{Event, Namespace, Room};
use crate::namespace::{DisconnectReason, Socket};
use crate::protocol::encode::{self, prefix};
use crate::protocol::{Address, Parser};

/// A client that is connected to namespace `N`. Dropping it closes its connection, unless another client shares it.
///
/// Events from the server are buffered until the test takes them. The methods that begin with `expect` wait for an
/// event. If the expected event does not arrive, they panic, and list the events that did.
pub struct Client<N> {
    pub(super) server: TestServer,
    pub(super) name: String,
    path: String,
    id: String,
    connection: Arc<Connection>,
    pub(super) inbox: Arc<Inbox>,
    marker: PhantomData<fn() -> N>,
}

impl<N: Namespace> Client<N> {
    pub(super) fn new(
        server: &TestServer,
        name: &str,
        path: &str,
        id: &str,
        connection: Arc<Connection>,
        inbox: Arc<Inbox>,
    ) -> Self {
        let (server, name, path, id) = (server.clone(), name.to_owned(), path.to_owned(), id.to_owned());
        Self { server, name, path, id, connection, inbox, marker: PhantomData }
    }

    /// Returns the name that the test gave to the client.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the id of the client's socket.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the namespace's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    // ---- sending ----

    /// Sends an event without requesting an acknowledgement.
    ///
    /// # Panics
    ///
    /// If the client is disconnected, or the event cannot be serialized to JSON.
    #[track_caller]
    pub fn emit<E: Event + Serialize>(&self, event: E) {
        self.transmit(None, E::NAME, &event);
    }

    /// Sends an event and waits for its acknowledgement.
    ///
    /// # Errors
    ///
    /// See [`CallError`]. Usually, it contains the `Err` that the handler returned.
    ///
    /// # Panics
    ///
    /// Like [`emit`](Self::emit).
    #[track_caller]
    pub fn emit_with_ack<E>(&self, event: E) -> impl Future<Output = Result<E::Ack, CallError>>
    where
        E: Event + Serialize,
        E::Ack: DeserializeOwned,
    {
        self.send_with_ack(E::NAME, &event)
    }

    /// Sends an event by name, without requesting an acknowledgement.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// # use switchboard::testing::Client;
    /// # struct Chat;
    /// # #[namespace("/chat")] impl Chat {}
    /// # fn send(ann: &Client<Chat>) {
    /// ann.send("typing", ("lobby", true));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Like [`emit`](Self::emit).
    #[track_caller]
    pub fn send(&self, event: &str, arguments: impl Arguments) {
        self.transmit(None, event, &ArgumentPayload(arguments));
    }

    /// Sends an event by name and waits for its acknowledgement, which is deserialized as `A`.
    ///
    /// # Errors
    ///
    /// See [`CallError`]. Usually, it contains the `Err` that the handler returned.
    ///
    /// # Panics
    ///
    /// Like [`emit`](Self::emit).
    #[track_caller]
    pub fn call<A: DeserializeOwned>(
        &self,
        event: &str,
        arguments: impl Arguments,
    ) -> impl Future<Output = Result<A, CallError>> {
        self.send_with_ack(event, &ArgumentPayload(arguments))
    }

    #[track_caller]
    fn transmit<E: Serialize>(&self, ack: Option<u64>, name: &str, event: &E) {
        assert!(!self.inbox.lock().ended, "`{}` is disconnected, and cannot send `{name}`", self.name);
        let packet = encode::event(self.address(), ack, name, event);
        self.connection.send(&packet.unwrap_or_else(|error| panic!("`{name}` cannot be written: {error}")));
    }

    /// Sends the event when called, not when the returned future is polled.
    #[track_caller]
    fn send_with_ack<E: Serialize, A: DeserializeOwned>(
        &self,
        name: &str,
        event: &E,
    ) -> impl Future<Output = Result<A, CallError>> + use<'_, N, E, A> {
        let id = self.inbox.lock().next_ack();
        self.transmit(Some(id), name, event);
        let event = name.to_owned();
        async move {
            let ack = self.inbox.wait(|inbox| {
                let ack = inbox.take_ack(id);
                (ack.is_some() || inbox.ended).then_some(ack)
            });
            match timeout(self.server.timeout(), ack).await {
                Ok(Some(ack)) => read_ack(&event, &ack),
                Ok(None) => Err(CallError::Disconnected { event }),
                Err(_) => Err(CallError::Unanswered { event }),
            }
        }
    }

    // ---- rooms ----

    /// Returns the server's socket of this client, with its session, rooms and handshake.
    ///
    /// # Panics
    ///
    /// If the client is not connected.
    #[track_caller]
    pub fn socket(&self) -> Socket<N> {
        let socket = self.server.namespace_at::<N>(&self.path).and_then(|namespace| namespace.socket(&self.id));
        socket.unwrap_or_else(|| panic!("`{}` is not connected to `{}`", self.name, self.path))
    }

    /// Waits until the server is idle, and returns the client's rooms, sorted and without the room of its own id.
    ///
    /// # Panics
    ///
    /// If the client is not connected.
    #[track_caller]
    pub fn rooms(&self) -> impl Future<Output = Vec<String>> {
        let location = Location::caller();
        assert_clock_paused();
        async move {
            wait_until_idle().await;
            let socket = self.server.namespace_at::<N>(&self.path).and_then(|namespace| namespace.socket(&self.id));
            let Some(socket) = socket else {
                panic!("{location}: `{}` is not connected to `{}`", self.name, self.path)
            };
            let mut rooms = socket.rooms();
            rooms.retain(|room| *room != self.id);
            rooms.sort_unstable();
            rooms
        }
    }

    /// Waits until the server is idle, and asserts that the client is in a room.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[track_caller]
    pub fn assert_in(&self, room: impl Room) -> impl Future<Output = ()> {
        let (location, rooms) = (Location::caller(), self.rooms());
        async move {
            let (rooms, room) = (rooms.await, room.name());
            assert!(
                rooms.iter().any(|name| *name == room),
                "{location}: `{}` is not in room {room:?}, but in {rooms:?}",
                self.name
            );
        }
    }

    /// Waits until the server is idle, and asserts that the client is not in a room.
    ///
    /// # Panics
    ///
    /// If it is.
    #[track_caller]
    pub fn assert_not_in(&self, room: impl Room) -> impl Future<Output = ()> {
        let (location, rooms) = (Location::caller(), self.rooms());
        async move {
            let (rooms, room) = (rooms.await, room.name());
            assert!(!rooms.iter().any(|name| *name == room), "{location}: `{}` is in room {room:?}", self.name);
        }
    }

    // ---- disconnection ----

    /// Leaves the namespace with a DISCONNECT packet. The connection stays open.
    pub fn disconnect(&self) {
        self.connection.send_text(&format!("41{}", prefix(&self.path)));
        self.inbox.end();
    }

    /// Drops the connection without a close handshake, like a failing network. All sockets of the connection are
    /// disconnected.
    pub fn cut(&self) {
        self.connection.drop_connection();
    }

    /// Stops answering heartbeats. The server disconnects the client when its heartbeat times out: see
    /// [`TestServer::advance`].
    pub fn stop_heartbeat(&self) {
        self.connection.stop_heartbeat();
    }

    /// Waits until the client is disconnected by either side, and returns the server's reason.
    ///
    /// With a paused clock, the disconnect hook has then run until it finished or had to wait.
    ///
    /// # Panics
    ///
    /// If the client stays connected.
    #[track_caller]
    pub fn expect_disconnect(&self) -> impl Future<Output = DisconnectReason> {
        let location = Location::caller();
        async move {
            let disconnect = async {
                self.inbox.wait(|inbox| inbox.ended.then_some(())).await;
                self.server.recorder().wait_for_disconnect(&self.id).await
            };
            let Ok(reason) = timeout(self.server.timeout(), disconnect).await else {
                panic!("{location}: `{}` is still connected to `{}`", self.name, self.path)
            };
            if is_clock_paused() {
                wait_until_idle().await;
            }
            reason
        }
    }

    fn address(&self) -> Address<'_> {
        Address { parser: Parser::Json, namespace: &self.path }
    }

    pub(super) fn acknowledge<A: Serialize>(&self, id: u64, ack: &A) -> Result<(), serde_json::Error> {
        self.connection
            .send(&encode::AckSlot { parser: Parser::Json, id }.acknowledgement(ack)?.behind(&prefix(&self.path)));
        Ok(())
    }
}

impl<N> Drop for Client<N> {
    fn drop(&mut self) {
        self.server.recorder().forget_disconnect(&self.id);
    }
}

impl<N> fmt::Debug for Client<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, path, id, .. } = self;
        f.debug_struct("Client").field("name", name).field("path", path).field("id", id).finish_non_exhaustive()
    }
}
