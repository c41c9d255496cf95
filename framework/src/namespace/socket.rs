//! The socket that handlers use, typed by its namespace.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::broadcast::Broadcast;
use super::error::{AckError, EmitError, HandlerErrorKind, JoinError};
use super::handle::NamespaceHandle;
use super::pending_acks::PendingAck;
use super::reason::DisconnectReason;
use super::socket_inner::SocketInner;
use crate::adapter::BoxFuture;
use crate::contract::{ArgumentList, ArgumentPayload, EmittedBy, Namespace, PathParams, Received, Rooms};
use crate::engine::handshake::Handshake;
use crate::protocol::encode;
use crate::rate::Rate;
use crate::wire::acknowledged;

/// A client that is connected to namespace `N`. This is a handle, so cloning it is cheap.
///
/// It may outlive the client: emitting to a disconnected socket returns [`EmitError::Disconnected`].
pub struct Socket<N: Namespace> {
    inner: Arc<SocketInner>,
    marker: PhantomData<fn() -> N>,
}

impl<N: Namespace> Socket<N> {
    #[inline(always)]
    pub(crate) fn inner(&self) -> &Arc<SocketInner> {
        &self.inner
    }

    pub(super) fn new(inner: Arc<SocketInner>) -> Self {
        Self { inner, marker: PhantomData }
    }

    /// Returns the socket's public id: 20 characters, new for each connection, and equal to `socket.id` on the client.
    ///
    /// The socket is automatically in a room of this name, so `socket.to(id)` is a private message.
    pub fn id(&self) -> &str {
        self.inner.id()
    }

    /// Returns the session, which `#[on_connect]` returned for this socket.
    ///
    /// # Panics
    ///
    /// In guards and in `#[on_connect]`, which run before the session exists.
    pub fn session(&self) -> &N::Session {
        let session = self.inner.session().and_then(|session| session.downcast_ref());
        session.unwrap_or_else(|| panic!("the session of a socket exists once `#[on_connect]` has returned it"))
    }

