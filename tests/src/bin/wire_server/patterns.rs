//! Namespaces with a pattern of paths, and dynamic namespaces.

use std::collections::HashMap;
use std::num::ParseIntError;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use switchboard::Value;
use switchboard::prelude::*;
use switchboard::{ConnectRequest, Handle};

use crate::gates::Gates;
use crate::root::News;
use crate::send;

/// Counts how often a child namespace of each path was created.
#[derive(Clone, Default)]
pub(crate) struct Made(Arc<Mutex<HashMap<String, u32>>>);

impl Made {
    /// Counts one more creation.
    pub(crate) fn count(&self, path: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_owned()).or_default() += 1;
    }

    /// Returns how often the child namespace of `path` was created.
    pub(crate) fn times(&self, path: &str) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied().unwrap_or(0)
    }
}

/// Has a fixed path that a pattern also matches.
pub(crate) struct Thousandth;

#[namespace("/tenant-1000")]
impl Thousandth {
    #[on("where")]
    fn place(&self) -> &'static str {
        "the thousandth"
    }
}

/// Has a number in its path. The server is set by the time the first client connects.
pub(crate) struct Tenant(pub(crate) Arc<OnceLock<Handle>>);

#[namespace("/tenant-{id}", params(id: Id), emits(News), guard(no_thirteen))]
impl Tenant {
    #[on("where")]
    fn place(&self, socket: &Socket<Self>) -> String {
        socket.namespace().path().to_owned()
    }

    #[on("say")]
    fn say(&self, socket: &Socket<Self>, what: Value) {
        send(socket.namespace().emit(News(what)));
    }

    #[on("join")]
    fn join(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
        socket.join(room)
    }

    #[on("tell")]
    fn tell(&self, socket: &Socket<Self>, room: String, what: Value) {
        send(socket.to(room).emit(News(what)));
    }

    #[on("announce")]
    fn announce(&self, what: Value) {
        if let Some(server) = self.0.get() {
            send(server.children::<Self>().emit(News(what)));
        }
    }
}

/// A number of up to nine digits.
pub(crate) struct Id(u32);

impl FromStr for Id {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        // `u32::from_str` would also accept a sign.
        let digits = text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().map(Self) } else { "".parse().map(Self) }
    }
}

async fn no_thirteen(Params(id): Params<Id>) -> Result<(), ConnectError> {
    if id.0 == 13 { Err(ConnectError::new("no such floor")) } else { Ok(()) }
}

/// Its paths are those that match a regular expression.
pub(crate) const DYNAMIC: Child<false> = Child;

/// Its paths are those that [`invited`] accepts.
pub(crate) const PARTY: Child<true> = Child;

/// A dynamic namespace: a function of the server decides on its paths.
pub(crate) struct Child<const INVITED: bool>;

#[namespace(dynamic, emits(News))]
impl<const INVITED: bool> Child<INVITED> {
    #[on("where")]
    fn place(&self, socket: &Socket<Self>) -> String {
        socket.namespace().path().to_owned()
    }

    #[on("say")]
    fn say(&self, socket: &Socket<Self>, what: Value) {
        send(socket.namespace().emit(News(what)));
    }
}

#[payload]
struct Invitation {
    party: Option<String>,
    wait: Option<String>,
}

/// Returns a check that accepts the path of the party that the client's `auth` names, after the gate in `auth` has
/// opened.
pub(crate) fn invited(gates: Arc<Gates>) -> impl Fn(ConnectRequest) -> BoxFuture<bool> + Send + Sync {
    move |client| {
        let gates = gates.clone();
        Box::pin(async move {
            let Ok(Invitation { party, wait }) = client.auth() else { return false };
            if let Some(key) = wait {
                gates.pass(&key).await;
            }
            party.is_some_and(|party| client.path().strip_prefix("/party/") == Some(&party))
        })
    }
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
