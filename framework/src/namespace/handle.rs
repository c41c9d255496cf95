//! A handle to a namespace, for use outside of its handlers.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::broadcast::{Broadcast, Delivery};
use super::broadcast_ack::{AnswerSink, channel};
use super::broadcast_ack::{ServerAnswers, collect_from_servers};
use super::error::EmitError;
use super::namespace_state::NamespaceState;
use super::remote::RemoteSocket;
use super::room_events::RoomEvents;
use super::server_side::ServerSide;
use super::socket::Socket;
use crate::adapter::{AdapterError, BoxFuture, Data, Flags};
use crate::contract::{ArgumentList, EmittedBy, Event, Namespace, PathParams, Received, Room, Rooms};

/// Namespace `N` of a running server. Use it to emit to its sockets from anywhere in the program.
pub struct NamespaceHandle<N: Namespace> {
    namespace: Arc<NamespaceState>,
    marker: PhantomData<fn() -> N>,
}

impl<N: Namespace> NamespaceHandle<N> {
    pub(crate) fn new(namespace: Arc<NamespaceState>) -> Self {
        Self { namespace, marker: PhantomData }
    }

    /// Returns the path that clients connect to.
    pub fn path(&self) -> &str {
        self.namespace.path()
    }

    /// Returns the parameters of the path, of type [`Namespace::Params`].
    pub fn params(&self) -> &<N::Params as PathParams>::Values {
        self.namespace.params::<N>()
    }
    // ---- broadcasting ----

