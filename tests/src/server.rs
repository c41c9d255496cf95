//! A Switchboard server that runs within a test.

use std::net::Ipv4Addr;
use std::ops::Deref;

use switchboard::Handle;
use switchboard::prelude::*;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::endpoint::within;
use crate::{Endpoint, panics};

/// A server on a free port of this machine.
///
/// Dropping it stops the server, and fails the test if any code other than a test has panicked.
#[derive(Debug)]
pub struct TestServer {
    handle: Handle,
    endpoint: Endpoint,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl TestServer {
    /// Starts a server on the test's own runtime.
    pub async fn start(server: Server) -> Self {
        panics::watch();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = Endpoint::new(listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel();
        let handle = server.build();
        let running = tokio::spawn({
            let handle = handle.clone();
            async move {
                let stopped = async move { drop(stopped.await) };
                handle.serve(listener, stopped).await.expect("the server runs");
            }
        });
        Self { handle, endpoint, stop: Some(stop), running }
    }

    /// Starts a server that is reached through memory, for a test with a paused clock.
    ///
    /// The runtime sees all bytes in flight, so the clock advances only when server and clients have nothing left to
    /// do, even on a stalled machine. This would not hold for a network.
    pub fn in_memory(server: Server) -> Self {
        panics::watch();
        let handle = server.build();
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let endpoint = Endpoint { memory: Some(handle.clone()), ..Endpoint::new(address) };
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn({
            let handle = handle.clone();
            async move {
                drop(stopped.await);
                handle.close().await;
            }
        });
        Self { handle, endpoint, stop: Some(stop), running }
    }

    /// The server itself.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits until the server has no clients left.
    pub async fn empty(&self) {
        within("forgetting the clients", async {
            while self.handle.client_count() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Asks the server to shut down.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has shut down.
    pub async fn stopped(mut self) {
        within("shutting down", &mut self.running).await.expect("the server does not panic");
    }
}

impl Deref for TestServer {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let places = panics::places();
        assert!(places.is_empty() || std::thread::panicking(), "the server panicked at {places:?}");
    }
}