    /// Returns the HTTP request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        self.inner.connection.session.handshake()
    }

    /// Returns the `auth` payload that the client sent in its CONNECT packet, as JSON. `Auth<T>` deserializes it.
    pub fn auth(&self) -> Option<&str> {
        self.inner.auth()
    }

    /// Returns `true` if the client is connected: from the reply to its CONNECT packet until the disconnection.
    pub fn is_connected(&self) -> bool {
        self.inner.is_connected()
    }

    /// Returns `true` if this socket was recovered after its connection was lost: it has the same id and rooms, and
    /// receives the events that it missed. Guards and `#[on_connect]` can call it, too. See
    /// [`Server::recovery`](crate::Server::recovery).
    pub fn recovered(&self) -> bool {
        self.inner.is_recovered()
    }

    pub(crate) fn skips_guards(&self) -> bool {
        self.inner.skips_guards()
    }

    pub(crate) fn previous_session(&self) -> Option<Arc<N::Session>> {
        self.inner.previous_session()?.downcast().ok()
    }

    /// Returns the namespace, to emit to all its sockets or to rooms, including this socket.
    pub fn namespace(&self) -> NamespaceHandle<N> {
        NamespaceHandle::new(self.inner.namespace.clone())
    }

    /// Returns the parameters of the path that the client connected to, of type [`Namespace::Params`]. See
    /// [`Params`](crate::Params).
    pub fn params(&self) -> &<N::Params as PathParams>::Values {
        self.inner.namespace.params::<N>()
    }

    pub(crate) fn shared_params(&self) -> Arc<<N::Params as PathParams>::Values> {
        self.inner.namespace.shared_params::<N>()
    }

    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.inner.shared.state.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }

    /// Reports an error to the server's error hook.
    pub(crate) fn report(&self, event: &str, kind: HandlerErrorKind) {
        self.inner.report(event.to_owned(), kind);
    }

    /// Counts an event against a rate limit, which is identified by the location that creates it.
    pub(crate) fn check_rate(
        &self,
        location: &'static Location<'static>,
        rate: Rate,
        now: tokio::time::Instant,
    ) -> Result<(), Duration> {
        let result = self.inner.rate_limits.take(location, rate, now);
        if result.is_err() {
            self.inner.namespace.observed.rate_limited();
        }
        result
    }

    // ---- emitting ----

    /// Sends an event to this client.
    ///
    /// Returns once the event is queued. Events that one task emits to one socket arrive in order. Events that are
    /// emitted in `#[on_connect]` arrive after the reply to the CONNECT packet.
    ///
    /// # Errors
    ///
    /// Returns an [`EmitError`] if the event was not sent.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<(), EmitError> {
        self.send_event(E::NAME, &event, None, false)
    }

    /// Drops the next event if the transport is not ready. Use it for values of which only the latest matters.
    pub fn volatile(&self) -> Volatile<'_, N> {
        Volatile(self)
    }

    /// Sends an event whose name is known only at run time. The namespace need not declare it, and only its name is
    /// checked.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// # struct Bridge;
    /// # #[namespace("/bridge")]
    /// # impl Bridge {
    /// /// socket.emit("subscribe", "prices"), then socket.on("prices", (name, value) => ..)
    /// #[on("subscribe")]
    /// fn subscribe(&self, socket: &Socket<Self>, topic: String) -> Result<(), EventError> {
    ///     Ok(socket.emit_named(&topic, ("tea", 1.5))?)
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Reserved`] if Socket.IO reserves the name, and the errors of [`emit`](Self::emit).
    pub fn emit_named(&self, name: &str, arguments: impl ArgumentList) -> Result<(), EmitError> {
        self.send_event(EmitError::check_not_reserved(name)?, &ArgumentPayload(arguments), None, false)
    }

    pub(super) fn send_event<T: Serialize + ?Sized>(
        &self,
        name: &str,
        event: &T,
        id: Option<u64>,
        volatile: bool,
    ) -> Result<(), EmitError> {
        let packet = match id {
            None if !volatile => self.inner.namespace.event(name, event),
            _ => encode::event(self.inner.namespace.address(), id, name, event),
        };
        let packet = packet.map_err(|source| EmitError::unwritable(name, source))?;
        #[cfg(feature = "testing")]
        self.inner.record_emission(&packet);
        let sent = self.inner.emit(&packet, volatile);
        self.inner.namespace.observed.emitted(&sent);
        sent
    }

    /// Allows or forbids compression of the next event. Has no effect, because this server does not compress single
    /// messages. It exists for compatibility with Node's API.
    pub fn compress(&self, compress: bool) -> &Self {
        let _ = compress;
        self
    }

    /// Sends an event and waits for the client's acknowledgement, without a timeout.
    ///
    /// A handler can wait for its own client, because acknowledgements are not queued behind events. Guards and
    /// `#[on_connect]` cannot wait, because the client receives nothing before they accept it.
    ///
    /// # Errors
    ///
    /// See [`AckError`]. If the client disconnects, returns [`AckError::Disconnected`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future discards the acknowledgement. The event is sent when the future is first polled.
    pub fn emit_with_ack<'a, E>(&'a self, event: E) -> BoxFuture<'a, Result<E::Ack, AckError>>
    where
        E: EmittedBy<N> + Send + 'a,
        E::Ack: Received,
    {
        // Boxed, because the future of an `async fn` contains the event's type, and rustc would report an undeclared
        // event at each use.
        Box::pin(self.send_with_ack(E::NAME, event, None))
    }

    /// Sends an event whose name is known only at run time, and waits for the client's acknowledgement. The
    /// acknowledgement is deserialized as `T`.
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
    ) -> BoxFuture<'a, Result<T, AckError>> {
        Box::pin(async move {
            self.send_with_ack(EmitError::check_not_reserved(name)?, ArgumentPayload(arguments), None).await
        })
    }

    async fn send_with_ack<T: Received>(
        &self,
        name: &str,
        event: impl Serialize,
        limit: Option<Duration>,
    ) -> Result<T, AckError> {
        let observed = self.inner.namespace.observed.ask(name, self.id());
        let ack = match self.send_and_register_ack(name, event) {
            Ok(pending) => observed.instrument(wait_for_ack(name, pending, limit)).await,
            Err(error) => Err(error),
        };
        observed.end(&ack);
        ack
    }

    /// Sends an event that requests an acknowledgement.
    fn send_and_register_ack(&self, name: &str, event: impl Serialize) -> Result<PendingAck<'_>, AckError> {
        if self.inner.is_connecting() {
            return Err(AckError::NotConnected);
        }
        let id = self.inner.namespace.next_ack();
        let pending = self.inner.pending_acks.insert(id);
        self.send_event(name, &event, Some(id), false)?;
        if self.inner.is_disconnected() { Err(AckError::Disconnected) } else { Ok(pending) }
    }

    /// Sets a timeout for the acknowledgement of the next event.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use switchboard::prelude::*;
    /// # #[event("confirm", ack = bool)]
    /// # struct Confirm { question: String }
    /// # struct Shop;
    /// # #[namespace("/shop", emits(Confirm))]
    /// # impl Shop {
    /// #[on("order")]
    /// async fn order(&self, socket: &Socket<Self>) -> bool {
    ///     let question = Confirm { question: "really?".into() };
    ///     socket.timeout(Duration::from_secs(30)).emit_with_ack(question).await.unwrap_or(false)
    /// }
    /// # }
    /// ```
    pub fn timeout(&self, limit: Duration) -> Timeout<'_, N> {
        Timeout { socket: self, limit }
    }

    // ---- broadcasting ----

    /// Creates a broadcast to the members of one or several rooms, except this socket.
    pub fn to(&self, rooms: impl Rooms) -> Broadcast<N> {
        self.broadcast().to(rooms)
    }

    /// Creates a broadcast to all sockets of the namespace, except the members of one or several rooms and this socket.
    pub fn except(&self, rooms: impl Rooms) -> Broadcast<N> {
        self.broadcast().except(rooms)
    }

    /// Creates a broadcast to all sockets of the namespace, except this socket.
    pub fn broadcast(&self) -> Broadcast<N> {
        Broadcast::new(self.inner.namespace.clone(), Some(self.inner.clone()))
    }

    /// Creates a broadcast to all sockets of the namespace on this server, except this socket.
    pub fn local(&self) -> Broadcast<N> {
        self.broadcast().local()
    }

    // ---- rooms ----

    /// Joins one or several rooms. Does nothing if the socket is already a member, or is disconnected.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// # struct Chat;
    /// # #[namespace("/chat")]
    /// # impl Chat {
    /// #[on("watch")]
    /// fn watch(&self, socket: &Socket<Self>, topics: Vec<String>) -> Result<(), JoinError> {
    ///     socket.join(topics)
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns a [`JoinError`] if the socket is at the limit of [`Server::max_rooms`](crate::Server::max_rooms). Of
    /// several rooms, it has joined those before the error.
    pub fn join(&self, rooms: impl Rooms) -> Result<(), JoinError> {
        let mut joined = Ok(());
        rooms.each(|room| {
            if joined.is_ok() {
                joined = self.inner.join(&room);
            }
        });
        joined
    }

    /// Leaves one or several rooms.
    pub fn leave(&self, rooms: impl Rooms) {
        rooms.each(|room| self.inner.leave(&room));
    }

    /// Returns the rooms that the socket is in, including the room of its own id. In `#[on_disconnect]`, returns the
    /// rooms that it was in when it was disconnected.
    pub fn rooms(&self) -> Vec<String> {
        self.inner.rooms()
    }

    // ---- disconnection ----

    /// Waits until the socket is disconnected, and returns the reason. Completes at once if it already is.
    ///
    /// The future borrows nothing, so it can be moved to another task. It completes before `#[on_disconnect]` runs,
    /// because that hook waits for running handlers.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use switchboard::prelude::*;
    /// # struct Clock;
    /// #[event("tick")]
    /// struct Tick(u64);
    ///
    /// #[namespace("/clock", emits(Tick))]
    /// impl Clock {
    ///     #[on("start")]
    ///     fn start(&self, socket: Socket<Self>) {
    ///         tokio::spawn(async move {
    ///             let mut seconds = tokio::time::interval(Duration::from_secs(1));
    ///             for second in 0.. {
    ///                 tokio::select! {
    ///                     _ = socket.closed() => return,
    ///                     _ = seconds.tick() => drop(socket.emit(Tick(second))),
    ///                 }
    ///             }
    ///         });
    ///     }
    /// }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe.
    pub fn closed(&self) -> impl Future<Output = DisconnectReason> + Send + use<N> {
        self.inner.clone().closed()
    }

    /// Disconnects the client from this namespace. Its other namespaces stay connected. The client's reason is
    /// `io server disconnect`, after which it does not reconnect automatically.
    ///
    /// In guards and `#[on_connect]`, it takes effect after the reply to the CONNECT packet: the client connects,
    /// receives the events that were emitted there, and is disconnected. To reject a client, return a
    /// [`ConnectError`](crate::ConnectError).
    pub fn disconnect(&self) {
        self.inner.disconnect();
    }

    /// Disconnects the client from all its namespaces, and closes the connection once its queue is flushed.
    pub fn close(&self) {
        self.inner.close();
    }
}

