//! The options of a server, and its start.

use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::request::Parts;
use tokio::net::{TcpListener, ToSocketAddrs};

use super::handle::Handle;
use super::listen;
use super::root::Root;
use crate::adapter::Cluster;
use crate::engine::Engine;
use crate::engine::cookie::Cookie;
use crate::engine::cors::Cors;
use crate::engine::error::ConnectionError;
use crate::engine::options::{BoxError, Options, Transport};
use crate::engine::state::QueueLimits;
use crate::error::Error;
use crate::namespace::{HandlerError, Registry, Shared, SocketIo};

/// A server: its namespaces and its options, whose defaults are those of Node's server.
///
/// ```no_run
/// use switchboard::prelude::*;
///
/// struct Echo;
///
/// #[namespace("/")]
/// impl Echo {
///     #[on("echo")]
///     async fn echo(&self, text: String) -> String {
///         text
///     }
/// }
///
/// #[tokio::main]
/// async fn main() -> switchboard::Result {
///     Server::new().namespace(Echo).serve("127.0.0.1:3000").await
/// }
/// ```
#[must_use = "a server does nothing before it is served or built"]
pub struct Server {
    options: Options,
    shared: Shared,
    pub(super) registry: Registry,
    connect_timeout: Duration,
    max_attachments: usize,
    max_namespaces: usize,
    destroy_upgrade: Option<Duration>,
    shutdown_timeout: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// A server without namespaces but `/`, which always exists.
    pub fn new() -> Self {
        Self {
            options: Options::default(),
            shared: Shared::default(),
            registry: Registry::default(),
            connect_timeout: Duration::from_secs(45),
            max_attachments: 10,
            max_namespaces: 64,
            destroy_upgrade: Some(Duration::from_secs(1)),
            shutdown_timeout: Duration::from_secs(10),
        }
    }

