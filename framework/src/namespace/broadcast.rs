//! Doing one thing for many sockets: sending them an event, asking them, moving them between rooms, parting with them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::answers::{Answers, collect};
use super::asked::{Asked, channel};
use super::error::EmitError;
use super::hub::Hub;
use super::raw::RawSocket;
use super::remote::RemoteSocket;
use super::socket::Socket;
use crate::adapter::{Adapter, AdapterError, BoxFuture, Data, Flags, Target};
use crate::contract::{ArgumentList, EmittedBy, Listed, Namespace, Received, Rooms};
use crate::observe::Span;
use crate::protocol::encode::{self, Encoded};

/// Some of the sockets of a namespace, to do something for: those in any of the rooms given by [`to`](Self::to), or all
/// if none is given, less those in the rooms given by [`except`](Self::except). Each is met once.
///
/// In a cluster, those of all servers are meant, but after [`local`](Self::local).
#[must_use = "nothing happens before `emit` or another call"]
pub struct Broadcast<N: Namespace> {
    hub: Arc<Hub>,
    sender: Option<Arc<RawSocket>>,
    target: Target,
    flags: Flags,
    local: bool,
    namespace: PhantomData<fn() -> N>,
}

/// Whom a broadcast reached. One slow or vanished receiver does not fail it for the others. Sockets of other servers are
/// not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Sockets to which the event was queued.
    pub sent: usize,
    /// Sockets that it was meant for but not queued to: they were disconnected in this instant, their queue
    /// reached its bound, or their transport was not ready for a volatile event.
    pub failed: usize,
}

impl<N: Namespace> Broadcast<N> {
    pub(super) fn new(hub: Arc<Hub>, sender: Option<Arc<RawSocket>>) -> Self {
        let (target, flags) = (Target::default(), Flags::default());
        Self { hub, sender, target, flags, local: false, namespace: PhantomData }
    }

    // ---- whom ----

    /// Adds the members of a room, or of several. A list without rooms adds nothing: if there is no other, everybody is
    /// meant, as in Node.
    pub fn to(mut self, rooms: impl Rooms) -> Self {
        rooms.each(|room| self.target.rooms.push(room.into_owned()));
        self
    }

    /// Takes the members of a room out, or of several.
    pub fn except(mut self, rooms: impl Rooms) -> Self {
        rooms.each(|room| self.target.except.push(room.into_owned()));
        self
    }

    /// Means the sockets of this server only.
    pub fn local(mut self) -> Self {
        self.local = true;
        self
    }

    // ---- how ----

    /// Drops the event for each receiver whose transport is not ready at that instant: something that it was sent before, be
    /// it by the same handler, has not left yet.
    pub fn volatile(mut self) -> Self {
        self.flags.volatile = true;
        self
    }

    /// Says whether the event may be compressed. This server does not compress single messages, so that it is for other
    /// servers of a cluster only.
    pub fn compress(mut self, compress: bool) -> Self {
        self.flags.compress = Some(compress);
        self
    }