/// Waits for the client's acknowledgement.
async fn wait_for_ack<T: Received>(
    name: &str,
    pending: PendingAck<'_>,
    limit: Option<Duration>,
) -> Result<T, AckError> {
    let payload = match limit {
        Some(limit) => tokio::time::timeout(limit, pending.wait()).await.map_err(|_| AckError::Timeout)?,
        None => pending.wait().await,
    };
    let payload = payload.ok_or(AckError::Disconnected)?;
    acknowledged(&payload).map_err(|error| AckError::unfit(name, &error))
}

impl<N: Namespace> Clone for Socket<N> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone())
    }
}

impl<N: Namespace> fmt::Debug for Socket<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A socket whose next event is dropped if the transport is not ready.
#[derive(Debug)]
pub struct Volatile<'a, N: Namespace>(&'a Socket<N>);

impl<N: Namespace> Volatile<'_, N> {
    /// Sends the event, or drops it.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Dropped`] if the transport was not ready, and the errors of [`Socket::emit`].
    pub fn emit<E: EmittedBy<N>>(self, event: E) -> Result<(), EmitError> {
        self.0.send_event(E::NAME, &event, None, true)
    }

    /// Sends an event whose name is known only at run time, or drops it.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Reserved`] if Socket.IO reserves the name, and the errors of [`emit`](Self::emit).
    pub fn emit_named(self, name: &str, arguments: impl ArgumentList) -> Result<(), EmitError> {
        self.0.send_event(EmitError::check_not_reserved(name)?, &ArgumentPayload(arguments), None, true)
    }
}

