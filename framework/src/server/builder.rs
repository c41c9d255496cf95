//! The options of a server, except for those of its connections and namespaces, and its start.

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
use crate::namespace::Recorder;
use crate::namespace::{BlockingLimit, HandlerError, MaxRooms, Recovery, RecoveryStore, Registry, Shared, SocketIo};
#[cfg(any(feature = "msgpack", feature = "testing"))]
use crate::protocol::Parser;

/// A server: its namespaces and options. The defaults are those of the Node.js server.
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
    /// Creates a server without namespaces, except for `/`, which always exists.
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

    /// Adds a value that handlers and guards of all namespaces can extract as [`State<T>`](crate::State). There is one
    /// value per type.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.shared.state.insert(TypeId::of::<T>(), Arc::new(value));
        self
    }

    // ---- Socket.IO ----

    /// Sets the encoding of packets: see [`Parser`]. Default: JSON.
    #[cfg(feature = "msgpack")]
    #[cfg_attr(docsrs, doc(cfg(feature = "msgpack")))]
    pub fn parser(mut self, parser: Parser) -> Self {
        self.registry.parser = parser;
        self
    }

    /// Sets the maximum number of attachments in one packet. More close the connection. Default: 10, as in Node.js
    /// clients and servers.
    pub fn max_attachments(mut self, attachments: usize) -> Self {
        self.max_attachments = attachments;
        self
    }

    /// Sets the maximum number of namespaces per connection. More are refused with `too many namespaces`. Default: 64.
    pub fn max_namespaces(mut self, namespaces: usize) -> Self {
        self.max_namespaces = namespaces;
        self
    }

    /// Sets the maximum number of rooms per socket, not counting the room of its own id. Default: 1,024. The names may
    /// have 256 bytes on average, which is 256 KiB in total with the default. Beyond that,
    /// [`Socket::join`](crate::Socket::join) fails.
    ///
    /// A room without other sockets takes about 400 bytes plus its name, so a socket in 1,024 of them takes 0.4 MB.
    pub fn max_rooms(mut self, rooms: usize) -> Self {
        self.shared.max_rooms = MaxRooms(rooms);
        self
    }

    /// Sets a hook that is called for every event that failed: an error or panic of a handler, arguments that do not
    /// fit, or an event without a handler. It is called after the client has been answered.
    pub fn on_error(mut self, hook: impl Fn(&HandlerError) + Send + Sync + 'static) -> Self {
        self.shared.on_error = Some(Box::new(hook));
        self
    }

    /// Sets whether an event without a handler is acknowledged with `{ "error": { "message": … } }`, if the client
    /// asked for an acknowledgement. Default: `true`.
    ///
    /// With `false`, the acknowledgement stays pending, as with the Node.js server. A client that uses `timeout()` gets
    /// its timeout error. [`on_error`](Self::on_error) is called either way.
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

    /// Sets how many handlers marked `blocking` may run at a time, over all connections. Default: 64. Minimum: 1.
    ///
    /// Each occupies a thread of tokio's blocking pool, which has 512 by default. Further handlers wait, and so do the
    /// later events of their sockets.
    pub fn max_blocking_handlers(mut self, handlers: usize) -> Self {
        self.shared.blocking = BlockingLimit::new(handlers);
        self
    }

    /// Enables connection state recovery. Default: off. A client whose connection was cut gets its socket back if it
    /// reconnects in time: the same id and rooms, and the packets that it missed. In the client's `connect` event,
    /// `socket.recovered` is `true`.
    ///
    /// Recoverable events then have one additional argument, a string that clients send when they reconnect. Volatile
    /// events and events with an acknowledgement are not recoverable.
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

    /// Serves the scripts of the browser client below the server's path: see [`ClientFiles`]. Default: off.
    pub fn client_files(mut self, files: ClientFiles) -> Self {
        self.settings.client_files = Some(Arc::new(files));
        self
    }

    /// Disconnects the clients in batches at shutdown, before the steps of
    /// [`serve_with_shutdown`](Self::serve_with_shutdown). Default: all clients at once. If the service is mounted in
    /// another server, call [`Handle::drain`] instead.
    pub fn drain(mut self, plan: Drain) -> Self {
        self.settings.drain = Some(plan);
        self
    }

    /// Sets how long handlers may continue after the server has closed all connections. Default: 10 s.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.settings.shutdown_timeout = timeout;
        self
    }

    /// Sets how long a handler, a guard or a connection hook may run while its client is connected. Default: no limit.
    ///
    /// A handler that takes longer is dropped at an `await`. If the client asked for an acknowledgement, it gets
    /// `{ "error": { "message": "timed out" } }`. A socket that is still connecting is refused with `timed out`. The
    /// error hook receives [`TimedOut`](crate::HandlerErrorKind::TimedOut). The time counts from the first `await` that
    /// is not ready at once. Spawn a task for work that must be completed.
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

    /// Sets how long all handlers of a socket together may continue after it has disconnected. Its disconnect hooks may
    /// then take the same time again. Default: 30 s.
    ///
    /// Handlers that are still pending then are dropped, and the error hook receives
    /// [`TimedOut`](crate::HandlerErrorKind::TimedOut). Without a limit, a handler that never ends would keep the
    /// socket and its session in memory. A handler can end sooner by waiting for
    /// [`Socket::closed`](crate::Socket::closed). `Duration::MAX` means no limit.
    pub fn disconnect_timeout(mut self, timeout: Duration) -> Self {
        self.shared.time_limits.disconnect = timeout;
        self
    }

    /// Joins a cluster of servers. Broadcasts and all other calls for several sockets then include the sockets of all
    /// servers.
    pub fn cluster(mut self, cluster: impl Cluster) -> Self {
        self.registry.cluster = Some(Box::new(cluster));
        self
    }

    /// Records the server's actions for in-process clients, which use JSON. The program's own error hook is still
    /// called.
    #[cfg(feature = "testing")]
    pub(crate) fn with_recorder(mut self, recorder: Arc<Recorder>) -> Self {
        self.registry.parser = Parser::Json;
        self.registry.recorder = Some(recorder.clone());
        let program_hook = self.shared.on_error.take();
        self.on_error(move |error| {
            recorder.record_failure(error);
            if let Some(hook) = &program_hook {
                hook(error);
            }
        })
    }

    // ---- start ----

    /// Builds the server without a listener, to mount its service in another server.
    ///
    /// # Panics
    ///
    /// If [`cors`](Self::cors) lists an origin that can never match, or combines credentials with any origin. The
    /// message says how to correct it.
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

    /// Listens on an address and serves forever. Requests for other paths get 404.
    ///
    /// Ctrl+C and SIGTERM end the program at once; [`serve_with_shutdown`](Self::serve_with_shutdown) with
    /// [`shutdown_signal`](crate::shutdown_signal) lets handlers finish.
    ///
    /// # Panics
    ///
    /// Like [`build`](Self::build).
    ///
    /// # Errors
    ///
    /// If the server cannot listen on the address.
    pub async fn serve(self, address: impl ToSocketAddrs + fmt::Debug) -> Result<(), Error> {
        let listener = listen::bind(&address).await.map_err(|error| {
            let address = format!("{address:?}");
            // The quotation marks of a string.
            Error::listen(address.trim_matches('"').to_owned(), error)
        })?;
        self.serve_with_shutdown(listener, std::future::pending()).await.map(drop)
    }

    /// Serves until `signal` completes. Then the server stops accepting connections, disconnects all clients, and waits
    /// for handlers for up to [`shutdown_timeout`](Self::shutdown_timeout).
    ///
    /// With [`drain`](Self::drain), clients are first disconnected in batches. Meanwhile, connected clients may still
    /// open connections for their polls, and new sessions are refused with 503.
    ///
    /// ```no_run
    /// # use switchboard::Server;
    /// # async fn run() -> switchboard::Result {
    /// # let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await.unwrap();
    /// let report = Server::new().serve_with_shutdown(listener, switchboard::shutdown_signal()).await?;
    /// println!("{report}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Currently none: a failed `accept` is retried.
    ///
    /// # Panics
    ///
    /// Like [`build`](Self::build).
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
