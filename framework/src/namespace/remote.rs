//! A socket of any server in the cluster.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::broadcast::Broadcast;
use super::broadcast_ack::Answers;
use super::error::{AckError, EmitError};
use super::namespace_state::NamespaceState;
use super::socket::Socket;
use crate::RawJson;
use crate::adapter::{BoxFuture, SocketDetails};
use crate::contract::{ArgumentList, EmittedBy, Namespace, Received, Rooms};
use crate::engine::handshake::Handshake;

/// A socket of this server or of another server in the cluster, as found by `fetch_sockets`.
///
/// For a socket of another server, this is a snapshot. Operations are sent to that server, and have no effect if the
/// socket has disconnected since.
pub struct RemoteSocket<N: Namespace>(Origin<N>);

enum Origin<N: Namespace> {
    Local(Socket<N>),
    Remote { namespace: Arc<NamespaceState>, details: Box<SocketDetails> },
}

impl<N: Namespace> RemoteSocket<N> {
    pub(super) fn on_this_server(socket: Socket<N>) -> Self {
        Self(Origin::Local(socket))
    }

    pub(super) fn on_other_server(namespace: Arc<NamespaceState>, details: SocketDetails) -> Self {
        Self(Origin::Remote { namespace, details: Box::new(details) })
    }

    /// Returns the socket's public id.
    pub fn id(&self) -> &str {
        match &self.0 {
            Origin::Local(socket) => socket.id(),
            Origin::Remote { details, .. } => &details.id,
        }
    }

