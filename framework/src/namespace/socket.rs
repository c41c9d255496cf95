//! A socket as handlers see it: typed by its namespace.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::acks::Pending;
use super::broadcast::Broadcast;
use super::error::{AckError, EmitError, HandlerErrorKind, JoinError};
use super::handle::NamespaceHandle;
use super::raw::RawSocket;
use super::reason::DisconnectReason;
use crate::adapter::BoxFuture;
use crate::contract::{ArgumentList, EmittedBy, Listed, Namespace, PathParams, Received, Rooms};
use crate::engine::handshake::Handshake;
use crate::protocol::encode;
use crate::rate::Rate;
use crate::wire::acknowledged;

/// One client in namespace `N`. Cloning it is cheap: it is a handle.
///
/// It may outlive the client: emitting to one that has gone is an [`EmitError::Disconnected`].
pub struct Socket<N: Namespace> {
    raw: Arc<RawSocket>,
    namespace: PhantomData<fn() -> N>,
}

impl<N: Namespace> Socket<N> {
    #[inline(always)]
    pub(crate) fn raw(&self) -> &Arc<RawSocket> {
        &self.raw
    }

    pub(super) fn new(raw: Arc<RawSocket>) -> Self {
        Self { raw, namespace: PhantomData }
    }

    /// The socket's public id: 20 characters, new with each connection, the same as `socket.id` at the client.
    ///
    /// It names a room that only this socket is in from the start: `socket.to(id)` is a private message.
    pub fn id(&self) -> &str {
        self.raw.id()
    }

    /// What `#[on_connect]` returned for this socket.
    ///
    /// # Panics
    ///
    /// When it has not returned yet: in a guard or in `#[on_connect]` itself, which make the session.
    pub fn session(&self) -> &N::Session {
        let session = self.raw.session().and_then(|session| session.downcast_ref());
        session.unwrap_or_else(|| panic!("the session of a socket exists once `#[on_connect]` has returned it"))
    }

