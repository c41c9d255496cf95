//! A socket of any server of the cluster, as it was found.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::answers::Answers;
use super::broadcast::Broadcast;
use super::error::{AckError, EmitError};
use super::hub::Hub;
use super::socket::Socket;
use crate::RawJson;
use crate::adapter::{BoxFuture, SocketDetails};
use crate::contract::{ArgumentList, EmittedBy, Namespace, Received, Rooms};
use crate::engine::handshake::Handshake;

/// A socket of this server, or of another of its cluster, as `fetch_sockets` finds it.
///
/// Of a socket of another server this is what it was when it was found; what is done to it reaches it if it is still
/// there.
pub struct RemoteSocket<N: Namespace>(Place<N>);

enum Place<N: Namespace> {
    Here(Socket<N>),
    Elsewhere { hub: Arc<Hub>, details: Box<SocketDetails> },
}

impl<N: Namespace> RemoteSocket<N> {
    pub(super) fn here(socket: Socket<N>) -> Self {
        Self(Place::Here(socket))
    }

    pub(super) fn elsewhere(hub: Arc<Hub>, details: SocketDetails) -> Self {
        Self(Place::Elsewhere { hub, details: Box::new(details) })
    }

    /// The socket's public id.
    pub fn id(&self) -> &str {
        match &self.0 {
            Place::Here(socket) => socket.id(),
            Place::Elsewhere { details, .. } => &details.id,
        }
    }

