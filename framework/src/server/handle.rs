//! A built server: mounted, or listening.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::listen;
use super::service::Service;
use crate::engine::Engine;
use crate::error::Error;
use crate::namespace::{Registry, SocketIo};

/// A server that has been built. Cloning it is cheap.
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
/// // … mount `server.service()`, and from anywhere:
/// news.emit(Headline { text: "it works".into() })?;
/// # Ok::<(), switchboard::EmitError>(())
/// ```
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    engine: Arc<Engine<Arc<SocketIo>>>,
    registry: Arc<Registry>,
    destroy_upgrade: Option<Duration>,
    shutdown_timeout: Duration,
}

impl Handle {
    pub(super) fn new(
        engine: Arc<Engine<Arc<SocketIo>>>,
        registry: Arc<Registry>,
        destroy_upgrade: Option<Duration>,
        shutdown_timeout: Duration,
    ) -> Self {
        Self(Arc::new(Inner { engine, registry, destroy_upgrade, shutdown_timeout }))
    }

    /// The service to mount: a hyper service, and with the feature `tower` a `tower::Service`.
    pub fn service(&self) -> Service {
        Service::new(self.0.engine.clone())
    }

    /// How many clients are connected, whatever the number of namespaces that each is in.
    pub fn client_count(&self) -> usize {
        self.0.engine.session_count()
    }

    /// Serves one connection that the program accepted itself, over TLS for example, until it ends.
    pub async fn serve_connection<S>(&self, stream: S, address: Option<SocketAddr>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (_never, stop) = watch::channel(false);
        listen::connection(stream, address, self, stop).await;
    }

    /// As [`Server::serve_with_shutdown`](crate::Server::serve_with_shutdown).
    ///
    /// # Errors
    ///
    /// None at present: a failing `accept` is tried again.
    pub async fn serve(
        &self,
        listener: TcpListener,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        listen::accept(listener, self.clone(), signal).await;
        Ok(())
    }

    /// Disconnects all clients, accepts none from now on, and waits for handlers to finish, for as long as
    /// [`Server::shutdown_timeout`](crate::Server::shutdown_timeout) allows.
    ///
    /// Clients see their connection closed (`transport close`), and reconnect; disconnect hooks see
    /// [`ServerShuttingDown`](crate::DisconnectReason::ServerShuttingDown).
    pub async fn close(&self) {
        self.0.engine.close();
        // What has not finished by then is left to the runtime.
        let _ = tokio::time::timeout(self.0.shutdown_timeout, self.0.engine.wait_idle()).await;
        if let Some(cluster) = &self.0.registry.cluster {
            cluster.close().await;
        }
    }

    pub(super) fn registry(&self) -> &Arc<Registry> {
        &self.0.registry
    }

    pub(super) fn engine(&self) -> &Arc<Engine<Arc<SocketIo>>> {
        &self.0.engine
    }

    pub(super) fn destroy_upgrade(&self) -> Option<Duration> {
        self.0.destroy_upgrade
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("clients", &self.client_count()).finish_non_exhaustive()
    }
}
