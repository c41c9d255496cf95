//! A well-behaved client that exchanges echoes with the server during an attack.

use std::time::Duration;

use switchboard_tests::{Endpoint, WebSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Pause between two echoes, so that the bystander causes little load.
const PAUSE: Duration = Duration::from_millis(1);

/// A client that sends events one after the other and checks each answer. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Bystander {
    progress: Progress,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// The number of echoes that have arrived.
#[derive(Clone, Debug)]
pub(crate) struct Progress(watch::Receiver<u64>);

impl Bystander {
    pub(crate) async fn start(server: &Endpoint) -> Self {
        let mut socket = WebSocket::open(server).await;
        socket.join("/echo").await;
        let (count, progress) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            while !*stopped.borrow() && stopped.has_changed().is_ok() {
                let number = *count.borrow();
                socket.send(&format!(r#"42/echo,1["echo",{number}]"#)).await;
                loop {
                    match socket.next_text().await.as_str() {
                        "2" => socket.send("3").await,
                        answer => break assert_eq!(answer, format!("43/echo,1[{number}]")),
                    }
                }
                count.send_replace(number + 1);
                sleep(PAUSE).await;
            }
        });
        Self { progress: Progress(progress), stop, task }
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Stops after the current echo, and returns the number of echoes.
    pub(crate) async fn finish(self) -> u64 {
        self.stop.send_replace(true);
        self.task.await.expect("all echoes come back, in order");
        self.progress.echoes()
    }
}

impl Progress {
    pub(crate) fn echoes(&self) -> u64 {
        *self.0.borrow()
    }

    pub(crate) async fn reached(&self, count: u64) {
        self.0.clone().wait_for(|echoes| *echoes >= count).await.expect("the bystander is served");
    }
}
