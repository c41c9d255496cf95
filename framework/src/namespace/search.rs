//! Looking for the namespace that a client asks for, where a path alone does not say which it is.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::inbox::{MAX_WAITING, MAX_WAITING_BYTES};
use super::recovery::without_former;
use super::registry::{Endpoint, Registry};
use super::unwind::catch;
use crate::contract::{Rejection, read_auth};
use crate::engine::handshake::Handshake;
use crate::engine::session::Session;
use crate::wire::Arguments;

/// A client that asks for a path, as a function given to
/// [`Server::namespace_where`](crate::Server::namespace_where) sees it.
#[derive(Clone)]
pub struct ConnectRequest {
    path: Arc<str>,
    auth: Option<Arc<str>>,
    session: Arc<Session>,
}

impl ConnectRequest {
    /// The path that the client wants to connect to.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the client sent as `auth`. If it sent none, it is read as `{}`.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] when that is no `T`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        read_auth(self.auth.as_deref())
    }

    /// The HTTP request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        self.session.handshake()
    }

    pub(super) fn shared_path(&self) -> &Arc<str> {
        &self.path
    }
}

// What the client sent is its secret, maybe.
impl fmt::Debug for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A search that runs, for one client and one path.
pub(super) struct Search {
    pub(super) request: ConnectRequest,
    /// What the client sent as `auth`, with what its library has added.
    pub(super) auth: Option<Arc<str>>,
    /// Whether there is a namespace, or the message of a panic.
    pub(super) result: Pin<Box<dyn Future<Output = Result<Option<Endpoint>, String>> + Send>>,
    /// Events for the socket to be, each with the id of the acknowledgement that it asks for.
    pub(super) held: Vec<(Arguments, Option<u64>)>,
    held_bytes: usize,
}

impl Search {
    pub(super) fn new(registry: &Arc<Registry>, session: &Arc<Session>, path: &str, auth: Option<&str>) -> Self {
        let auth: Option<Arc<str>> = auth.map(Into::into);
        let is_recoverable = registry.recovery.is_some() && !session.revision().is_three();
        let shown = auth.as_ref().filter(|_| is_recoverable).and_then(|auth| without_former(auth));
        let shown = shown.map(Into::into).or_else(|| auth.clone());
        let request = ConnectRequest { path: path.into(), auth: shown, session: session.clone() };
        let result = Box::pin(catch(registry.clone().search(request.clone())));
        Self { request, auth, result, held: Vec::new(), held_bytes: 0 }
    }

    /// Keeps an event until the socket is there.
    pub(super) fn hold(&mut self, arguments: Arguments, id: Option<u64>) {
        self.held_bytes += arguments.size();
        self.held.push((arguments, id));
    }

    /// Returns `true` if another event may be held.
    pub(super) fn has_room(&self) -> bool {
        self.held.len() < MAX_WAITING && self.held_bytes < MAX_WAITING_BYTES
    }

    /// The bytes of the client's that it keeps.
    pub(super) fn kept(&self) -> usize {
        self.request.path.len() + self.auth.as_ref().map_or(0, |auth| auth.len())
    }
}
