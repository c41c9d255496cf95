//! A namespace from outside of its handlers.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::broadcast::{Broadcast, Delivery};
use super::error::EmitError;
use super::hub::Hub;
use super::socket::Socket;
use crate::contract::{EmittedBy, Namespace, Room};

/// Namespace `N` of a running server: to emit to its sockets from anywhere.
pub struct NamespaceHandle<N: Namespace> {
    hub: Arc<Hub>,
    namespace: PhantomData<fn() -> N>,
}

impl<N: Namespace> NamespaceHandle<N> {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub, namespace: PhantomData }
    }

    /// Sends an event to everybody in the namespace.
    ///
    /// # Errors
    ///
    /// [`EmitError::Unwritable`] when the event cannot be expressed in JSON.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<Delivery, EmitError> {
        self.broadcast().emit(event)
    }

    /// A broadcast to the members of a room.
    pub fn to(&self, room: impl Room) -> Broadcast<N> {
        self.broadcast().to(room)
    }

    /// A broadcast to everybody but the members of a room.
    pub fn except(&self, room: impl Room) -> Broadcast<N> {
        self.broadcast().except(room)
    }

    /// A broadcast to everybody.
    pub fn broadcast(&self) -> Broadcast<N> {
        Broadcast::new(self.hub.clone(), None)
    }

    /// The socket of this id, while it is connected.
    pub fn socket(&self, id: &str) -> Option<Socket<N>> {
        self.hub.socket(id).map(Socket::new)
    }

    /// How many sockets are connected.
    pub fn socket_count(&self) -> usize {
        self.hub.count()
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