    /// Returns the HTTP request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        match &self.0 {
            Origin::Local(socket) => socket.handshake(),
            Origin::Remote { details, .. } => &details.handshake,
        }
    }

    /// Returns the `auth` payload that the client sent, as JSON.
    pub fn auth(&self) -> Option<&str> {
        match &self.0 {
            Origin::Local(socket) => socket.auth(),
            Origin::Remote { details, .. } => details.auth.as_deref(),
        }
    }

    /// Returns the rooms that the socket is in, including the room of its own id.
    pub fn rooms(&self) -> Vec<String> {
        match &self.0 {
            Origin::Local(socket) => socket.rooms(),
            Origin::Remote { details, .. } => details.rooms.clone(),
        }
    }

    /// Returns the socket's [data](Socket::data), if there is any: `socket.data` in Node.
    pub fn data(&self) -> Option<RawJson> {
        match &self.0 {
            Origin::Local(socket) => socket.data().to_json(),
            Origin::Remote { details, .. } => details.data.clone(),
        }
    }

    /// Returns the socket itself, with its session, if it is connected to this server.
    pub fn local(&self) -> Option<&Socket<N>> {
        match &self.0 {
            Origin::Local(socket) => Some(socket),
            Origin::Remote { .. } => None,
        }
    }

    /// Sends an event to this client.
    ///
    /// # Errors
    ///
    /// Like [`Socket::emit`]. For a socket of another server, the only error is [`EmitError::Unwritable`].
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<(), EmitError> {
        match &self.0 {
            Origin::Local(socket) => socket.emit(event),
            Origin::Remote { namespace, details } => broadcast_to::<N>(namespace, details).emit(event).map(drop),
        }
    }

    /// Sends an event whose name is known only at run time: see [`Socket::emit_named`].
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Reserved`] if Socket.IO reserves the name, and the errors of [`emit`](Self::emit).
    pub fn emit_named(&self, name: &str, arguments: impl ArgumentList) -> Result<(), EmitError> {
        match &self.0 {
            Origin::Local(socket) => socket.emit_named(name, arguments),
            Origin::Remote { namespace, details } => {
                broadcast_to::<N>(namespace, details).emit_named(name, arguments).map(drop)
            }
        }
    }

    /// Sends an event and waits for the client's acknowledgement, for at most `limit`.
    ///
    /// # Errors
    ///
    /// See [`AckError`].
    pub fn emit_with_ack<'a, E>(&'a self, event: E, limit: Duration) -> BoxFuture<'a, Result<E::Ack, AckError>>
    where
        E: EmittedBy<N> + Send + 'a,
        E::Ack: Received,
    {
        // Boxed, as in `Socket::emit_with_ack`.
        Box::pin(async move {
            match &self.0 {
                Origin::Local(socket) => socket.timeout(limit).emit_with_ack(event).await,
                Origin::Remote { namespace, details } => {
                    let answers = broadcast_to::<N>(namespace, details).timeout(limit).emit_with_ack(event).await?;
                    single_ack(E::NAME, answers)
                }
            }
        })
    }

    /// Sends an event whose name is known only at run time, and waits for the client's acknowledgement, for at most
    /// `limit`. The acknowledgement is deserialized as `T`.
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Reserved`] if Socket.IO reserves the name, and the errors of
    /// [`emit_with_ack`](Self::emit_with_ack).
    pub fn emit_named_with_ack<'a, T: Received>(
        &'a self,
        name: &'a str,
        arguments: impl ArgumentList + Send + 'a,
        limit: Duration,
    ) -> BoxFuture<'a, Result<T, AckError>> {
        Box::pin(async move {
            match &self.0 {
                Origin::Local(socket) => socket.timeout(limit).emit_named_with_ack(name, arguments).await,
                Origin::Remote { namespace, details } => {
                    let socket = broadcast_to::<N>(namespace, details).timeout(limit);
                    single_ack(name, socket.emit_named_with_ack(name, arguments).await?)
                }
            }
        })
    }

    /// Joins one or several rooms. If the socket is at the limit of [`Server::max_rooms`](crate::Server::max_rooms),
    /// the error hook of its server receives the error.
    pub fn join(&self, rooms: impl Rooms) {
        match &self.0 {
            Origin::Local(socket) => rooms.each(|room| socket.inner().join_or_report(&room)),
            Origin::Remote { namespace, details } => broadcast_to::<N>(namespace, details).sockets_join(rooms),
        }
    }

    /// Leaves one or several rooms.
    pub fn leave(&self, rooms: impl Rooms) {
        match &self.0 {
            Origin::Local(socket) => socket.leave(rooms),
            Origin::Remote { namespace, details } => broadcast_to::<N>(namespace, details).sockets_leave(rooms),
        }
    }

    /// Disconnects the client from this namespace.
    pub fn disconnect(&self) {
        match &self.0 {
            Origin::Local(socket) => socket.disconnect(),
            Origin::Remote { namespace, details } => broadcast_to::<N>(namespace, details).disconnect_sockets(),
        }
    }

    /// Disconnects the client from all of its namespaces and closes the connection.
    pub fn close(&self) {
        match &self.0 {
            Origin::Local(socket) => socket.close(),
            Origin::Remote { namespace, details } => broadcast_to::<N>(namespace, details).close_sockets(),
        }
    }
}

/// Returns a broadcast to a single socket of another server.
fn broadcast_to<N: Namespace>(namespace: &Arc<NamespaceState>, details: &SocketDetails) -> Broadcast<N> {
    Broadcast::new(namespace.clone(), None).to(&details.id)
}

/// Returns the acknowledgement of a broadcast's only recipient.
fn single_ack<T>(event: &str, answers: Answers<T>) -> Result<T, AckError> {
    if let Some(unfit) = answers.unfit.first() {
        return Err(AckError::Unfit { event: event.to_owned(), message: unfit.message.clone() });
    }
    let missing = if answers.missing > 0 { AckError::Timeout } else { AckError::Disconnected };
    answers.into_values().next().ok_or(missing)
}

impl<N: Namespace> Clone for RemoteSocket<N> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Origin::Local(socket) => Origin::Local(socket.clone()),
            Origin::Remote { namespace, details } => {
                Origin::Remote { namespace: namespace.clone(), details: details.clone() }
            }
        })
    }
}

impl<N: Namespace> fmt::Debug for RemoteSocket<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSocket").field("id", &self.id()).field("local", &self.local().is_some()).finish()
    }
}