    /// The HTTP request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        match &self.0 {
            Place::Here(socket) => socket.handshake(),
            Place::Elsewhere { details, .. } => &details.handshake,
        }
    }

    /// The `auth` object that the client sent, as JSON.
    pub fn auth(&self) -> Option<&str> {
        match &self.0 {
            Place::Here(socket) => socket.auth(),
            Place::Elsewhere { details, .. } => details.auth.as_deref(),
        }
    }

    /// The rooms that it is in, the one of its own id included.
    pub fn rooms(&self) -> Vec<String> {
        match &self.0 {
            Place::Here(socket) => socket.rooms(),
            Place::Elsewhere { details, .. } => details.rooms.clone(),
        }
    }

    /// What is kept for the socket as its [free data](Socket::data), if there is any: `socket.data` in Node.
    pub fn data(&self) -> Option<RawJson> {
        match &self.0 {
            Place::Here(socket) => socket.data().to_json(),
            Place::Elsewhere { details, .. } => details.data.clone(),
        }
    }

    /// The socket itself, with its session, if it is of this server.
    pub fn local(&self) -> Option<&Socket<N>> {
        match &self.0 {
            Place::Here(socket) => Some(socket),
            Place::Elsewhere { .. } => None,
        }
    }

    /// Sends an event to this client.
    ///
    /// # Errors
    ///
    /// As [`Socket::emit`]; of a socket of another server, only that the event cannot be expressed in JSON.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<(), EmitError> {
        match &self.0 {
            Place::Here(socket) => socket.emit(event),
            Place::Elsewhere { hub, details } => alone::<N>(hub, details).emit(event).map(drop),
        }
    }

    /// Sends an event whose name is known only at run time: see [`Socket::emit_named`].
    ///
    /// # Errors
    ///
    /// [`EmitError::Reserved`] when Socket.IO keeps the name for itself, else as [`emit`](Self::emit).
    pub fn emit_named(&self, name: &str, arguments: impl ArgumentList) -> Result<(), EmitError> {
        match &self.0 {
            Place::Here(socket) => socket.emit_named(name, arguments),
            Place::Elsewhere { hub, details } => alone::<N>(hub, details).emit_named(name, arguments).map(drop),
        }
    }

    /// Sends an event and waits for the client's acknowledgement, so long at the most.
    ///
    /// # Errors
    ///
    /// See [`AckError`].
    pub fn emit_with_ack<'a, E>(&'a self, event: E, limit: Duration) -> BoxFuture<'a, Result<E::Ack, AckError>>
    where
        E: EmittedBy<N> + Send + 'a,
        E::Ack: Received,
    {
        // A box, as in `Socket::emit_with_ack`.
        Box::pin(async move {
            match &self.0 {
                Place::Here(socket) => socket.timeout(limit).emit_with_ack(event).await,
                Place::Elsewhere { hub, details } => {
                    let answers = alone::<N>(hub, details).timeout(limit).emit_with_ack(event).await?;
                    only_answer(E::NAME, answers)
                }
            }
        })
    }

    /// Sends an event whose name is known only at run time, and waits for the client's acknowledgement, a `T`, for `limit`
    /// at most.
    ///
    /// # Errors
    ///
    /// [`EmitError::Reserved`] when Socket.IO keeps the name for itself, else as [`emit_with_ack`](Self::emit_with_ack).
    pub fn emit_named_with_ack<'a, T: Received>(
        &'a self,
        name: &'a str,
        arguments: impl ArgumentList + Send + 'a,
        limit: Duration,
    ) -> BoxFuture<'a, Result<T, AckError>> {
        Box::pin(async move {
            match &self.0 {
                Place::Here(socket) => socket.timeout(limit).emit_named_with_ack(name, arguments).await,
                Place::Elsewhere { hub, details } => {
                    let socket = alone::<N>(hub, details).timeout(limit);
                    only_answer(name, socket.emit_named_with_ack(name, arguments).await?)
                }
            }
        })
    }

    /// Enters a room, or several. If the socket is at the limit of [`Server::max_rooms`](crate::Server::max_rooms), the error
    /// hook of its server receives the error.
    pub fn join(&self, rooms: impl Rooms) {
        match &self.0 {
            Place::Here(socket) => rooms.each(|room| socket.raw().join_or_report(&room)),
            Place::Elsewhere { hub, details } => alone::<N>(hub, details).sockets_join(rooms),
        }
    }

    /// Leaves a room, or several.
    pub fn leave(&self, rooms: impl Rooms) {
        match &self.0 {
            Place::Here(socket) => socket.leave(rooms),
            Place::Elsewhere { hub, details } => alone::<N>(hub, details).sockets_leave(rooms),
        }
    }

    /// Disconnects the client from this namespace.
    pub fn disconnect(&self) {
        match &self.0 {
            Place::Here(socket) => socket.disconnect(),
            Place::Elsewhere { hub, details } => alone::<N>(hub, details).disconnect_sockets(),
        }
    }

    /// Disconnects the client from all of its namespaces and closes the connection.
    pub fn close(&self) {
        match &self.0 {
            Place::Here(socket) => socket.close(),
            Place::Elsewhere { hub, details } => alone::<N>(hub, details).close_sockets(),
        }
    }
}

/// A broadcast to a socket of another server.
fn alone<N: Namespace>(hub: &Arc<Hub>, details: &SocketDetails) -> Broadcast<N> {
    Broadcast::new(hub.clone(), None).to(&details.id)
}

/// The answer of a broadcast's only recipient.
fn only_answer<T>(event: &str, answers: Answers<T>) -> Result<T, AckError> {
    if let Some(unfit) = answers.unfit.first() {
        return Err(AckError::Unfit { event: event.to_owned(), message: unfit.message.clone() });
    }
    let missing = if answers.missing > 0 { AckError::Timeout } else { AckError::Disconnected };
    answers.into_values().next().ok_or(missing)
}

impl<N: Namespace> Clone for RemoteSocket<N> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Place::Here(socket) => Place::Here(socket.clone()),
            Place::Elsewhere { hub, details } => Place::Elsewhere { hub: hub.clone(), details: details.clone() },
        })
    }
}

impl<N: Namespace> fmt::Debug for RemoteSocket<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSocket").field("id", &self.id()).field("local", &self.local().is_some()).finish()
    }
}
