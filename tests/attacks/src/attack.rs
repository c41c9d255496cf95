//! The definition of an attack, and its view of the server.

use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use switchboard::Server;
use switchboard_tests::endpoint::within;
use switchboard_tests::{Endpoint, Polling, WebSocket};

use crate::bystander::{Bystander, Progress};
use crate::process::{Output, Process};

pub(crate) type Run = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An attack. Its file has the same name.
#[derive(Debug)]
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// Sets the server's options.
    pub(crate) options: fn(Server) -> Server,
    /// Mounts the server in axum instead of letting it listen itself.
    pub(crate) mounted: bool,
    /// Limit of the server's memory growth during the attack, in bytes.
    pub(crate) peak: u64,
    /// Runs one round. Panics if the server does not respond correctly.
    pub(crate) run: fn(Target) -> Run,
}

/// The attacked server, with the bystander's progress.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    endpoint: Endpoint,
    progress: Progress,
    output: Arc<Output>,
}

impl Target {
    pub(crate) fn new(process: &Process, bystander: &Bystander) -> Self {
        let (progress, output) = (bystander.progress(), process.output());
        Self { endpoint: process.endpoint.clone(), progress, output }
    }

    /// Waits for `count` more echoes of the bystander.
    pub(crate) async fn echoes(&self, count: u64) {
        let wanted = self.progress.echoes() + count;
        within(format!("{count} echoes of the bystander"), self.progress.reached(wanted)).await;
    }

    /// Returns the number of the bystander's echoes so far.
    pub(crate) fn echo_count(&self) -> u64 {
        self.progress.echoes()
    }

    /// Returns the lines that the server has printed.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// Connects a client over WebSocket to the namespace for attackers.
    pub(crate) async fn websocket(&self) -> WebSocket {
        let mut socket = WebSocket::open(self).await;
        socket.join("/attacked").await;
        socket
    }

    /// Connects a client over long-polling to the namespace for attackers.
    pub(crate) async fn polling(&self) -> Polling {
        let mut polling = Polling::open(self).await;
        polling.post("40/attacked,").await;
        assert!(polling.next_packet().await.starts_with("40/attacked,{"));
        polling
    }

    /// Uses both transports, so that the server makes its one-time allocations before the attack.
    pub(crate) async fn warm_up(&self) {
        for _ in 0..20 {
            drop(self.websocket().await);
            self.polling().await.post("1").await;
        }
        self.echoes(200).await;
    }
}

impl Deref for Target {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}
