//! A built server, either mounted or with its own listener.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;

use super::client_files::ClientFiles;
use super::drain::{self, Drain, ShutdownReport};
use super::listen;
use super::service::Service;
use crate::engine::Engine;
use crate::error::Error;
use crate::namespace::{Registry, SocketIo};

/// A built server. Cheap to clone.
///
/// ```
/// # use switchboard::prelude::*;
/// # struct News;
/// # #[event("headline")]
/// # struct Headline { text: String }
/// # #[namespace("/news", emits(Headline))]
/// # impl News {}
/// let server = Server::new().namespace(News).build();
/// let news = server.namespace::<News>();
/// // Mount `server.service()`, and emit from anywhere:
/// news.emit(Headline { text: "it works".into() })?;
/// # Ok::<(), switchboard::EmitError>(())
/// ```
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    engine: Arc<Engine<Arc<SocketIo>>>,
    registry: Arc<Registry>,
    settings: Settings,
}

/// Settings of a server that do not concern sessions.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) max_http_connections: usize,
    pub(super) destroy_upgrade: Option<Duration>,
    pub(super) shutdown_timeout: Duration,
    pub(super) drain: Option<Drain>,
    pub(super) client_files: Option<Arc<ClientFiles>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_http_connections: 100_000,
            destroy_upgrade: Some(Duration::from_secs(1)),
            shutdown_timeout: Duration::from_secs(10),
            drain: None,
            client_files: None,
        }
    }
}

impl Handle {
    pub(super) fn new(engine: Arc<Engine<Arc<SocketIo>>>, registry: Arc<Registry>, settings: Settings) -> Self {
        Self(Arc::new(Inner { engine, registry, settings }))
    }

    /// Returns the service to mount: a hyper service and, with the feature `tower`, a `tower::Service`.
    pub fn service(&self) -> Service {
        Service::new(self.0.engine.clone(), self.0.settings.client_files.clone())
    }

    /// Returns the number of connected clients, regardless of how many namespaces each has joined.
    pub fn client_count(&self) -> usize {
        self.0.engine.session_count()
    }

    /// Serves one connection that the program has accepted itself, for example over TLS, until it ends.
    pub async fn serve_connection<S>(&self, stream: S, address: Option<SocketAddr>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (_never, stop) = watch::channel(false);
        let idle = pin!(sleep(listen::HEADER_TIMEOUT));
        listen::connection(stream, address, self, stop, idle).await;
    }

    /// Like [`Server::serve_with_shutdown`](crate::Server::serve_with_shutdown).
    ///
    /// # Errors
    ///
    /// Currently none: a failed `accept` is retried.
    pub async fn serve(
        &self,
        listener: TcpListener,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Result<ShutdownReport, Error> {
        let handle = self.clone();
        let ended = async move {
            signal.await;
            match &handle.0.settings.drain {
                Some(plan) => handle.drain(plan.clone()).await,
                // No client is disconnected while connections are still accepted.
                None => ShutdownReport::default(),
            }
        };
        Ok(listen::accept(listener, self.clone(), ended).await)
    }

    /// Disconnects the clients in batches, and then [closes](Self::close) the server: see [`Drain`]. This takes at most
    /// the deadline of the drain plus [`Server::shutdown_timeout`](crate::Server::shutdown_timeout).
    ///
    /// Use it if the service is mounted in another server; [`serve`](Self::serve) does this itself if
    /// [`Server::drain`](crate::Server::drain) is set. If the future is dropped before it completes, new sessions stay
    /// refused, and clients already asked to leave still disconnect.
    ///
    /// ```
    /// # use switchboard::{Drain, Handle};
    /// # async fn stop(server: Handle) {
    /// let report = server.drain(Drain::new().batch(200)).await;
    /// println!("{report}");
    /// # }
    /// ```
    pub async fn drain(&self, plan: Drain) -> ShutdownReport {
        drain::drain(self, &plan).await
    }

    /// Disconnects all clients, refuses new ones, and waits for handlers for up to
    /// [`Server::shutdown_timeout`](crate::Server::shutdown_timeout).
    ///
    /// Clients see their connection closed (`transport close`) and reconnect; disconnect hooks receive
    /// [`ServerShuttingDown`](crate::DisconnectReason::ServerShuttingDown). Queued packets are dropped, including the
    /// acknowledgements of handlers that are still running. [`drain`](Self::drain) waits for these.
    pub async fn close(&self) -> ShutdownReport {
        let cut = self.0.engine.close();
        // Tasks that have not finished by then continue on the runtime.
        let _ = tokio::time::timeout(self.0.settings.shutdown_timeout, self.0.engine.wait_idle()).await;
        let unfinished = self.0.engine.running_count();
        if let Some(recovery) = &self.0.registry.recovery {
            recovery.close();
        }
        if let Some(cluster) = &self.0.registry.cluster {
            cluster.close().await;
        }
        ShutdownReport { cut, unfinished, ..ShutdownReport::default() }
    }

    pub(super) fn registry(&self) -> &Arc<Registry> {
        &self.0.registry
    }

    pub(crate) fn engine(&self) -> &Arc<Engine<Arc<SocketIo>>> {
        &self.0.engine
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("clients", &self.client_count()).finish_non_exhaustive()
    }
}