    /// The HTTP request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        self.raw.link.session.handshake()
    }

    /// The `auth` object that the client sent with its connect packet, as JSON. `Auth<T>` reads it.
    pub fn auth(&self) -> Option<&str> {
        self.raw.auth()
    }

    /// Whether the client is connected: from the connect reply to the disconnection.
    pub fn is_connected(&self) -> bool {
        self.raw.is_connected()
    }

    /// Whether the client has come back after its connection was cut, and has got this socket back: its id, its rooms, and
    /// what it has missed. Guards and `#[on_connect]` can ask already. See [`Server::recovery`](crate::Server::recovery).
    pub fn recovered(&self) -> bool {
        self.raw.is_recovered()
    }

    pub(crate) fn skips_guards(&self) -> bool {
        self.raw.skips_guards()
    }

    pub(crate) fn former_session(&self) -> Option<Arc<N::Session>> {
        self.raw.former_session()?.downcast().ok()
    }

    /// The namespace, to emit to everybody or to rooms including this socket.
    pub fn namespace(&self) -> NamespaceHandle<N> {
        NamespaceHandle::new(self.raw.hub.clone())
    }

    /// The parameters of the path that the client connected to, of [`Namespace::Params`]; see
    /// [`Params`](crate::Params).
    pub fn params(&self) -> &<N::Params as PathParams>::Values {
        self.raw.hub.params::<N>()
    }

    pub(crate) fn shared_params(&self) -> Arc<<N::Params as PathParams>::Values> {
        self.raw.hub.shared_params::<N>()
    }

    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.raw.shared.state.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }

    /// Tells the server's error hook.
    pub(crate) fn report(&self, event: &str, kind: HandlerErrorKind) {
        self.raw.report(event.to_owned(), kind);
    }

    /// Uses up one event of a limit, which is known by the place that makes it.
    pub(crate) fn take(
        &self,
        place: &'static Location<'static>,
        rate: Rate,
        now: tokio::time::Instant,
    ) -> Result<(), Duration> {
        let taken = self.raw.allowance.take(place, rate, now);
        if taken.is_err() {
            self.raw.hub.observed.rate_limited();
        }
        taken
    }

    // ---- emitting ----

    /// Sends an event to this client.
    ///
    /// It returns once the event is queued. What one task emits to one socket arrives in that order; what is
    /// emitted in `#[on_connect]` follows the connect reply.
    ///
    /// # Errors
    ///
    /// See [`EmitError`]: the event has then not been sent.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<(), EmitError> {
        self.send_event(E::NAME, &event, None, false)
    }

    /// Sends the next event only if the transport is ready at that instant: for values of which only the
    /// newest counts.
    pub fn volatile(&self) -> Volatile<'_, N> {
        Volatile(self)
    }

    /// Sends an event whose name is known only at run time. The namespace does not declare it, and nothing but the name is
    /// checked.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// # struct Bridge;
    /// # #[namespace("/bridge")]
    /// # impl Bridge {
    /// /// socket.emit("subscribe", "prices"), then socket.on("prices", (name, value) => ..)
    /// #[on("subscribe")]
    /// fn subscribe(&self, socket: &Socket<Self>, topic: String) -> Result<(), String> {
    ///     socket.emit_named(&topic, ("tea", 1.5)).map_err(|error| error.to_string())
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EmitError::Reserved`] when Socket.IO keeps the name for itself, else as [`emit`](Self::emit).
    pub fn emit_named(&self, name: &str, arguments: impl ArgumentList) -> Result<(), EmitError> {
        self.send_event(EmitError::unless_reserved(name)?, &Listed(arguments), None, false)
    }

    pub(super) fn send_event<T: Serialize + ?Sized>(
        &self,
        name: &str,
        event: &T,
        id: Option<u64>,
        volatile: bool,
    ) -> Result<(), EmitError> {
        let packet = match id {
            None if !volatile => self.raw.hub.event(name, event),
            _ => encode::event(self.raw.hub.address(), id, name, event),
        };
        let packet = packet.map_err(|source| EmitError::unwritable(name, source))?;
        #[cfg(feature = "testing")]
        self.raw.note(&packet);
        let sent = self.raw.emit(&packet, volatile);
        self.raw.hub.observed.emitted(&sent);
        sent
    }

    /// Says whether the next event may be compressed. This server does not compress single messages, so that nothing
    /// differs: it is there for programs that say so.
    pub fn compress(&self, compress: bool) -> &Self {
        let _ = compress;
        self
    }

    /// Sends an event and waits for the client's acknowledgement, without a limit in time.
    ///
    /// A handler may wait for its own client: acknowledgements do not queue behind events. Guards and `#[on_connect]`
    /// may not: the client hears nothing before they let it in.
    ///
    /// # Errors
    ///
    /// See [`AckError`]; when the client disconnects, [`AckError::Disconnected`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future forgets the acknowledgement. The event is sent when the future is first polled.
    pub fn emit_with_ack<'a, E>(&'a self, event: E) -> BoxFuture<'a, Result<E::Ack, AckError>>
    where
        E: EmittedBy<N> + Send + 'a,
        E::Ack: Received,
    {
        // A box: the future of an `async fn` names the event, and rustc would report an undeclared one at each of its uses.
        Box::pin(self.ask_and_wait(E::NAME, event, None))
    }

    /// Sends an event whose name is known only at run time, and waits for the client's acknowledgement, a `T`.
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
    ) -> BoxFuture<'a, Result<T, AckError>> {
        Box::pin(async move { self.ask_and_wait(EmitError::unless_reserved(name)?, Listed(arguments), None).await })
    }

    async fn ask_and_wait<T: Received>(
        &self,
        name: &str,
        event: impl Serialize,
        limit: Option<Duration>,
    ) -> Result<T, AckError> {
        let observed = self.raw.hub.observed.ask(name, self.id());
        let answer = match self.ask(name, event) {
            Ok(pending) => observed.instrument(answer(name, pending, limit)).await,
            Err(error) => Err(error),
        };
        observed.end(&answer);
        answer
    }

    /// Sends an event that wants an acknowledgement.
    fn ask(&self, name: &str, event: impl Serialize) -> Result<Pending<'_>, AckError> {
        if self.raw.is_connecting() {
            return Err(AckError::NotConnected);
        }
        let id = self.raw.hub.next_ack();
        let pending = self.raw.acks.expect(id);
        self.send_event(name, &event, Some(id), false)?;
        if self.raw.is_gone() { Err(AckError::Disconnected) } else { Ok(pending) }
    }

    /// Limits how long the acknowledgement of the next event is waited for.
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

    /// A broadcast to the members of a room, or of several, this socket excluded.
    pub fn to(&self, rooms: impl Rooms) -> Broadcast<N> {
        self.broadcast().to(rooms)
    }

    /// A broadcast to everybody in the namespace but the members of a room, or of several, and this socket.
    pub fn except(&self, rooms: impl Rooms) -> Broadcast<N> {
        self.broadcast().except(rooms)
    }

    /// A broadcast to everybody in the namespace but this socket.
    pub fn broadcast(&self) -> Broadcast<N> {
        Broadcast::new(self.raw.hub.clone(), Some(self.raw.clone()))
    }

    /// A broadcast to everybody in the namespace but this socket, on this server only.
    pub fn local(&self) -> Broadcast<N> {
        self.broadcast().local()
    }

    // ---- rooms ----

    /// Enters a room, or several. Nothing happens when the socket is in it already, or is disconnected.
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
    /// A [`JoinError`] when the socket is in as many rooms as [`Server::max_rooms`](crate::Server::max_rooms) allows. Of
    /// several rooms, it has entered those before.
    pub fn join(&self, rooms: impl Rooms) -> Result<(), JoinError> {
        let mut joined = Ok(());
        rooms.each(|room| {
            if joined.is_ok() {
                joined = self.raw.join(&room);
            }
        });
        joined
    }

    /// Leaves a room, or several.
    pub fn leave(&self, rooms: impl Rooms) {
        rooms.each(|room| self.raw.leave(&room));
    }

    /// The rooms that the socket is in, the one of its own id included. In `#[on_disconnect]`, those that it
    /// was in when it was disconnected.
    pub fn rooms(&self) -> Vec<String> {
        self.raw.rooms()
    }

    // ---- leaving ----

    /// Waits until the socket is gone, and returns why. Completes at once if it is gone already.
    ///
    /// The future borrows nothing, so it can move to another task. It completes before `#[on_disconnect]` runs, which waits for
    /// running handlers.
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
    /// Dropping the future loses nothing.
    pub fn closed(&self) -> impl Future<Output = DisconnectReason> + Send + use<N> {
        self.raw.clone().closed()
    }

    /// Disconnects the client from this namespace; its other namespaces stay. The client's reason is
    /// `io server disconnect`, after which it does not reconnect by itself.
    ///
    /// In guards and `#[on_connect]` it takes effect after the reply: the client connects, receives the events that these
    /// emitted, and disconnects. To refuse a client, return a [`ConnectError`](crate::ConnectError).
    pub fn disconnect(&self) {
        self.raw.disconnect();
    }

    /// Disconnects the client from all of its namespaces and closes the connection, after what is queued has
    /// gone out.
    pub fn close(&self) {
        self.raw.close();
    }
}