    /// Limits how long answers are waited for, by [`emit_with_ack`](Self::emit_with_ack) and
    /// [`fetch_sockets`](Self::fetch_sockets).
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.flags.timeout = Some(limit);
        self
    }

    // ---- what ----

    /// Sends the event. It is encoded once, whatever the number of receivers, and joins and leaves do not wait
    /// for it.
    ///
    /// What a handler sends to many leaves when it returns or awaits something, all of it together: a handler that blocks
    /// its thread meanwhile holds it up.
    ///
    /// # Errors
    ///
    /// [`EmitError::Unwritable`] when the event cannot be expressed in JSON.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<Delivery, EmitError> {
        self.send_event(E::NAME, &event)
    }

    /// Sends an event of the name `message`, which needs no declaration: as [`Socket::send`](Socket::send), to many.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub fn send<T: Serialize>(&self, message: T) -> Result<Delivery, EmitError> {
        self.send_event("message", &message)
    }

    /// Sends an event whose name is known only at run time: as [`Socket::emit_named`], to many.
    ///
    /// # Errors
    ///
    /// [`EmitError::Reserved`] when Socket.IO keeps the name for itself, else as [`emit`](Self::emit).
    pub fn emit_named(&self, name: &str, arguments: impl ArgumentList) -> Result<Delivery, EmitError> {
        self.send_event(EmitError::unless_reserved(name)?, &Listed(arguments))
    }

    fn send_event<T: Serialize + ?Sized>(&self, name: &str, event: &T) -> Result<Delivery, EmitError> {
        let packet = self.packet(None, name, event)?;
        let delivery = self.hub.broadcast(&self.target, self.sender.as_ref(), &packet, self.flags.volatile);
        if let Some(adapter) = self.adapter() {
            adapter.broadcast(&self.elsewhere(), self.flags, &Data::of(&packet, self.hub.address()), None);
        }
        Ok(delivery)
    }

    /// Sends the event and waits for the acknowledgements of all receivers: until the last one has answered or has gone,
    /// or the time given by [`timeout`](Self::timeout) is over, whichever comes first.
    ///
    /// What has been answered by then is there in any case, and of all others it is said why not: see [`Answers`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use switchboard::prelude::*;
    /// #[event("ready?", ack = bool)]
    /// struct Ready;
    ///
    /// struct Game;
    ///
    /// #[namespace("/game", emits(Ready))]
    /// impl Game {
    ///     #[on("start")]
    ///     async fn start(&self, socket: &Socket<Self>, table: String) -> Result<usize, String> {
    ///         let players = socket.to(table).timeout(Duration::from_secs(10));
    ///         let answers = players.emit_with_ack(Ready).await.map_err(|error| error.to_string())?;
    ///         Ok(answers.values().filter(|ready| **ready).count())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EmitError::Unwritable`] when the event cannot be expressed in JSON.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future forgets the acknowledgements. The event is sent when the future is first polled.
    pub fn emit_with_ack<'a, E>(&'a self, event: E) -> BoxFuture<'a, Result<Answers<E::Ack>, EmitError>>
    where
        E: EmittedBy<N> + Send + 'a,
        E::Ack: Received,
    {
        // A box, as in `Socket::emit_with_ack`.
        Box::pin(self.ask_and_wait(E::NAME, event))
    }

    /// Sends an event whose name is known only at run time, and waits for the acknowledgements of all receivers, each a
    /// `T`.
    ///
    /// # Errors
    ///
    /// [`EmitError::Reserved`] when Socket.IO keeps the name for itself, else as [`emit_with_ack`](Self::emit_with_ack).
    ///
    /// # Cancel safety
    ///
    /// As [`emit_with_ack`](Self::emit_with_ack).
    pub fn emit_named_with_ack<'a, T: Received>(
        &'a self,
        name: &'a str,
        arguments: impl ArgumentList + Send + 'a,
    ) -> BoxFuture<'a, Result<Answers<T>, EmitError>> {
        Box::pin(async move { self.ask_and_wait(EmitError::unless_reserved(name)?, Listed(arguments)).await })
    }

    async fn ask_and_wait<T: Received>(&self, name: &str, event: impl Serialize) -> Result<Answers<T>, EmitError> {
        let id = self.hub.next_ack();
        let packet = self.packet(Some(id), name, &event)?;
        drop(event);
        let (sink, heard) = channel();
        let question = (id, &packet, self.flags.volatile);
        let asked = Asked::ask(&self.hub, &self.target, self.sender.as_ref(), question, &sink);
        match self.adapter() {
            Some(adapter) => {
                let data = Data::of(&packet, self.hub.address());
                adapter.broadcast(&self.elsewhere(), self.flags, &data, Some(sink));
            }
            None => drop(sink),
        }
        drop(packet);
        let span = Span::acks(name, self.hub.path(), asked.receivers().len());
        let answers = span.instrument(collect(asked, heard, self.flags.timeout)).await;
        self.hub.observed.answers(&span, &answers);
        Ok(answers)
    }

    /// Finds the sockets: those of this server, and in a cluster those of the others.
    ///
    /// # Errors
    ///
    /// When other servers could not be asked, or did not answer in time: see [`timeout`](Self::timeout). Never without a
    /// cluster, nor after [`local`](Self::local).
    pub async fn fetch_sockets(&self) -> Result<Vec<RemoteSocket<N>>, AdapterError> {
        let mut found: Vec<_> = self.local_sockets().into_iter().map(RemoteSocket::here).collect();
        if let Some(adapter) = self.adapter() {
            let others = adapter.fetch(&self.elsewhere(), self.flags.timeout).await?;
            found.extend(others.into_iter().map(|details| RemoteSocket::elsewhere(self.hub.clone(), details)));
        }
        Ok(found)
    }

    /// The sockets of this server.
    pub(super) fn local_sockets(&self) -> Vec<Socket<N>> {
        let mut sockets = Vec::new();
        self.hub.each_connected(&self.target, self.sender.as_ref(), |raw| sockets.push(Socket::new(raw.clone())));
        sockets
    }

    /// Lets the sockets enter a room, or several. In a cluster, those of other servers do so a little later.
    ///
    /// For each socket at the limit of [`Server::max_rooms`](crate::Server::max_rooms), the error hook receives a
    /// [`HandlerError`](crate::HandlerError).
    pub fn sockets_join(&self, rooms: impl Rooms) {
        let rooms = names(rooms);
        self.hub.join_all(&self.target, self.sender.as_ref(), &rooms);
        if let Some(adapter) = self.adapter() {
            adapter.join(&self.elsewhere(), &rooms);
        }
    }

    /// Lets the sockets leave a room, or several. In a cluster, those of other servers do so a little later.
    pub fn sockets_leave(&self, rooms: impl Rooms) {
        let rooms = names(rooms);
        self.hub.leave_all(&self.target, self.sender.as_ref(), &rooms);
        if let Some(adapter) = self.adapter() {
            adapter.leave(&self.elsewhere(), &rooms);
        }
    }

    /// Disconnects the sockets from the namespace, as [`Socket::disconnect`] does.
    pub fn disconnect_sockets(&self) {
        self.part(false);
    }

    /// Closes the connections of the sockets, as [`Socket::close`] does.
    pub fn close_sockets(&self) {
        self.part(true);
    }

    fn part(&self, close: bool) {
        self.hub.disconnect_all(&self.target, self.sender.as_ref(), close);
        if let Some(adapter) = self.adapter() {
            adapter.disconnect(&self.elsewhere(), close);
        }
    }

    fn packet<T: Serialize + ?Sized>(&self, id: Option<u64>, name: &str, event: &T) -> Result<Encoded, EmitError> {
        let packet = match id {
            None if !self.flags.volatile => self.hub.event(name, event),
            _ => encode::event(self.hub.address(), id, name, event),
        };
        Ok(packet.map_err(|source| EmitError::unwritable(name, source))?.for_many())
    }

    /// The way to other servers, if they are meant.
    fn adapter(&self) -> Option<&dyn Adapter> {
        if self.local { None } else { self.hub.outside.adapter() }
    }

    /// Whom other servers are to take it for.
    fn elsewhere(&self) -> Target {
        let mut target = self.target.clone();
        target.except.extend(self.sender.as_ref().map(|sender| sender.id().to_string()));
        target
    }
}

fn names(rooms: impl Rooms) -> Vec<String> {
    let mut names = Vec::new();
    rooms.each(|room| names.push(room.into_owned()));
    names
}

impl<N: Namespace> Clone for Broadcast<N> {
    fn clone(&self) -> Self {
        Self {
            hub: self.hub.clone(),
            sender: self.sender.clone(),
            target: self.target.clone(),
            flags: self.flags,
            local: self.local,
            namespace: PhantomData,
        }
    }
}

impl<N: Namespace> fmt::Debug for Broadcast<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Broadcast");
        debug.field("namespace", &self.hub.path()).field("target", &self.target).field("flags", &self.flags);
        debug.field("local", &self.local).finish_non_exhaustive()
    }
}
