//! Operations on many sockets: sending events, requesting acknowledgements, changing rooms, and disconnecting.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::broadcast_ack::{Answers, collect};
use super::broadcast_ack::{BroadcastAckRequest, channel};
use super::error::EmitError;
use super::namespace_state::NamespaceState;
use super::remote::RemoteSocket;
use super::socket::Socket;
use super::socket_inner::SocketInner;
use crate::adapter::{Adapter, AdapterError, BoxFuture, Data, Flags, Target};
use crate::contract::{ArgumentList, ArgumentPayload, EmittedBy, Namespace, Received, Rooms};
use crate::observe::Span;
use crate::protocol::encode::{self, Encoded};

/// A selection of a namespace's sockets, with the operations on them. It contains the members of the rooms added with
/// [`to`](Self::to), or every socket if no room was added, without the members of the rooms added with
/// [`except`](Self::except). A socket in several of these rooms is selected once.
///
/// In a cluster, the sockets of all servers are selected, unless [`local`](Self::local) is called.
#[must_use = "nothing happens before `emit` or another call"]
pub struct Broadcast<N: Namespace> {
    namespace: Arc<NamespaceState>,
    sender: Option<Arc<SocketInner>>,
    target: Target,
    flags: Flags,
    local: bool,
    marker: PhantomData<fn() -> N>,
}

/// The number of sockets that a broadcast was queued to. A slow or disconnected recipient does not affect the others.
/// Sockets of other servers are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Sockets to which the event was queued.
    pub sent: usize,
    /// Selected sockets to which the event could not be queued: they were disconnected at this moment, their queue was
    /// full, or their transport was not ready for a volatile event.
    pub failed: usize,
}

impl<N: Namespace> Broadcast<N> {
    pub(super) fn new(namespace: Arc<NamespaceState>, sender: Option<Arc<SocketInner>>) -> Self {
        let (target, flags) = (Target::default(), Flags::default());
        Self { namespace, sender, target, flags, local: false, marker: PhantomData }
    }

    // ---- recipients ----

    /// Adds the members of one or several rooms. An empty list adds nothing. If no room is added at all, every socket
    /// is selected, as in Node.
    pub fn to(mut self, rooms: impl Rooms) -> Self {
        rooms.each(|room| self.target.rooms.push(room.into_owned()));
        self
    }

    /// Excludes the members of one or several rooms.
    pub fn except(mut self, rooms: impl Rooms) -> Self {
        rooms.each(|room| self.target.except.push(room.into_owned()));
        self
    }

    /// Selects only sockets of this server.
    pub fn local(mut self) -> Self {
        self.local = true;
        self
    }

    // ---- delivery ----

    /// Drops the event for each recipient whose transport is not ready at this moment, because an earlier packet has
    /// not been written yet. This can be a packet that the same handler sent.
    pub fn volatile(mut self) -> Self {
        self.flags.volatile = true;
        self
    }

    /// Allows or forbids compression. This server does not compress single messages, so this affects only other servers
    /// of a cluster.
    pub fn compress(mut self, compress: bool) -> Self {
        self.flags.compress = Some(compress);
        self
    }