/// A socket with a timeout for its next acknowledgement.
#[derive(Debug)]
pub struct Timeout<'a, N: Namespace> {
    socket: &'a Socket<N>,
    limit: Duration,
}

impl<'a, N: Namespace> Timeout<'a, N> {
    /// Sends an event and waits for the client's acknowledgement.
    ///
    /// # Errors
    ///
    /// Returns [`AckError::Timeout`] if it does not arrive in time, and the errors of [`Socket::emit_with_ack`].
    pub fn emit_with_ack<'b, E>(self, event: E) -> BoxFuture<'b, Result<E::Ack, AckError>>
    where
        'a: 'b,
        E: EmittedBy<N> + Send + 'b,
        E::Ack: Received,
    {
        Box::pin(self.socket.send_with_ack(E::NAME, event, Some(self.limit)))
    }

    /// Sends an event whose name is known only at run time, and waits for the client's acknowledgement. The
    /// acknowledgement is deserialized as `T`.
    ///
    /// # Errors
    ///
    /// Returns [`AckError::Timeout`] if it does not arrive in time, and the errors of [`Socket::emit_named_with_ack`].
    pub fn emit_named_with_ack<'b, T: Received>(
        self,
        name: &'b str,
        arguments: impl ArgumentList + Send + 'b,
    ) -> BoxFuture<'b, Result<T, AckError>>
    where
        'a: 'b,
    {
        Box::pin(async move {
            let (name, limit) = (EmitError::check_not_reserved(name)?, Some(self.limit));
            self.socket.send_with_ack(name, ArgumentPayload(arguments), limit).await
        })
    }
}