    /// Sends an event to every socket of the namespace.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Unwritable`] if the event cannot be serialized to JSON.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<Delivery, EmitError> {
        self.broadcast().emit(event)
    }

    /// Sends an event whose name is known only at run time to every socket of the namespace: see
    /// [`Broadcast::emit_named`].
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Reserved`] if Socket.IO reserves the name, and the errors of [`emit`](Self::emit).
    pub fn emit_named(&self, name: &str, arguments: impl ArgumentList) -> Result<Delivery, EmitError> {
        self.broadcast().emit_named(name, arguments)
    }

    /// Sends an event with the name `message` to every socket of the namespace: see [`Broadcast::send`].
    ///
    /// # Errors
    ///
    /// Like [`emit`](Self::emit).
    pub fn send<T: Serialize>(&self, message: T) -> Result<Delivery, EmitError> {
        self.broadcast().send(message)
    }

    /// Creates a broadcast to the members of one or several rooms.
    pub fn to(&self, rooms: impl Rooms) -> Broadcast<N> {
        self.broadcast().to(rooms)
    }

    /// Creates a broadcast to every socket except the members of one or several rooms.
    pub fn except(&self, rooms: impl Rooms) -> Broadcast<N> {
        self.broadcast().except(rooms)
    }

    /// Creates a broadcast to every socket.
    pub fn broadcast(&self) -> Broadcast<N> {
        Broadcast::new(self.namespace.clone(), None)
    }

    // ---- all sockets ----

    /// Returns all sockets, in a cluster those of all servers: see [`Broadcast::fetch_sockets`].
    ///
    /// # Errors
    ///
    /// Returns an [`AdapterError`] if the other servers cannot be reached, or do not answer in time.
    pub async fn fetch_sockets(&self) -> Result<Vec<RemoteSocket<N>>, AdapterError> {
        self.broadcast().fetch_sockets().await
    }

    /// Adds all sockets to one or several rooms.
    pub fn sockets_join(&self, rooms: impl Rooms) {
        self.broadcast().sockets_join(rooms);
    }

    /// Removes all sockets from one or several rooms.
    pub fn sockets_leave(&self, rooms: impl Rooms) {
        self.broadcast().sockets_leave(rooms);
    }

    /// Disconnects all sockets from the namespace, like [`Socket::disconnect`].
    pub fn disconnect_sockets(&self) {
        self.broadcast().disconnect_sockets();
    }

    /// Closes the connections of all sockets, like [`Socket::close`].
    pub fn close_sockets(&self) {
        self.broadcast().close_sockets();
    }

    // ---- this server ----

    /// Returns the socket with this id, if it is connected to this server.
    pub fn socket(&self, id: &str) -> Option<Socket<N>> {
        self.namespace.socket(id).map(Socket::new)
    }

    /// Returns the sockets that are connected to this server.
    pub fn sockets(&self) -> Vec<Socket<N>> {
        self.broadcast().local_sockets()
    }

    /// Returns the ids of the sockets that are connected to this server.
    pub fn socket_ids(&self) -> Vec<String> {
        self.namespace.all_sockets().iter().map(|socket| socket.id().to_string()).collect()
    }

    /// Returns the number of sockets that are connected to this server.
    pub fn socket_count(&self) -> usize {
        self.namespace.count()
    }

    /// Returns the rooms that sockets of this server have joined, in no particular order. Does not include the rooms of
    /// the sockets' own ids, which [`socket_ids`](Self::socket_ids) returns.
    pub fn rooms(&self) -> Vec<String> {
        self.namespace.rooms.names()
    }

    /// Returns the number of rooms that [`rooms`](Self::rooms) lists.
    pub fn room_count(&self) -> usize {
        self.namespace.rooms.count()
    }

    /// Returns the ids of the sockets of this server that are in a room, in no particular order.
    ///
    /// Like the other lists, it is made from a copy, and does not block broadcasts, joins or leaves.
    pub fn members(&self, room: impl Room) -> Vec<String> {
        self.to(room).local_sockets().iter().map(|socket| socket.id().to_owned()).collect()
    }

    /// Subscribes to the room events of this server, including those of the rooms of the sockets' own ids.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// # use switchboard::RoomEvent;
    /// # struct Chat;
    /// # #[namespace("/chat")]
    /// # impl Chat {}
    /// # async fn watch(chat: NamespaceHandle<Chat>) {
    /// let mut events = chat.room_events();
    /// while let Some(event) = events.next().await {
    ///     if let RoomEvent::Deleted { room } = event {
    ///         println!("nobody is in {room:?} any more");
    ///     }
    /// }
    /// # }
    /// ```
    pub fn room_events(&self) -> RoomEvents {
        self.namespace.rooms.subscribers.subscribe()
    }

    // ---- the cluster ----

    /// Returns the number of servers in the cluster, including this one. Without a cluster, returns 1.
    ///
    /// # Errors
    ///
    /// Returns an [`AdapterError`] if the adapter cannot determine the number.
    pub async fn server_count(&self) -> Result<usize, AdapterError> {
        match self.namespace.server_side.adapter() {
            Some(adapter) => adapter.server_count().await,
            None => Ok(1),
        }
    }

    /// Sends an event to this namespace of the other servers: to the servers, not to their clients. Does nothing
    /// without a cluster.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Reserved`] or [`EmitError::Unwritable`].
    pub fn server_side_emit<E: Event + Serialize>(&self, event: E) -> Result<(), EmitError> {
        self.emit_to_servers(&event, Flags::default(), None)
    }

    /// Sends an event to this namespace of the other servers, and waits until all servers have acknowledged, or until
    /// `limit` has elapsed. Without a cluster, returns an empty result at once.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Reserved`] or [`EmitError::Unwritable`].
    pub fn server_side_emit_with_ack<'a, E>(
        &'a self,
        event: E,
        limit: Duration,
    ) -> BoxFuture<'a, Result<ServerAnswers<E::Ack>, EmitError>>
    where
        E: Event + Serialize + Send + 'a,
        E::Ack: Received,
    {
        // Boxed, as in `Socket::emit_with_ack`.
        Box::pin(self.emit_to_servers_with_ack(event, limit))
    }

    async fn emit_to_servers_with_ack<E: Event + Serialize>(
        &self,
        event: E,
        limit: Duration,
    ) -> Result<ServerAnswers<E::Ack>, EmitError>
    where
        E::Ack: DeserializeOwned,
    {
        let (sink, events) = channel();
        let flags = Flags { timeout: Some(limit), ..Flags::default() };
        self.emit_to_servers(&event, flags, Some(sink))?;
        drop(event);
        Ok(collect_from_servers(events, limit).await)
    }

    fn emit_to_servers<E: Event + Serialize>(
        &self,
        event: &E,
        flags: Flags,
        answers: Option<AnswerSink>,
    ) -> Result<(), EmitError> {
        if ServerSide::is_reserved(E::NAME) {
            return Err(EmitError::Reserved { event: E::NAME.to_owned() });
        }
        let data = Data::write_event(E::NAME, event);
        let data = data.map_err(|source| EmitError::unwritable(E::NAME, source))?;
        if let Some(adapter) = self.namespace.server_side.adapter() {
            adapter.server_side_emit(flags, &data, answers);
        }
        Ok(())
    }

    /// Adds a listener for an event that other servers send to this namespace. Its return value is the acknowledgement.
    /// An event has one listener: a new one replaces the previous one.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use switchboard::prelude::*;
    /// /// Requests the number of clients of a server.
    /// #[event("load", ack = usize)]
    /// struct Load;
    ///
    /// # struct Chat;
    /// # #[namespace("/chat")]
    /// # impl Chat {}
    /// # async fn run() -> Result<(), switchboard::EmitError> {
    /// let server = Server::new().namespace(Chat).build();
    /// let chat = server.namespace::<Chat>();
    /// chat.on_server_side(move |Load| {
    ///     let count = server.client_count();
    ///     async move { count }
    /// });
    /// let loads = chat.server_side_emit_with_ack(Load, Duration::from_secs(5)).await?;
    /// println!("{} at other servers", loads.answers.iter().sum::<usize>());
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_server_side<E, F, Fut>(&self, listener: F)
    where
        E: Event + DeserializeOwned + Send,
        E::Ack: Serialize,
        F: Fn(E) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = E::Ack> + Send + 'static,
    {
        self.namespace.server_side.set_listener(listener);
    }

    /// Removes the listener for `E` from other servers. Returns `true` if there was one.
    pub fn off_server_side<E: Event>(&self) -> bool {
        self.namespace.server_side.remove_listener(E::NAME)
    }
}

