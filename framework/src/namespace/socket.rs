//! A socket as handlers see it: typed by its namespace.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::broadcast::Broadcast;
use super::error::{AckError, EmitError, HandlerErrorKind};
use super::handle::NamespaceHandle;
use super::raw::RawSocket;
use crate::adapter::BoxFuture;
use crate::contract::{EmittedBy, Namespace, PathParams, Received, Rooms};
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
        self.raw.allowance.take(place, rate, now)
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
        self.send(&event, None, false)
    }

    /// Sends the next event only if the transport is ready at that instant: for values of which only the
    /// newest counts.
    pub fn volatile(&self) -> Volatile<'_, N> {
        Volatile(self)
    }

    fn send<E: EmittedBy<N>>(&self, event: &E, id: Option<u64>, volatile: bool) -> Result<(), EmitError> {
        let packet = encode::event(self.raw.hub.address(), id, E::NAME, event)
            .map_err(|source| EmitError::Unwritable { event: E::NAME, source })?;
        self.raw.send(&packet, volatile)
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
        Box::pin(self.emit_and_wait(event))
    }

    async fn emit_and_wait<E: EmittedBy<N>>(&self, event: E) -> Result<E::Ack, AckError>
    where
        E::Ack: DeserializeOwned,
    {
        if self.raw.is_connecting() {
            return Err(AckError::NotConnected);
        }
        let id = self.raw.hub.next_ack();
        let pending = self.raw.acks.expect(id);
        self.send(&event, Some(id), false)?;
        drop(event);
        if self.raw.is_gone() {
            return Err(AckError::Disconnected);
        }
        let payload = pending.wait().await.ok_or(AckError::Disconnected)?;
        acknowledged(&payload).map_err(|error| AckError::unfit(E::NAME, &error))
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

    // ---- rooms ----

    /// Enters a room, or several. Nothing happens when the socket is in it already, or is disconnected.
    pub fn join(&self, rooms: impl Rooms) {
        rooms.each(|room| self.raw.join(&room));
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

    /// Disconnects the client from this namespace; its other namespaces stay. Nothing happens before the socket is
    /// connected: to refuse it, return a `ConnectError`. The client's reason is
    /// `io server disconnect`, after which it does not reconnect by itself.
    pub fn disconnect(&self) {
        self.raw.disconnect();
    }

    /// Disconnects the client from all of its namespaces and closes the connection, after what is queued has
    /// gone out.
    pub fn close(&self) {
        self.raw.close();
    }
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
        self.0.send(&event, None, true)
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
        Box::pin(self.emit_and_wait(event))
    }

    async fn emit_and_wait<E: EmittedBy<N>>(self, event: E) -> Result<E::Ack, AckError>
    where
        E::Ack: DeserializeOwned,
    {
        let answer = tokio::time::timeout(self.limit, self.socket.emit_and_wait(event)).await;
        answer.unwrap_or(Err(AckError::Timeout))
    }
}