    /// Adds a value that handlers and guards of all namespaces can extract as [`State<T>`](crate::State), one
    /// of a type.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.shared.state.insert(TypeId::of::<T>(), Arc::new(value));
        self
    }

    // ---- Engine.IO ----

    /// The path that clients use (`/socket.io`).
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.options.path = format!("/{}", path.into().trim_matches('/'));
        self
    }

    /// Whether the path has to end with a slash (true). Without, both forms are served.
    pub fn trailing_slash(mut self, required: bool) -> Self {
        self.options.trailing_slash = required;
        self
    }

    /// The time between two heartbeats (25 s).
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.options.ping_interval = bounded(interval);
        self
    }

    /// How long the answer to a heartbeat is waited for (20 s).
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.options.ping_timeout = bounded(timeout);
        self
    }

    /// How long an upgrade may take; then it is given up, and long-polling goes on (10 s).
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.options.upgrade_timeout = timeout;
        self
    }

    /// How long a client may stay without having joined a namespace (45 s).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = bounded(timeout);
        self
    }

    /// The most bytes that a client may send in one message, on every transport and whatever number of
    /// fragments and attachments it has (1,000,000). On long-polling it limits the payload: a larger one is answered
    /// with 413; on WebSocket the connection is closed with code 1009.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.options.max_payload = bytes;
        self
    }

    /// The most packets in one long-polling payload (65,536); more are a parse error.
    pub fn max_packets_per_payload(mut self, packets: usize) -> Self {
        self.options.max_packets_per_payload = packets;
        self
    }

    /// How long the body of a POST may take to arrive (30 s).
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.options.body_timeout = timeout;
        self
    }

    /// The transports that are allowed (both).
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.options.transports = transports.into_iter().collect();
        self
    }

    /// Whether a long-polling session may be taken over by a WebSocket (true).
    pub fn allow_upgrades(mut self, allow: bool) -> Self {
        self.options.allow_upgrades = allow;
        self
    }

    /// From how many bytes on long-polling answers are compressed, where the client accepts gzip or deflate
    /// (1024); `None` for never.
    pub fn http_compression(mut self, threshold: Option<usize>) -> Self {
        self.options.http_compression = threshold;
        self
    }

    /// A message that every session gets right after its handshake (none). Socket.IO's clients expect
    /// none.
    pub fn initial_packet(mut self, message: impl Into<String>) -> Self {
        self.options.initial_packet = Some(message.into());
        self
    }

    /// A cookie with the session's id (none).
    pub fn cookie(mut self, cookie: Cookie) -> Self {
        self.options.cookie = Some(cookie);
        self
    }

    /// The headers for requests from other origins (none).
    pub fn cors(mut self, cors: Cors) -> Self {
        self.options.cors = Some(cors);
        self
    }

    /// Decides whether a client may open a session, by its first request. It is not asked again for later
    /// requests of the session.
    ///
    /// An `Err` is the message of the refusal: status 403 with code 4 on long-polling, status 400 on
    /// WebSocket.
    ///
    /// ```
    /// # use switchboard::Server;
    /// Server::new().allow_request(|request| {
    ///     let same_site = request.headers.get("origin").is_none_or(|origin| origin == "https://example.org");
    ///     async move { if same_site { Ok(()) } else { Err("foreign page".to_owned()) } }
    /// });
    /// ```
    pub fn allow_request<F, Fut>(mut self, admit: F) -> Self
    where
        F: Fn(&Parts) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.options.allow_request = Some(Box::new(move |request| Box::pin(admit(request))));
        self
    }

    /// Changes the headers of a session's first answer.
    pub fn initial_headers(mut self, hook: impl Fn(&mut HeaderMap, &Parts) + Send + Sync + 'static) -> Self {
        self.options.initial_headers = Some(Box::new(hook));
        self
    }

    /// Changes the headers of every answer, the 101 of a WebSocket included; not of CORS preflights.
    pub fn headers(mut self, hook: impl Fn(&mut HeaderMap, &Parts) + Send + Sync + 'static) -> Self {
        self.options.headers = Some(Box::new(hook));
        self
    }

    /// Makes the ids of sessions, which must be unguessable: who knows one can act as its client. By default
    /// they are 15 random bytes. An `Err`, or an id that is in use, refuses the request with code 3.
    pub fn generate_id(
        mut self,
        generate: impl Fn(&Parts) -> Result<String, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.options.generate_id = Some(Box::new(generate));
        self
    }

    /// Is told of every request that the engine refuses.
    pub fn on_connection_error(mut self, hook: impl Fn(&ConnectionError) + Send + Sync + 'static) -> Self {
        self.options.on_connection_error = Some(Box::new(hook));
        self
    }

    /// How much may wait for a client that reads slowly, in bytes and in frames, of which a packet has one and one
    /// more for each attachment (16 MiB, 65,536). A frame that waits can keep a block of 4 KiB. Beyond the bounds the
    /// connection is closed, with [`SlowReader`](crate::DisconnectReason::SlowReader) as the reason.
    pub fn queue_limits(mut self, bytes: usize, packets: usize) -> Self {
        self.options.queue = QueueLimits { bytes, packets };
        self
    }

    /// How long an upgrade for a path that is not ours stays open before it is closed without an answer (1 s);
    /// `None` leaves it open. Only for [`serve`](Self::serve): a router answers such requests itself.
    pub fn destroy_upgrade(mut self, after: Option<Duration>) -> Self {
        self.destroy_upgrade = after;
        self
    }

    // ---- Socket.IO ----

    /// The most attachments in one packet (10, as in Node's clients and servers); more close the connection.
    pub fn max_attachments(mut self, attachments: usize) -> Self {
        self.max_attachments = attachments;
        self
    }

    /// The most namespaces that one connection may be in (64); more are refused with `too many namespaces`.
    pub fn max_namespaces(mut self, namespaces: usize) -> Self {
        self.max_namespaces = namespaces;
        self
    }

    /// Is told of every event that failed: an error or a panic of a handler, arguments that did not fit, a name
    /// without a handler. The client has been answered by then.
    pub fn on_error(mut self, hook: impl Fn(&HandlerError) + Send + Sync + 'static) -> Self {
        self.shared.on_error = Some(Box::new(hook));
        self
    }

    /// How long handlers may go on once the server shuts down (10 s).
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Makes the server one of a cluster: broadcasts and the other calls for many sockets reach those of all servers.
    pub fn cluster(mut self, cluster: impl Cluster) -> Self {
        self.registry.cluster = Some(Box::new(cluster));
        self
    }

    // ---- start ----

    /// Builds the server without a listener: for a service to mount elsewhere.
    pub fn build(mut self) -> Handle {
        if self.registry.fixed("/").is_none() {
            self.registry.add(Root);
        }
        self.registry.join_cluster();
        let registry = Arc::new(self.registry);
        let socket_io = SocketIo {
            registry: registry.clone(),
            shared: Arc::new(self.shared),
            connect_timeout: self.connect_timeout,
            max_attachments: self.max_attachments,
            max_payload: self.options.max_payload,
            max_namespaces: self.max_namespaces,
        };
        let engine = Arc::new(Engine::new(self.options, Arc::new(socket_io)));
        Handle::new(engine, registry, self.destroy_upgrade, self.shutdown_timeout)
    }

    /// Listens on an address and serves for ever. Requests for other paths are answered with 404.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn serve(self, address: impl ToSocketAddrs + fmt::Debug) -> Result<(), Error> {
        let listener = listen::bind(&address).await.map_err(|e| Error::listen(format!("{address:?}"), e))?;
        self.serve_with_shutdown(listener, std::future::pending()).await
    }

    /// Serves until `signal` completes; then accepts no more, tells the clients, and lets handlers finish, for as
    /// long as [`shutdown_timeout`](Self::shutdown_timeout) allows.
    ///
    /// ```no_run
    /// # use switchboard::Server;
    /// # async fn run() -> switchboard::Result {
    /// # let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await.unwrap();
    /// let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    /// Server::new().serve_with_shutdown(listener, interrupted).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// None at present: a failing `accept` is tried again.
    pub async fn serve_with_shutdown(
        self,
        listener: TcpListener,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        self.build().serve(listener, signal).await
    }
}

/// Clients count in milliseconds that fit 32 bits, and take longer ones for none; 25 days are as good as never.
fn bounded(duration: Duration) -> Duration {
    duration.min(Duration::from_millis(i32::MAX as u64))
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("options", &self.options).finish_non_exhaustive()
    }
}
