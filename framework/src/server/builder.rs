//! The options of a server, but for those of its connections and its namespaces, and its start.

use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, ToSocketAddrs};

use super::client_files::ClientFiles;
use super::drain::{Drain, ShutdownReport};
use super::handle::{Handle, Settings};
use super::listen;
use super::root::Root;
use crate::adapter::Cluster;
use crate::engine::Engine;
use crate::engine::cors::Cors;
use crate::engine::options::Options;
use crate::error::Error;
#[cfg(feature = "testing")]
use crate::namespace::Journal;
use crate::namespace::{BlockingLimit, HandlerError, MaxRooms, Recovery, RecoveryStore, Registry, Shared, SocketIo};
#[cfg(any(feature = "msgpack", feature = "testing"))]
use crate::protocol::Parser;

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
    pub(super) options: Options,
    shared: Shared,
    pub(super) registry: Registry,
    pub(super) connect_timeout: Duration,
    max_attachments: usize,
    max_namespaces: usize,
    recovery: Option<Recovery>,
    pub(super) settings: Settings,
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

    /// The most rooms that one socket may be in, not counting that of its own id. Default: 1,024. Their names may have
    /// 256 bytes on average, 256 KiB with the default. Beyond that, [`Socket::join`](crate::Socket::join) fails.
    ///
    /// A room that no other socket is in takes about 400 bytes and its name, so that a socket in 1,024 of them takes 0.4 MB.
    pub fn max_rooms(mut self, rooms: usize) -> Self {
        self.shared.max_rooms = MaxRooms(rooms);
        self
    }

    /// Is told of every event that failed: an error or a panic of a handler, arguments that did not fit, a name
    /// without a handler. The client has been answered by then.
    pub fn on_error(mut self, hook: impl Fn(&HandlerError) + Send + Sync + 'static) -> Self {
        self.shared.on_error = Some(Box::new(hook));
        self
    }

    /// Sets whether an event without a handler is acknowledged with `{ "error": { "message": … } }`, where the client
    /// asked for an acknowledgement. Default: `true`.
    ///
    /// With `false` the acknowledgement stays pending, as with Node's server: a client that uses `timeout()` gets its
    /// timeout error. [`on_error`](Self::on_error) is called either way.
    ///
    /// ```
    /// use switchboard::prelude::*;
    ///
    /// let server = Server::new().answer_unknown_events(false).build();
    /// # drop(server);
    /// ```
    pub fn answer_unknown_events(mut self, answer: bool) -> Self {
        self.shared.ignore_unknown_events = !answer;
        self
    }

    /// Sets how many handlers marked `blocking` may run at a time, on all connections together. Default: 64. At least 1.
    ///
    /// Each takes a thread of tokio's blocking pool, which has 512 by default. Handlers beyond the limit wait for their
    /// turn, and their sockets' later events wait behind them.
    pub fn max_blocking_handlers(mut self, handlers: usize) -> Self {
        self.shared.blocking = BlockingLimit::new(handlers);
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

    /// How long a handler, a guard or a connection hook may run while its client is connected. Default: no limit.
    ///
    /// A handler that takes longer is dropped at its `await`. Its acknowledgement, if the client asked for one, is
    /// `{ "error": { "message": "timed out" } }`; a socket that was connecting is refused with `timed out`. The error hook
    /// receives [`TimedOut`](crate::HandlerErrorKind::TimedOut). The time counts from the first `await` that is not ready at
    /// once. Spawn a task for work that must be completed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use switchboard::prelude::*;
    ///
    /// let server = Server::new().handler_timeout(Duration::from_secs(60)).build();
    /// # drop(server);
    /// ```
    pub fn handler_timeout(mut self, timeout: Duration) -> Self {
        self.shared.time_limits.handler = Some(timeout);
        self
    }

    /// How long the handlers of a socket may go on once it is gone, all together; its disconnect hooks may take as long once
    /// more. Default: 30 s.
    ///
    /// A handler that is still pending then is dropped, and the error hook receives
    /// [`TimedOut`](crate::HandlerErrorKind::TimedOut). Without a limit, a handler that never ends would keep the socket and
    /// its session in memory. [`Socket::closed`](crate::Socket::closed) lets a handler end sooner. With `Duration::MAX`,
    /// handlers are waited for without a limit.
    pub fn disconnect_timeout(mut self, timeout: Duration) -> Self {
        self.shared.time_limits.disconnect = timeout;
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
    ///
    /// # Panics
    ///
    /// If [`cors`](Self::cors) lists an origin that can never match, or combines credentials with any origin. The message
    /// says what to write.
    pub fn build(mut self) -> Handle {
        self.options.cors = self.options.cors.map(Cors::validated);
        self.registry.add_undeclared(Root);
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
    /// # Panics
    ///
    /// As [`build`](Self::build).
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
    ///
    /// # Panics
    ///
    /// As [`build`](Self::build).
    pub async fn serve_with_shutdown(
        self,
        listener: TcpListener,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Result<ShutdownReport, Error> {
        self.build().serve(listener, signal).await
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("options", &self.options).finish_non_exhaustive()
    }
}
