//! Timeouts of handlers, and how handlers learn that their client has disconnected.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::mpsc::UnboundedSender;

use crate::journal::Journal;

/// The timeout under test. No step of these tests has to be faster than it.
const SOON: Duration = Duration::from_millis(200);
/// Longer than any test.
const HOUR: Duration = Duration::from_secs(3600);

struct Office(UnboundedSender<String>);

/// Reports its drop to the test.
struct Desk(UnboundedSender<String>);

impl Drop for Desk {
    fn drop(&mut self) {
        report(&self.0, "dropped");
    }
}

fn report(reports: &UnboundedSender<String>, what: impl Into<String>) {
    // Ignored if the test has already ended.
    drop(reports.send(what.into()));
}

#[payload]
struct Wish {
    #[serde(default)]
    never_connects: bool,
    #[serde(default)]
    never_leaves: bool,
}

#[namespace("/", session = Desk)]
impl Office {
    #[on_connect]
    async fn enter(&self, Auth(wish): Auth<Wish>) -> Desk {
        if wish.never_connects {
            report(&self.0, "connecting");
            std::future::pending::<()>().await;
        }
        Desk(self.0.clone())
    }

    #[on("hold")]
    async fn hold(&self) {
        report(&self.0, "holding");
        std::future::pending::<()>().await;
    }

    #[on("hold beside", concurrent)]
    async fn hold_beside(&self) {
        report(&self.0, "holding");
        std::future::pending::<()>().await;
    }

    #[on("hold within", middleware(slow))]
    async fn hold_within(&self) {}

    #[on("hand on")]
    async fn hand_on(&self, ack: Ack<bool>) {
        tokio::spawn(async move {
            tokio::time::sleep(2 * SOON).await;
            ack.send(true)
        });
        std::future::pending::<()>().await;
    }

    #[on("until closed")]
    async fn until_closed(&self, socket: &Socket<Self>) {
        report(&self.0, "waiting");
        let reason = socket.closed().await;
        let again = socket.closed().await;
        report(&self.0, format!("closed: {reason}, {again}"));
    }

    #[on("until closed, in a task")]
    fn task_until_closed(&self, socket: Socket<Self>) {
        let (closed, reports) = (socket.closed(), self.0.clone());
        tokio::spawn(async move { report(&reports, format!("closed: {}", closed.await)) });
    }

    #[on("leave")]
    fn leave(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }

    #[on("echo")]
    fn echo(&self, number: u32) -> u32 {
        number
    }

    #[on_disconnect]
    async fn left(&self, reason: DisconnectReason, Auth(wish): Auth<Wish>) {
        report(&self.0, format!("left: {reason}"));
        if wish.never_leaves {
            std::future::pending::<()>().await;
        }
    }
}

async fn slow<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    std::future::pending::<()>().await;
    next.run(event).await
}

async fn server(set: impl FnOnce(Server) -> Server) -> (TestServer, Journal) {
    let (reports, journal) = Journal::new();
    let errors = reports.clone();
    let told = move |error: &switchboard::HandlerError| report(&errors, format!("{}: {}", error.event, error.kind));
    let options = Server::new().namespace(Office(reports)).on_error(told);
    (TestServer::start(set(options)).await, journal)
}

#[tokio::test]
async fn a_handler_that_never_ends_goes_after_its_client() {
    for event in ["hold", "hold beside"] {
        let (server, mut journal) = server(|server| server.disconnect_timeout(SOON)).await;
        let mut socket = WebSocket::joined(&server).await;
        socket.send(&format!(r#"42["{event}"]"#)).await;
        journal.expect("holding").await;
        drop(socket);
        let mut reports = [journal.next().await, journal.next().await];
        reports.sort();
        assert_eq!(reports, [format!("{event}: the handler timed out"), "left: transport close".to_owned()]);
        journal.expect("dropped").await;
    }
}

/// The disconnect timeout ends the current handler and each queued one in turn.
#[tokio::test]
async fn events_that_wait_behind_a_handler_go_with_it() {
    let (server, mut journal) = server(|server| server.disconnect_timeout(SOON)).await;
    let mut socket = WebSocket::joined(&server).await;
    for _ in 0..50 {
        socket.send(r#"42["hold"]"#).await;
    }
    socket.send("41").await;
    socket.send("40").await;
    journal.expect("holding").await;
    journal.expect("hold: the handler timed out").await;
    for _ in 1..50 {
        journal.expect("holding").await;
        journal.expect("hold: the handler timed out").await;
    }
    journal.expect("left: client namespace disconnect").await;
    journal.expect("dropped").await;
}

#[tokio::test]
async fn a_disconnect_hook_that_never_ends_is_dropped() {
    let (server, mut journal) = server(|server| server.disconnect_timeout(SOON)).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40{"never_leaves":true}"#).await;
    assert!(socket.next_text().await.starts_with("40{"));
    drop(socket);
    journal.expect("left: transport close").await;
    journal.expect("disconnect: the handler timed out").await;
    journal.expect("dropped").await;
}

#[tokio::test]
async fn a_connect_hook_that_never_ends_goes_after_its_client() {
    let (server, mut journal) = server(|server| server.disconnect_timeout(SOON)).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40{"never_connects":true}"#).await;
    journal.expect("connecting").await;
    drop(socket);
    journal.expect("connect: the handler timed out").await;
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_answered_for() {
    let (server, mut journal) = server(|server| server.handler_timeout(SOON)).await;
    let mut socket = WebSocket::joined(&server).await;
    for (id, event) in [(1, "hold"), (2, "hold beside"), (3, "hold within")] {
        socket.send(&format!(r#"42{id}["{event}"]"#)).await;
        if id < 3 {
            journal.expect("holding").await;
        }
        journal.expect(&format!("{event}: the handler timed out")).await;
        socket.expect_text(&format!(r#"43{id}[{{"error":{{"message":"timed out"}}}}]"#)).await;
    }
    // Another task holds the `Ack`, and acknowledges later.
    socket.send(r#"424["hand on"]"#).await;
    journal.expect("hand on: the handler timed out").await;
    socket.expect_text("434[true]").await;
    socket.send(r#"425["echo",5]"#).await;
    socket.expect_text("435[5]").await;

    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40{"never_connects":true}"#).await;
    journal.expect("connecting").await;
    journal.expect("connect: the handler timed out").await;
    socket.expect_text(r#"44{"message":"timed out"}"#).await;
}

#[tokio::test]
async fn handlers_learn_that_their_client_has_left() {
    let (server, mut journal) = server(|server| server.disconnect_timeout(HOUR)).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"42["until closed"]"#).await;
    journal.expect("waiting").await;
    drop(socket);
    journal.expect("closed: transport close, transport close").await;
    journal.expect("left: transport close").await;
    journal.expect("dropped").await;

    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"42["until closed, in a task"]"#).await;
    socket.send(r#"42["leave"]"#).await;
    socket.expect_text("41").await;
    let mut reports = [journal.next().await, journal.next().await];
    reports.sort();
    assert_eq!(reports, ["closed: server namespace disconnect", "left: server namespace disconnect"]);
}
