//! A client of one namespace, in the hands of a test.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::arguments::{Arguments, Positional};
use super::error::{CallError, read_answer};
use super::line::Line;
use super::mailbox::Mailbox;
use super::server::{TestServer, assert_stopped, clock_stands_still, quiet};
use crate::contract::{Event, Namespace, Room};
use crate::namespace::{DisconnectReason, Socket};
use crate::protocol::encode::{self, prefix};
use crate::protocol::{Address, Parser};

/// A client that is connected to namespace `N`. Dropping it cuts its connection, unless that has another client.
///
/// What the server sends it is kept until the test takes it. Its methods that begin with `expect` wait for it, and panic
/// with what has come instead.
pub struct Client<N> {
    pub(super) server: TestServer,
    pub(super) name: String,
    path: String,
    id: String,
    line: Arc<Line>,
    pub(super) mailbox: Arc<Mailbox>,
    namespace: PhantomData<fn() -> N>,
}

impl<N: Namespace> Client<N> {
    pub(super) fn new(
        server: &TestServer,
        name: &str,
        path: &str,
        id: &str,
        line: Arc<Line>,
        mailbox: Arc<Mailbox>,
    ) -> Self {
        let (server, name, path, id) = (server.clone(), name.to_owned(), path.to_owned(), id.to_owned());
        Self { server, name, path, id, line, mailbox, namespace: PhantomData }
    }

