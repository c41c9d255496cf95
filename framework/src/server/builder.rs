//! The options of a server, and its start.

use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::request::Parts;
use tokio::net::{TcpListener, ToSocketAddrs};

use super::client_files::ClientFiles;
use super::drain::{Drain, ShutdownReport};
use super::handle::{Handle, Settings};
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
#[cfg(feature = "testing")]
use crate::namespace::Journal;
use crate::namespace::{HandlerError, Recovery, RecoveryStore, Registry, Shared, SocketIo};
#[cfg(any(feature = "msgpack", feature = "testing"))]
use crate::protocol::Parser;
use crate::rate::Rate;

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
    recovery: Option<Recovery>,
    settings: Settings,
    #[cfg(feature = "schema")]
    pub(super) declared: Vec<crate::schema::Declaration>,
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
            recovery: None,
            settings: Settings::default(),
            #[cfg(feature = "schema")]
            declared: Vec::new(),
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

    /// Whether clients of Socket.IO 2, which speak revision 3 of Engine.IO, are let in as well (false). Without, they are
    /// refused with code 5, `Unsupported protocol version`.
    ///
    /// The ids of their sockets are made of the session's id, as those clients expect. That is a secret: whoever is told one
    /// can act as its client. Long-polling by JSONP is not served.
    ///
    /// ```
    /// # use switchboard::Server;
    /// Server::new().allow_eio3(true);
    /// ```
    #[cfg(feature = "eio3")]
    #[cfg_attr(docsrs, doc(cfg(feature = "eio3")))]
    pub fn allow_eio3(mut self, allow: bool) -> Self {
        self.options.allow_eio3 = allow;
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

    /// The most clients that may be connected at a time (no bound). More are refused with status 503, on every transport,
    /// and the message `too many connections`; they try again by themselves, after a while.
    ///
    /// It is checked before [`allow_request`](Self::allow_request), as [`connect_rate`](Self::connect_rate) is: who is not
    /// let in costs little.
    pub fn max_connections(mut self, clients: usize) -> Self {
        self.options.admission.most = Some(clients);
        self
    }

    /// How many clients may come in a second, and how many at once after a quiet time (no bound). More are refused with
    /// status 503, on every transport, and the message `too many new connections`; they try again by themselves, after a
    /// while. What a client does on a connection that it has is not counted.
    ///
    /// It counts all clients together. A bound for each address is for the proxy, who knows the addresses.
    ///
    /// # Panics
    ///
    /// When either is zero.
    ///
    /// ```
    /// # use switchboard::Server;
    /// Server::new().max_connections(50_000).connect_rate(500, 2_000);
    /// ```
    pub fn connect_rate(mut self, per_second: u32, burst: u32) -> Self {
        self.options.admission.set_rate(Rate::new(per_second, Duration::from_secs(1)).burst(burst));
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
        self.settings.destroy_upgrade = after;
        self
    }

    // ---- Socket.IO ----

    /// How packets are written and read (JSON): see [`Parser`].
    #[cfg(feature = "msgpack")]
    #[cfg_attr(docsrs, doc(cfg(feature = "msgpack")))]
    pub fn parser(mut self, parser: Parser) -> Self {
        self.registry.parser = parser;
        self
    }

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

    /// Lets a client whose connection was cut come back within a time (not): it gets its socket again, with its id, its
    /// rooms and what was sent to it meanwhile, and in its `connect` event `socket.recovered` is true.
    ///
    /// Every event that can be recovered has one more argument then, a string that clients report when they come back.
    /// Those that want an acknowledgement and volatile ones cannot.
    ///
    /// ```
    /// use switchboard::Recovery;
    /// use switchboard::prelude::*;
    ///
    /// let server = Server::new().recovery(Recovery::new()).build();
    /// # drop(server);
    /// ```
    pub fn recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = Some(recovery);
        self
    }

    /// Serves the browser's client under the server's path (not): see [`ClientFiles`].
    pub fn client_files(mut self, files: ClientFiles) -> Self {
        self.settings.client_files = Some(Arc::new(files));
        self
    }

    /// Lets the clients go some at a time when the server shuts down (all at once), before it does what
    /// [`serve_with_shutdown`](Self::serve_with_shutdown) says. A server that is mounted elsewhere calls [`Handle::drain`].
    pub fn drain(mut self, plan: Drain) -> Self {
        self.settings.drain = Some(plan);
        self
    }

    /// How long handlers may go on once the server has closed all connections (10 s).
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.settings.shutdown_timeout = timeout;
        self
    }

    /// Makes the server one of a cluster: broadcasts and the other calls for many sockets reach those of all servers.
    pub fn cluster(mut self, cluster: impl Cluster) -> Self {
        self.registry.cluster = Some(Box::new(cluster));
        self
    }

    /// Keeps a journal of what the server does, for clients in process, which speak JSON. The program's own error hook is
    /// still told.
    #[cfg(feature = "testing")]
    pub(crate) fn watched(mut self, journal: Arc<Journal>) -> Self {
        self.registry.parser = Parser::Json;
        self.registry.journal = Some(journal.clone());
        let told = self.shared.on_error.take();
        self.on_error(move |error| {
            journal.failed(error);
            if let Some(hook) = &told {
                hook(error);
            }
        })
    }

    // ---- start ----

    /// Builds the server without a listener: for a service to mount elsewhere.
    pub fn build(mut self) -> Handle {
        if self.registry.fixed("/").is_none() {
            self.registry.add(Root);
        }
        if let Some(recovery) = self.recovery {
            let unnoticed = self.options.ping_interval + self.options.ping_timeout;
            let store = RecoveryStore::new(recovery, unnoticed, self.options.queue);
            self.registry.recovery = Some(Arc::new(store));
        }
        self.registry.prepare();
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
        Handle::new(engine, registry, self.settings)
    }

    /// Listens on an address and serves for ever. Requests for other paths are answered with 404.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn serve(self, address: impl ToSocketAddrs + fmt::Debug) -> Result<(), Error> {
        let listener = listen::bind(&address).await.map_err(|e| Error::listen(format!("{address:?}"), e))?;
        self.serve_with_shutdown(listener, std::future::pending()).await.map(drop)
    }

    /// Serves until `signal` completes; then accepts no more, tells the clients, and lets handlers finish, for as
    /// long as [`shutdown_timeout`](Self::shutdown_timeout) allows. With [`drain`](Self::drain) that is preceded by a time
    /// in which clients are let go some at a time; until it is over, those who are still connected may open further
    /// connections for their polls, and newcomers are answered with 503.
    ///
    /// ```no_run
    /// # use switchboard::Server;
    /// # async fn run() -> switchboard::Result {
    /// # let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await.unwrap();
    /// let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    /// let report = Server::new().serve_with_shutdown(listener, interrupted).await?;
    /// println!("{report}");
    /// # Ok(())
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
    ) -> Result<ShutdownReport, Error> {
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
