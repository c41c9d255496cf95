//! A namespace from outside of its handlers.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answers::{ServerAnswers, collect_of_servers};
use super::asked::{AnswerSink, channel};
use super::broadcast::{Broadcast, Delivery};
use super::error::EmitError;
use super::hub::Hub;
use super::outside::Outside;
use super::remote::RemoteSocket;
use super::room_events::RoomEvents;
use super::socket::Socket;
use crate::adapter::{AdapterError, BoxFuture, Data, Flags};
use crate::contract::{ArgumentList, EmittedBy, Event, Namespace, PathParams, Received, Room, Rooms};

/// Namespace `N` of a running server: to emit to its sockets from anywhere.
pub struct NamespaceHandle<N: Namespace> {
    hub: Arc<Hub>,
    namespace: PhantomData<fn() -> N>,
}

impl<N: Namespace> NamespaceHandle<N> {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub, namespace: PhantomData }
    }

    /// The path that clients connect to.
    pub fn path(&self) -> &str {
        self.hub.path()
    }

    /// The parameters of the path, of [`Namespace::Params`].
    pub fn params(&self) -> &<N::Params as PathParams>::Values {
        self.hub.params::<N>()
    }
    // ---- broadcasting ----

    /// Sends an event to everybody in the namespace.
    ///
    /// # Errors
    ///
    /// [`EmitError::Unwritable`] when the event cannot be expressed in JSON.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<Delivery, EmitError> {
        self.broadcast().emit(event)
    }

    /// Sends an event whose name is known only at run time to every socket of the namespace: see [`Broadcast::emit_named`].
    ///
    /// # Errors
    ///
    /// [`EmitError::Reserved`] when Socket.IO keeps the name for itself, else as [`emit`](Self::emit).
    pub fn emit_named(&self, name: &str, arguments: impl ArgumentList) -> Result<Delivery, EmitError> {
        self.broadcast().emit_named(name, arguments)
    }

    /// Sends an event of the name `message` to everybody in the namespace: see [`Broadcast::send`].
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub fn send<T: Serialize>(&self, message: T) -> Result<Delivery, EmitError> {
        self.broadcast().send(message)
    }

    /// A broadcast to the members of a room, or of several.
    pub fn to(&self, rooms: impl Rooms) -> Broadcast<N> {
        self.broadcast().to(rooms)
    }

    /// A broadcast to everybody but the members of a room, or of several.
    pub fn except(&self, rooms: impl Rooms) -> Broadcast<N> {
        self.broadcast().except(rooms)
    }

    /// A broadcast to everybody.
    pub fn broadcast(&self) -> Broadcast<N> {
        Broadcast::new(self.hub.clone(), None)
    }

    // ---- all sockets ----

    /// Finds all sockets, in a cluster those of all servers: see [`Broadcast::fetch_sockets`].
    ///
    /// # Errors
    ///
    /// When other servers could not be asked, or did not answer in time.
    pub async fn fetch_sockets(&self) -> Result<Vec<RemoteSocket<N>>, AdapterError> {
        self.broadcast().fetch_sockets().await
    }

    /// Lets all sockets enter a room, or several.
    pub fn sockets_join(&self, rooms: impl Rooms) {
        self.broadcast().sockets_join(rooms);
    }

    /// Lets all sockets leave a room, or several.
    pub fn sockets_leave(&self, rooms: impl Rooms) {
        self.broadcast().sockets_leave(rooms);
    }

    /// Disconnects all sockets from the namespace, as [`Socket::disconnect`] does.
    pub fn disconnect_sockets(&self) {
        self.broadcast().disconnect_sockets();
    }

    /// Closes the connections of all sockets, as [`Socket::close`] does.
    pub fn close_sockets(&self) {
        self.broadcast().close_sockets();
    }

    // ---- this server ----

    /// The socket of this id, while it is connected to this server.
    pub fn socket(&self, id: &str) -> Option<Socket<N>> {
        self.hub.socket(id).map(Socket::new)
    }

    /// The sockets that are connected to this server.
    pub fn sockets(&self) -> Vec<Socket<N>> {
        self.broadcast().local_sockets()
    }

    /// The ids of the sockets that are connected to this server.
    pub fn socket_ids(&self) -> Vec<String> {
        self.hub.everybody().iter().map(|socket| socket.id().to_string()).collect()
    }

    /// How many sockets are connected to this server.
    pub fn socket_count(&self) -> usize {
        self.hub.count()
    }

    /// The rooms that sockets of this server have joined, in no order. The rooms of their own ids are not among them:
    /// those are the [`socket_ids`](Self::socket_ids).
    pub fn rooms(&self) -> Vec<String> {
        self.hub.rooms.names()
    }

    /// How many rooms [`rooms`](Self::rooms) lists.
    pub fn room_count(&self) -> usize {
        self.hub.rooms.count()
    }

    /// The ids of the sockets of this server that are in a room, in no order.
    ///
    /// Neither this nor the other listings hold up broadcasts, joins or leaves: they go over a copy.
    pub fn members(&self, room: impl Room) -> Vec<String> {
        self.to(room).local_sockets().iter().map(|socket| socket.id().to_owned()).collect()
    }

    /// What happens to the rooms of this server from now on: those of the sockets' own ids, too.
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
        self.hub.rooms.watch.watch()
    }

    // ---- the cluster ----

    /// How many servers the cluster has, this one included: 1 without a cluster.
    ///
    /// # Errors
    ///
    /// When that cannot be found out.
    pub async fn server_count(&self) -> Result<usize, AdapterError> {
        match self.hub.outside.adapter() {
            Some(adapter) => adapter.server_count().await,
            None => Ok(1),
        }
    }

    /// Sends an event to this namespace of the other servers: to the servers, not to their clients. Without a cluster,
    /// nobody is there to get it.
    ///
    /// # Errors
    ///
    /// [`EmitError::Reserved`] or [`EmitError::Unwritable`].
    pub fn server_side_emit<E: Event + Serialize>(&self, event: E) -> Result<(), EmitError> {
        self.tell_servers(&event, Flags::default(), None)
    }

    /// Sends an event to this namespace of the other servers, and waits for their acknowledgements: for all of them, or
    /// until the time is over. Without a cluster, it ends at once without any.
    ///
    /// # Errors
    ///
    /// [`EmitError::Reserved`] or [`EmitError::Unwritable`].
    pub fn server_side_emit_with_ack<'a, E>(
        &'a self,
        event: E,
        limit: Duration,
    ) -> BoxFuture<'a, Result<ServerAnswers<E::Ack>, EmitError>>
    where
        E: Event + Serialize + Send + 'a,
        E::Ack: Received,
    {
        // A box, as in `Socket::emit_with_ack`.
        Box::pin(self.ask_servers(event, limit))
    }

    async fn ask_servers<E: Event + Serialize>(
        &self,
        event: E,
        limit: Duration,
    ) -> Result<ServerAnswers<E::Ack>, EmitError>
    where
        E::Ack: DeserializeOwned,
    {
        let (sink, heard) = channel();
        let flags = Flags { timeout: Some(limit), ..Flags::default() };
        self.tell_servers(&event, flags, Some(sink))?;
        drop(event);
        Ok(collect_of_servers(heard, limit).await)
    }

    fn tell_servers<E: Event + Serialize>(
        &self,
        event: &E,
        flags: Flags,
        answers: Option<AnswerSink>,
    ) -> Result<(), EmitError> {
        if Outside::is_reserved(E::NAME) {
            return Err(EmitError::Reserved { event: E::NAME.to_owned() });
        }
        let data = Data::write_event(E::NAME, event);
        let data = data.map_err(|source| EmitError::unwritable(E::NAME, source))?;
        if let Some(adapter) = self.hub.outside.adapter() {
            adapter.server_side_emit(flags, &data, answers);
        }
        Ok(())
    }

    /// Listens to an event that other servers send to this namespace; what the listener returns is the acknowledgement.
    /// An event has one listener: a later one takes its place.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use switchboard::prelude::*;
    /// /// Asks a server how many clients it has.
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
        self.hub.outside.listen(listener);
    }

    /// Listens to `E` from other servers no more. False when nobody did.
    pub fn off_server_side<E: Event>(&self) -> bool {
        self.hub.outside.unlisten(E::NAME)
    }
}

impl<N: Namespace> Clone for NamespaceHandle<N> {
    fn clone(&self) -> Self {
        Self::new(self.hub.clone())
    }
}

impl<N: Namespace> fmt::Debug for NamespaceHandle<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamespaceHandle").field("path", &self.hub.path()).finish_non_exhaustive()
    }
}

/// The namespaces that a pattern has at one instant: one for each path that clients are connected to.
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
    pub(crate) fn new(hubs: Vec<Arc<Hub>>) -> Self {
        Self(hubs.into_iter().map(NamespaceHandle::new).collect())
    }

    /// Sends an event to everybody in all of the namespaces.
    ///
    /// # Errors
    ///
    /// [`EmitError::Unwritable`] when the event cannot be expressed in JSON.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<Delivery, EmitError> {
        let mut total = Delivery { sent: 0, failed: 0 };
        for child in &self.0 {
            let Delivery { sent, failed } = child.emit(&event)?;
            total.sent += sent;
            total.failed += failed;
        }
        Ok(total)
    }

    /// The namespaces, in no order.
    pub fn iter(&self) -> std::slice::Iter<'_, NamespaceHandle<N>> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
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