    /// Sets the timeout of [`emit_with_ack`](Self::emit_with_ack) and [`fetch_sockets`](Self::fetch_sockets). Default:
    /// none.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.flags.timeout = Some(limit);
        self
    }

    // ---- operations ----

    /// Sends the event. It is encoded once for all recipients, and does not delay joins and leaves.
    ///
    /// Packets that a handler sends to several sockets are written together, when the handler returns or awaits. A
    /// handler that blocks its thread delays them.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Unwritable`] if the event cannot be serialized to JSON.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<Delivery, EmitError> {
        self.send_event(E::NAME, &event)
    }

    /// Sends an event with the name `message`, which needs no declaration. Like [`Socket::send`](Socket::send), for
    /// many sockets.
    ///
    /// # Errors
    ///
    /// Like [`emit`](Self::emit).
    pub fn send<T: Serialize>(&self, message: T) -> Result<Delivery, EmitError> {
        self.send_event("message", &message)
    }

    /// Sends an event whose name is known only at run time. Like [`Socket::emit_named`], for many sockets.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Reserved`] if Socket.IO reserves the name, and the errors of [`emit`](Self::emit).
    pub fn emit_named(&self, name: &str, arguments: impl ArgumentList) -> Result<Delivery, EmitError> {
        self.send_event(EmitError::check_not_reserved(name)?, &ArgumentPayload(arguments))
    }

    fn send_event<T: Serialize + ?Sized>(&self, name: &str, event: &T) -> Result<Delivery, EmitError> {
        let packet = self.packet(None, name, event)?;
        let delivery = self.namespace.broadcast(&self.target, self.sender.as_ref(), &packet, self.flags.volatile);
        if let Some(adapter) = self.adapter() {
            adapter.broadcast(&self.remote_target(), self.flags, &Data::of(&packet, self.namespace.address()), None);
        }
        Ok(delivery)
    }

    /// Sends the event, and waits until every recipient has acknowledged or disconnected, or until the
    /// [`timeout`](Self::timeout).
    ///
    /// The result contains the acknowledgements that arrived, and lists the sockets whose acknowledgement is missing by
    /// reason: see [`Answers`].
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
    ///     async fn start(&self, socket: &Socket<Self>, table: String) -> Result<usize, EventError> {
    ///         let players = socket.to(table).timeout(Duration::from_secs(10));
    ///         let answers = players.emit_with_ack(Ready).await?;
    ///         Ok(answers.values().filter(|ready| **ready).count())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Unwritable`] if the event cannot be serialized to JSON.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future discards the acknowledgements. The event is sent when the future is first polled.
    pub fn emit_with_ack<'a, E>(&'a self, event: E) -> BoxFuture<'a, Result<Answers<E::Ack>, EmitError>>
    where
        E: EmittedBy<N> + Send + 'a,
        E::Ack: Received,
    {
        // Boxed, as in `Socket::emit_with_ack`.
        Box::pin(self.send_with_ack(E::NAME, event))
    }

    /// Sends an event whose name is known only at run time, and waits for the acknowledgements of all recipients. Each
    /// is deserialized as `T`.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Reserved`] if Socket.IO reserves the name, and the errors of
    /// [`emit_with_ack`](Self::emit_with_ack).
    ///
    /// # Cancel safety
    ///
    /// Like [`emit_with_ack`](Self::emit_with_ack).
    pub fn emit_named_with_ack<'a, T: Received>(
        &'a self,
        name: &'a str,
        arguments: impl ArgumentList + Send + 'a,
    ) -> BoxFuture<'a, Result<Answers<T>, EmitError>> {
        Box::pin(
            async move { self.send_with_ack(EmitError::check_not_reserved(name)?, ArgumentPayload(arguments)).await },
        )
    }

    async fn send_with_ack<T: Received>(&self, name: &str, event: impl Serialize) -> Result<Answers<T>, EmitError> {
        let id = self.namespace.next_ack();
        let packet = self.packet(Some(id), name, &event)?;
        drop(event);
        let (sink, events) = channel();
        let event = (id, &packet, self.flags.volatile);
        let request = BroadcastAckRequest::send(&self.namespace, &self.target, self.sender.as_ref(), event, &sink);
        match self.adapter() {
            Some(adapter) => {
                let data = Data::of(&packet, self.namespace.address());
                adapter.broadcast(&self.remote_target(), self.flags, &data, Some(sink));
            }
            None => drop(sink),
        }
        drop(packet);
        let span = Span::acks(name, self.namespace.path(), request.recipients().len());
        let answers = span.instrument(collect(request, events, self.flags.timeout)).await;
        self.namespace.observed.answers(&span, &answers);
        Ok(answers)
    }

    /// Returns the selected sockets of this server, and in a cluster those of the other servers.
    ///
    /// # Errors
    ///
    /// Returns an [`AdapterError`] if the other servers cannot be reached or do not answer within the
    /// [`timeout`](Self::timeout). Never fails without a cluster, or after [`local`](Self::local).
    pub async fn fetch_sockets(&self) -> Result<Vec<RemoteSocket<N>>, AdapterError> {
        let mut found: Vec<_> = self.local_sockets().into_iter().map(RemoteSocket::on_this_server).collect();
        if let Some(adapter) = self.adapter() {
            let remote_sockets = adapter.fetch(&self.remote_target(), self.flags.timeout).await?;
            found.extend(
                remote_sockets
                    .into_iter()
                    .map(|details| RemoteSocket::on_other_server(self.namespace.clone(), details)),
            );
        }
        Ok(found)
    }

    /// Returns the selected sockets of this server.
    pub(super) fn local_sockets(&self) -> Vec<Socket<N>> {
        let mut sockets = Vec::new();
        self.namespace
            .for_each_connected(&self.target, self.sender.as_ref(), |socket| sockets.push(Socket::new(socket.clone())));
        sockets
    }

    /// Adds the sockets to one or several rooms. In a cluster, sockets of other servers join a little later.
    ///
    /// For each socket at the limit of [`Server::max_rooms`](crate::Server::max_rooms), the error hook receives a
    /// [`HandlerError`](crate::HandlerError).
    pub fn sockets_join(&self, rooms: impl Rooms) {
        let rooms = names(rooms);
        self.namespace.join_all(&self.target, self.sender.as_ref(), &rooms);
        if let Some(adapter) = self.adapter() {
            adapter.join(&self.remote_target(), &rooms);
        }
    }

    /// Removes the sockets from one or several rooms. In a cluster, sockets of other servers leave a little later.
    pub fn sockets_leave(&self, rooms: impl Rooms) {
        let rooms = names(rooms);
        self.namespace.leave_all(&self.target, self.sender.as_ref(), &rooms);
        if let Some(adapter) = self.adapter() {
            adapter.leave(&self.remote_target(), &rooms);
        }
    }

    /// Disconnects the sockets from the namespace, like [`Socket::disconnect`].
    pub fn disconnect_sockets(&self) {
        self.disconnect(false);
    }

    /// Closes the connections of the sockets, like [`Socket::close`].
    pub fn close_sockets(&self) {
        self.disconnect(true);
    }

    fn disconnect(&self, close: bool) {
        self.namespace.disconnect_all(&self.target, self.sender.as_ref(), close);
        if let Some(adapter) = self.adapter() {
            adapter.disconnect(&self.remote_target(), close);
        }
    }

    fn packet<T: Serialize + ?Sized>(&self, id: Option<u64>, name: &str, event: &T) -> Result<Encoded, EmitError> {
        let packet = match id {
            None if !self.flags.volatile => self.namespace.event(name, event),
            _ => encode::event(self.namespace.address(), id, name, event),
        };
        Ok(packet.map_err(|source| EmitError::unwritable(name, source))?.for_many())
    }

    /// Returns the adapter, if sockets of other servers are selected.
    fn adapter(&self) -> Option<&dyn Adapter> {
        if self.local { None } else { self.namespace.server_side.adapter() }
    }

    /// Returns the selection for other servers, which excludes the sender by its id.
    fn remote_target(&self) -> Target {
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
            namespace: self.namespace.clone(),
            sender: self.sender.clone(),
            target: self.target.clone(),
            flags: self.flags,
            local: self.local,
            marker: PhantomData,
        }
    }
}

impl<N: Namespace> fmt::Debug for Broadcast<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Broadcast");
        debug.field("namespace", &self.namespace.path()).field("target", &self.target).field("flags", &self.flags);
        debug.field("local", &self.local).finish_non_exhaustive()
    }
}
