//! The address of a server, and the time limit of waits in tests.

use std::net::SocketAddr;
use std::time::Duration;

use switchboard::Handle;

use crate::{Connection, Request};

/// Timeout of a single wait: ample on a busy machine, and short enough that a hang fails the test.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for `future`, and panics with `what` if it does not complete in time.
pub async fn within<T>(what: impl std::fmt::Display, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: nothing within {PATIENCE:?}"),
    }
}

/// The address of a server, and the path of its Engine.IO endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The server's address. For a server in memory: the address that its clients appear to have.
    pub address: SocketAddr,
    /// The path of the Engine.IO endpoint, with a trailing slash if the server requires one.
    pub path: String,
    /// The server itself, if it is reached through memory.
    pub(crate) memory: Option<Handle>,
}

impl Endpoint {
    /// Returns the endpoint at `address`, with the default path.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, path: "/socket.io/".to_owned(), memory: None }
    }

    /// Returns the same server at another path.
    pub fn at(&self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self.clone() }
    }

    /// Returns the request target with this query, for Engine.IO protocol 4.
    pub fn target(&self, query: &str) -> String {
        format!("{}?EIO=4&{query}", self.path)
    }

    /// Returns once the server has read everything that was sent to it before.
    ///
    /// Sends requests on connections of their own and waits for the responses. This suffices because the test's runtime
    /// has one thread, which handles connections in the order in which they became readable.
    pub async fn settle(&self) {
        for _ in 0..2 {
            let response = Connection::open(self).await.request(&Request::get(self.target("transport=settle"))).await;
            assert_eq!(response.answer(), (400, r#"{"code":0,"message":"Transport unknown"}"#));
        }
    }
}