/// Waits for the client.
async fn answer<T: Received>(name: &str, pending: Pending<'_>, limit: Option<Duration>) -> Result<T, AckError> {
    let payload = match limit {
        Some(limit) => tokio::time::timeout(limit, pending.wait()).await.map_err(|_| AckError::Timeout)?,
        None => pending.wait().await,
    };
    let payload = payload.ok_or(AckError::Disconnected)?;
    acknowledged(&payload).map_err(|error| AckError::unfit(name, &error))
}

impl<N: Namespace> Clone for Socket<N> {
    fn clone(&self) -> Self {
        Self::new(self.raw.clone())
    }
}

impl<N: Namespace> fmt::Debug for Socket<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.fmt(f)
    }
}

/// A socket whose next event is dropped unless the transport is ready for it.
#[derive(Debug)]
pub struct Volatile<'a, N: Namespace>(&'a Socket<N>);

impl<N: Namespace> Volatile<'_, N> {
    /// Sends the event, or drops it.
    ///
    /// # Errors
    ///
    /// [`EmitError::Dropped`] when the transport was not ready.
    pub fn emit<E: EmittedBy<N>>(self, event: E) -> Result<(), EmitError> {
        self.0.send_event(E::NAME, &event, None, true)
    }

    /// Sends an event whose name is known only at run time, or drops it.
    ///
    /// # Errors
    ///
    /// [`EmitError::Reserved`] when Socket.IO keeps the name for itself, else as [`emit`](Self::emit).
    pub fn emit_named(self, name: &str, arguments: impl ArgumentList) -> Result<(), EmitError> {
        self.0.send_event(EmitError::unless_reserved(name)?, &Listed(arguments), None, true)
    }
}

/// A socket whose next acknowledgement is waited for only so long.
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
    /// [`AckError::Timeout`] when it does not come in time, else as [`Socket::emit_with_ack`].
    pub fn emit_with_ack<'b, E>(self, event: E) -> BoxFuture<'b, Result<E::Ack, AckError>>
    where
        'a: 'b,
        E: EmittedBy<N> + Send + 'b,
        E::Ack: Received,
    {
        Box::pin(self.socket.ask_and_wait(E::NAME, event, Some(self.limit)))
    }

    /// Sends an event whose name is known only at run time, and waits for the client's acknowledgement, a `T`.
    ///
    /// # Errors
    ///
    /// [`AckError::Timeout`] when it does not come in time, else as [`Socket::emit_named_with_ack`].
    pub fn emit_named_with_ack<'b, T: Received>(
        self,
        name: &'b str,
        arguments: impl ArgumentList + Send + 'b,
    ) -> BoxFuture<'b, Result<T, AckError>>
    where
        'a: 'b,
    {
        Box::pin(async move {
            let (name, limit) = (EmitError::unless_reserved(name)?, Some(self.limit));
            self.socket.ask_and_wait(name, Listed(arguments), limit).await
        })
    }
}