impl<N: Namespace> Clone for NamespaceHandle<N> {
    fn clone(&self) -> Self {
        Self::new(self.namespace.clone())
    }
}

impl<N: Namespace> fmt::Debug for NamespaceHandle<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamespaceHandle").field("path", &self.namespace.path()).finish_non_exhaustive()
    }
}

/// The children of a namespace with many paths that currently exist: one for each path to which clients are connected.
///
/// ```
/// # use switchboard::prelude::*;
/// # #[event("maintenance")]
/// # struct Maintenance;
/// # struct Tenant;
/// #[namespace("/tenant-{id}", params(id: u32), emits(Maintenance))]
/// impl Tenant {}
///
/// let server = Server::new().namespace(Tenant).build();
/// server.children::<Tenant>().emit(Maintenance)?;
/// for tenant in server.children::<Tenant>().iter().filter(|tenant| *tenant.params() > 100) {
///     tenant.to("admins").emit(Maintenance)?;
/// }
/// # Ok::<(), switchboard::EmitError>(())
/// ```
pub struct Children<N: Namespace>(Vec<NamespaceHandle<N>>);

impl<N: Namespace> Children<N> {
    pub(crate) fn new(namespaces: Vec<Arc<NamespaceState>>) -> Self {
        Self(namespaces.into_iter().map(NamespaceHandle::new).collect())
    }

    /// Sends an event to every socket of all children.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Unwritable`] if the event cannot be serialized to JSON.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<Delivery, EmitError> {
        let mut total = Delivery { sent: 0, failed: 0 };
        for child in &self.0 {
            let Delivery { sent, failed } = child.emit(&event)?;
            total.sent += sent;
            total.failed += failed;
        }
        Ok(total)
    }

    /// Returns an iterator over the children, in no particular order.
    pub fn iter(&self) -> std::slice::Iter<'_, NamespaceHandle<N>> {
        self.0.iter()
    }

    /// Returns the number of children.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Namespace> IntoIterator for Children<N> {
    type Item = NamespaceHandle<N>;
    type IntoIter = std::vec::IntoIter<NamespaceHandle<N>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, N: Namespace> IntoIterator for &'a Children<N> {
    type Item = &'a NamespaceHandle<N>;
    type IntoIter = std::slice::Iter<'a, NamespaceHandle<N>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<N: Namespace> fmt::Debug for Children<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}