    /// The name that the test gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of its socket.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The namespace's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn line(&self) -> &Arc<Line> {
        &self.line
    }

    // ---- sending ----

    /// Sends an event, without asking for an acknowledgement.
    ///
    /// # Panics
    ///
    /// When the client is disconnected, or the event cannot be expressed in JSON.
    #[track_caller]
    pub fn emit<E: Event + Serialize>(&self, event: E) {
        self.transmit(None, E::NAME, &event);
    }

    /// Sends an event, and waits for its acknowledgement.
    ///
    /// # Errors
    ///
    /// See [`CallError`]: the handler's `Err`, above all.
    ///
    /// # Panics
    ///
    /// As [`emit`](Self::emit).
    #[track_caller]
    pub fn emit_with_ack<E>(&self, event: E) -> impl Future<Output = Result<E::Ack, CallError>>
    where
        E: Event + Serialize,
        E::Ack: DeserializeOwned,
    {
        self.ask(E::NAME, &event)
    }

    /// Sends an event that is known by its name, without asking for an acknowledgement.
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
    /// As [`emit`](Self::emit).
    #[track_caller]
    pub fn send(&self, event: &str, arguments: impl Arguments) {
        self.transmit(None, event, &Positional(arguments));
    }

    /// Sends an event that is known by its name, and waits for its acknowledgement, which is of any type that fits.
    ///
    /// # Errors
    ///
    /// See [`CallError`]: the handler's `Err`, above all.
    ///
    /// # Panics
    ///
    /// As [`emit`](Self::emit).
    #[track_caller]
    pub fn call<A: DeserializeOwned>(
        &self,
        event: &str,
        arguments: impl Arguments,
    ) -> impl Future<Output = Result<A, CallError>> {
        self.ask(event, &Positional(arguments))
    }

    #[track_caller]
    fn transmit<E: Serialize>(&self, ack: Option<u64>, name: &str, event: &E) {
        assert!(!self.mailbox.mail().ended, "`{}` is disconnected, and cannot send `{name}`", self.name);
        let packet = encode::event(self.address(), ack, name, event);
        self.line.send(&packet.unwrap_or_else(|error| panic!("`{name}` cannot be written: {error}")));
    }

    /// Sends at once, also when the answer is not waited for.
    #[track_caller]
    fn ask<E: Serialize, A: DeserializeOwned>(
        &self,
        name: &str,
        event: &E,
    ) -> impl Future<Output = Result<A, CallError>> + use<'_, N, E, A> {
        let id = self.mailbox.mail().next_ack();
        self.transmit(Some(id), name, event);
        let event = name.to_owned();
        async move {
            let answer = self.mailbox.wait(|mail| {
                let answer = mail.answer(id);
                (answer.is_some() || mail.ended).then_some(answer)
            });
            match timeout(self.server.patient(), answer).await {
                Ok(Some(answer)) => read_answer(&event, &answer),
                Ok(None) => Err(CallError::Disconnected { event }),
                Err(_) => Err(CallError::Unanswered { event }),
            }
        }
    }

    // ---- rooms ----

    /// The server's side of the client: its session, its rooms, its handshake.
    ///
    /// # Panics
    ///
    /// When the client is not connected.
    #[track_caller]
    pub fn socket(&self) -> Socket<N> {
        let socket = self.server.namespace_at::<N>(&self.path).and_then(|namespace| namespace.socket(&self.id));
        socket.unwrap_or_else(|| panic!("`{}` is not connected to `{}`", self.name, self.path))
    }

    /// The rooms that the client is in when the server has nothing left to do, sorted, without the one of its own id.
    ///
    /// # Panics
    ///
    /// When the client is not connected.
    #[track_caller]
    pub fn rooms(&self) -> impl Future<Output = Vec<String>> {
        let place = Location::caller();
        assert_stopped();
        async move {
            quiet().await;
            let socket = self.server.namespace_at::<N>(&self.path).and_then(|namespace| namespace.socket(&self.id));
            let Some(socket) = socket else { panic!("{place}: `{}` is not connected to `{}`", self.name, self.path) };
            let mut rooms = socket.rooms();
            rooms.retain(|room| *room != self.id);
            rooms.sort_unstable();
            rooms
        }
    }

    /// Makes sure that the client is in a room when the server has nothing left to do.
    ///
    /// # Panics
    ///
    /// When it is not.
    #[track_caller]
    pub fn assert_in(&self, room: impl Room) -> impl Future<Output = ()> {
        let (place, rooms) = (Location::caller(), self.rooms());
        async move {
            let (rooms, room) = (rooms.await, room.name());
            assert!(
                rooms.iter().any(|name| *name == room),
                "{place}: `{}` is not in room {room:?}, but in {rooms:?}",
                self.name
            );
        }
    }

    /// Makes sure that the client is not in a room when the server has nothing left to do.
    ///
    /// # Panics
    ///
    /// When it is.
    #[track_caller]
    pub fn assert_not_in(&self, room: impl Room) -> impl Future<Output = ()> {
        let (place, rooms) = (Location::caller(), self.rooms());
        async move {
            let (rooms, room) = (rooms.await, room.name());
            assert!(!rooms.iter().any(|name| *name == room), "{place}: `{}` is in room {room:?}", self.name);
        }
    }

    // ---- leaving ----

    /// Leaves the namespace, in good order. The connection stays.
    pub fn disconnect(&self) {
        self.line.send_text(&format!("41{}", prefix(&self.path)));
        self.mailbox.end();
    }

    /// Cuts the connection, as when a network fails: all sockets of it are gone.
    pub fn cut(&self) {
        self.line.cut();
    }

    /// Answers no heartbeat from now on: in time, the server takes the client for gone. See
    /// [`TestServer::advance`].
    pub fn stop_heartbeat(&self) {
        self.line.silence();
    }

    /// Waits until the client is disconnected, by whomever, and says why in the server's words.
    ///
    /// Under a clock that stands still, the disconnect hook has run by then as far as it could.
    ///
    /// # Panics
    ///
    /// When the client stays connected.
    #[track_caller]
    pub fn expect_disconnect(&self) -> impl Future<Output = DisconnectReason> {
        let place = Location::caller();
        async move {
            let parting = async {
                self.mailbox.wait(|mail| mail.ended.then_some(())).await;
                self.server.journal().parted(&self.id).await
            };
            let Ok(reason) = timeout(self.server.patient(), parting).await else {
                panic!("{place}: `{}` is still connected to `{}`", self.name, self.path)
            };
            if clock_stands_still() {
                quiet().await;
            }
            reason
        }
    }

    fn address(&self) -> Address<'_> {
        Address { parser: Parser::Json, namespace: &self.path }
    }

    pub(super) fn acknowledge<A: Serialize>(&self, id: u64, answer: &A) -> Result<(), serde_json::Error> {
        self.line.send(&encode::AckSlot { parser: Parser::Json, id }.answer(answer)?.behind(&prefix(&self.path)));
        Ok(())
    }
}

impl<N> Drop for Client<N> {
    fn drop(&mut self) {
        self.server.journal().forget(&self.id);
    }
}

impl<N> fmt::Debug for Client<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, path, id, .. } = self;
        f.debug_struct("Client").field("name", name).field("path", path).field("id", id).finish_non_exhaustive()
    }
}
