//! CONNECT packets for dynamic namespaces, which wait until the namespace of their path is resolved.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::catch_panic::catch_panic_in;
use super::event_queue::{MAX_QUEUED, MAX_QUEUED_BYTES};
use super::recovery::strip_recovery_fields;
use super::registry::{Endpoint, Registry};
use crate::contract::{Rejection, read_auth};
use crate::engine::handshake::Handshake;
use crate::engine::session::Session;
use crate::wire::Arguments;

/// A client's request to connect to a path, as passed to the function of
/// [`Server::namespace_where`](crate::Server::namespace_where).
#[derive(Clone)]
pub struct ConnectRequest {
    path: Arc<str>,
    auth: Option<Arc<str>>,
    session: Arc<Session>,
}

impl ConnectRequest {
    /// Returns the requested path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Deserializes the `auth` payload that the client sent; `{}` if it sent none.
    ///
    /// # Errors
    ///
    /// Returns a [`Rejection`] if the payload is not a `T`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        read_auth(self.auth.as_deref())
    }

    /// Returns the HTTP request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        self.session.handshake()
    }

    pub(super) fn shared_path(&self) -> &Arc<str> {
        &self.path
    }
}

// `auth` is left out, because it may contain secrets.
impl fmt::Debug for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A CONNECT packet whose namespace is being resolved.
pub(super) struct PendingConnect {
    pub(super) request: ConnectRequest,
    /// The client's `auth` payload, including the fields that its library adds for recovery.
    pub(super) auth: Option<Arc<str>>,
    /// The namespace, if one accepts the path, or the message of a panic.
    pub(super) result: Pin<Box<dyn Future<Output = Result<Option<Endpoint>, String>> + Send>>,
    /// Events for the future socket, each with the id of the requested acknowledgement.
    pub(super) events: Vec<(Arguments, Option<u64>)>,
    event_bytes: usize,
}

impl PendingConnect {
    pub(super) fn new(registry: &Arc<Registry>, session: &Arc<Session>, path: &str, auth: Option<&str>) -> Self {
        let auth: Option<Arc<str>> = auth.map(Into::into);
        let is_recoverable = registry.recovery.is_some() && !session.revision().is_three();
        let visible_auth = auth.as_ref().filter(|_| is_recoverable).and_then(|auth| strip_recovery_fields(auth));
        let visible_auth = visible_auth.map(Into::into).or_else(|| auth.clone());
        let request = ConnectRequest { path: path.into(), auth: visible_auth, session: session.clone() };
        let result = Box::pin(catch_panic_in(registry.clone().resolve(request.clone())));
        Self { request, auth, result, events: Vec::new(), event_bytes: 0 }
    }

    /// Stores an event until the socket exists.
    pub(super) fn push_event(&mut self, arguments: Arguments, id: Option<u64>) {
        self.event_bytes += arguments.size();
        self.events.push((arguments, id));
    }

    /// Returns `true` if another event may be stored.
    pub(super) fn has_room(&self) -> bool {
        self.events.len() < MAX_QUEUED && self.event_bytes < MAX_QUEUED_BYTES
    }

    /// Returns the number of bytes sent by the client that this stores.
    pub(super) fn stored_bytes(&self) -> usize {
        self.request.path.len() + self.auth.as_ref().map_or(0, |auth| auth.len())
    }
}
