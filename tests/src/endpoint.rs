//! Where a server listens, and how long a test waits for it.

use std::net::SocketAddr;
use std::time::Duration;

use switchboard::Handle;

use crate::{Connection, Request};

/// How long any single answer may take: ample on a busy machine, and short enough for a hang to be a failure.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for `future`, and panics with `what` if it does not complete in time.
pub async fn within<T>(what: impl std::fmt::Display, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: nothing within {PATIENCE:?}"),
    }
}

/// An address and the path that Engine.IO answers at.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where the server listens; of one in memory, what it takes its clients to be at.
    pub address: SocketAddr,
    /// The path of Engine.IO, with the slash at its end where the server wants one.
    pub path: String,
    /// The server itself, where it is reached through memory.
    pub(crate) memory: Option<Handle>,
}

impl Endpoint {
    /// The server at `address`, at the usual path.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, path: "/socket.io/".to_owned(), memory: None }
    }

    /// The same server at another path.
    pub fn at(&self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self.clone() }
    }

    /// The request target for `query`, of protocol 4.
    pub fn target(&self, query: &str) -> String {
        format!("{}?EIO=4&{query}", self.path)
    }

    /// Returns once the server has read whatever was sent to it before.
    ///
    /// It asks something on a connection of its own and waits for the answer: the test's runtime has one thread, which
    /// is told of readable connections in the order in which they became readable.
    pub async fn settle(&self) {
        for _ in 0..2 {
            let response = Connection::open(self).await.request(&Request::get(self.target("transport=settle"))).await;
            assert_eq!(response.answer(), (400, r#"{"code":0,"message":"Transport unknown"}"#));
        }
    }
}
