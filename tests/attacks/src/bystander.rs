//! A client that only wants its echoes.

use std::time::Duration;

use switchboard_tests::{Endpoint, WebSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Between two echoes: the bystander's own load on the machine stays small.
const PAUSE: Duration = Duration::from_millis(1);

/// A client that sends one event after the other and checks each answer. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Bystander {
    progress: Progress,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// How many echoes have come back.
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

    /// Ends after the echo that is under way, and returns how many there were.
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
