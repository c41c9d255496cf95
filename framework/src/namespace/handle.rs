//! A namespace from outside of its handlers.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::broadcast::{Broadcast, Delivery};
use super::error::EmitError;
use super::hub::Hub;
use super::socket::Socket;
use crate::contract::{EmittedBy, Namespace, PathParams, Room};

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
