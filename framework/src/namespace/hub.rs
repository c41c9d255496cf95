//! One namespace at run time: who is connected, and which rooms there are.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use super::local::Local;
use super::members::{Members, Place, Snapshot};
use super::outside::Outside;
use super::raw::RawSocket;
use super::rooms::Rooms;
use crate::adapter::Cluster;
use crate::sync::{read, write};

/// The shared state of a namespace, without the user's types.
#[derive(Debug)]
pub(crate) struct Hub {
    path: &'static str,
    sockets: RwLock<HashMap<Arc<str>, Arc<RawSocket>>>,
    all: Members,
    pub(super) rooms: Rooms,
    pub(super) outside: Outside,
    next_ack: AtomicU64,
}

impl Hub {
    pub(crate) fn new(path: &'static str) -> Self {
        Self {
            path,
            sockets: RwLock::default(),
            all: Members::default(),
            rooms: Rooms::default(),
            outside: Outside::default(),
            next_ack: AtomicU64::new(0),
        }
    }

    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    /// Makes the namespace one of a cluster, before it has clients.
    pub(crate) fn attach(self: &Arc<Self>, cluster: &dyn Cluster) {
        self.outside.attach(cluster.adapter(Local::new(self)));
    }

    /// The id of the next acknowledgement that this server asks for; ids count per namespace, as in Node.
    pub(super) fn next_ack(&self) -> u64 {
        self.next_ack.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn insert(&self, socket: &Arc<RawSocket>) -> Place {
        write(&self.sockets).insert(socket.id().clone(), socket.clone());
        self.all.insert(socket.clone())
    }

    pub(super) fn remove(&self, socket: &RawSocket, place: Place) {
        write(&self.sockets).remove(socket.id());
        self.all.remove(place);
    }

    pub(super) fn socket(&self, id: &str) -> Option<Arc<RawSocket>> {
        read(&self.sockets).get(id).cloned()
    }

    pub(super) fn count(&self) -> usize {
        self.all.count()
    }

    pub(super) fn everybody(&self) -> Snapshot {
        self.all.snapshot()
    }
}
