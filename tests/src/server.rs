//! A Switchboard server that runs inside the test.

use std::ops::Deref;

use switchboard::prelude::*;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::endpoint::within;
use crate::{Endpoint, panics};

/// A server on a free port of this machine.
///
/// Dropping it stops it, and fails the test if anything but a test has panicked.
#[derive(Debug)]
pub struct TestServer {
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
        let running = tokio::spawn(async move {
            let stopped = async move { drop(stopped.await) };
            server.serve_with_shutdown(listener, stopped).await.expect("the server runs");
        });
        Self { endpoint, stop: Some(stop), running }
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
