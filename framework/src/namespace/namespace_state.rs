//! The state of one namespace: its connected sockets and its rooms.

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock, Weak};

use bytes::Bytes;
use serde::Serialize;

use super::local::Local;
#[cfg(feature = "testing")]
use super::recorder::Recorder;
use super::recovery::{NamespaceLog, Store};
use super::registry::ChildGuard;
use super::rooms::Rooms;
use super::server_side::ServerSide;
use super::socket_inner::SocketInner;
use super::socket_set::{Slot, Snapshot, SocketSet};
use crate::adapter::Cluster;
use crate::contract::{Namespace, PathParams};
use crate::observe;
use crate::protocol::encode::{self, Encoded, prefix};
use crate::protocol::{Address, Parser};
use crate::sync::{read, write};

/// The shared state of a namespace, without the application's types.
#[derive(Debug)]
pub(crate) struct NamespaceState {
    path: Arc<str>,
    /// The beginning of each packet of the namespace.
    prefix: Box<str>,
    /// The namespace's handlers. Weak, because they may hold the namespace.
    handlers: Weak<dyn Any + Send + Sync>,
    /// The values of the path's parameters.
    params: Arc<dyn Any + Send + Sync>,
    /// Set for a child of a pattern. Dropping it removes the child from the registry.
    child: Option<ChildGuard>,
    sockets: RwLock<HashMap<Arc<str>, Arc<SocketInner>>>,
    all: SocketSet,
    pub(super) rooms: Rooms,
    pub(super) server_side: ServerSide,
    next_ack: AtomicU64,
    parser: OnceLock<Parser>,
    #[cfg(feature = "testing")]
    recorder: OnceLock<Arc<Recorder>>,
    pub(super) observed: observe::Namespace,
    /// Set if recovery is enabled.
    namespace_log: OnceLock<Arc<NamespaceLog>>,
}

impl NamespaceState {
    pub(super) fn new(
        path: Arc<str>,
        handlers: Weak<dyn Any + Send + Sync>,
        params: Arc<dyn Any + Send + Sync>,
        child: Option<ChildGuard>,
        observed: observe::Namespace,
    ) -> Self {
        Self {
            prefix: prefix(&path).into(),
            path,
            handlers,
            params,
            child,
            sockets: RwLock::default(),
            all: SocketSet::default(),
            rooms: Rooms::default(),
            server_side: ServerSide::default(),
            next_ack: AtomicU64::new(0),
            parser: OnceLock::new(),
            #[cfg(feature = "testing")]
            recorder: OnceLock::new(),
            observed,
            namespace_log: OnceLock::new(),
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Sets the parser, before any packet is encoded.
    pub(super) fn set_parser(&self, parser: Parser) {
        let _ = self.parser.set(parser);
    }

    #[cfg_attr(not(feature = "msgpack"), allow(clippy::unused_self, reason = "there is only JSON then"))]
    pub(super) fn parser(&self) -> Parser {
        #[cfg(feature = "msgpack")]
        if let Some(parser) = self.parser.get() {
            return *parser;
        }
        Parser::Json
    }

    /// Returns the namespace and the parser, which are needed to encode a packet.
    pub(super) fn address(&self) -> Address<'_> {
        Address { parser: self.parser(), namespace: &self.path }
    }

    /// Returns the path in encoded form, which is computed once for all acknowledgements.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the handlers. `N` must be the type of the namespace.
    pub(super) fn handlers<N: Namespace>(&self) -> Option<Arc<N>> {
        self.handlers.upgrade()?.downcast().ok()
    }

    /// Returns the parameters of the path. `N` must be the type of the namespace.
    pub(super) fn params<N: Namespace>(&self) -> &<N::Params as PathParams>::Values {
        self.params.downcast_ref().unwrap_or_else(|| wrong_namespace::<N>())
    }

    pub(super) fn shared_params<N: Namespace>(&self) -> Arc<<N::Params as PathParams>::Values> {
        self.params.clone().downcast().unwrap_or_else(|_| wrong_namespace::<N>())
    }

    pub(super) fn is_child(&self) -> bool {
        self.child.is_some()
    }

    /// Creates the adapter, if there is a cluster and the namespace has none yet. Called before the namespace is
    /// used.
    pub(super) fn create_adapter(self: &Arc<Self>, cluster: &dyn Cluster) {
        self.server_side.init_adapter(|| cluster.adapter(Local::new(self)));
    }

    /// Enables recovery of the namespace's sockets, before there are any. Namespaces with the same `group` share
    /// a quota.
    pub(super) fn enable_recovery(&self, store: &Arc<Store>, group: usize) {
        self.namespace_log.get_or_init(|| NamespaceLog::new(store, group));
    }

    /// Sets the recorder of sent events.
    #[cfg(feature = "testing")]
    pub(super) fn set_recorder(&self, recorder: &Arc<Recorder>) {
        let _ = self.recorder.set(recorder.clone());
    }

    #[cfg(feature = "testing")]
    pub(super) fn recorder(&self) -> Option<&Arc<Recorder>> {
        self.recorder.get()
    }

    #[inline]
    pub(super) fn namespace_log(&self) -> Option<&Arc<NamespaceLog>> {
        self.namespace_log.get()
    }

    /// Encodes an event that is not volatile and requests no acknowledgement.
    #[inline]
    pub(super) fn event<E: Serialize + ?Sized>(&self, name: &str, event: &E) -> Result<Encoded, serde_json::Error> {
        match self.namespace_log() {
            None => encode::event(self.address(), None, name, event),
            Some(namespace_log) => namespace_log.event(self.address(), name, event),
        }
    }

    /// Like [`event`](Self::event), for data that is already serialized.
    pub(super) fn event_of(&self, json: &str, attachments: &[Bytes]) -> Encoded {
        match self.namespace_log() {
            None => encode::event_of(self.address(), None, json, attachments),
            Some(namespace_log) => namespace_log.event_of(self.address(), json, attachments),
        }
    }

    /// Returns a new acknowledgement id. Ids are counted per namespace, as in Node.
    pub(super) fn next_ack(&self) -> u64 {
        self.next_ack.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn insert(&self, socket: &Arc<SocketInner>) -> Slot {
        write(&self.sockets).insert(socket.id().clone(), socket.clone());
        self.all.insert(socket.clone())
    }

    pub(super) fn remove(&self, socket: &SocketInner, slot: Slot) {
        let mut sockets = write(&self.sockets);
        // A client of Socket.IO 2 keeps its id when it connects again.
        if sockets.get(socket.id()).is_some_and(|known| std::ptr::eq(&raw const **known, socket)) {
            sockets.remove(socket.id());
        }
        drop(sockets);
        self.all.remove(slot);
    }

    pub(super) fn socket(&self, id: &str) -> Option<Arc<SocketInner>> {
        read(&self.sockets).get(id).cloned()
    }

    pub(super) fn count(&self) -> usize {
        self.all.count()
    }

    pub(super) fn all_sockets(&self) -> Snapshot {
        self.all.snapshot()
    }
}

fn wrong_namespace<N: Namespace>() -> ! {
    unreachable!("the state belongs to another namespace than `{}`", std::any::type_name::<N>())
}
