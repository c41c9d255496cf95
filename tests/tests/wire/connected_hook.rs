//! `#[on_connected]`, and `disconnect()` before and in it.

use std::sync::Arc;

use serde_json::Value;
use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

use crate::journal::{Journal, Said};

struct House {
    reports: UnboundedSender<String>,
    open: Arc<Semaphore>,
}

#[payload]
struct Wish {
    #[serde(default)]
    refused: bool,
    /// The hook in which the server disconnects the client.
    leave_in: Option<String>,
    #[serde(default)]
    wait: bool,
    #[serde(default)]
    fail: bool,
}

impl Wish {
    fn leaves_in(&self, hook: &str) -> bool {
        self.leave_in.as_deref() == Some(hook)
    }
}

impl House {
    fn report(&self, what: impl Into<String>) {
        // Ignored if the test has already ended.
        drop(self.reports.send(what.into()));
    }
}

async fn guard(socket: &Socket<House>, Auth(wish): Auth<Wish>) -> Result<(), ConnectError> {
    if wish.leaves_in("guard") {
        socket.disconnect();
    }
    Ok(())
}

#[namespace("/", session = String, emits(Said), guard(guard))]
impl House {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>, Auth(wish): Auth<Wish>) -> Result<String, ConnectError> {
        drop(socket.emit(Said("entering".to_owned())));
        if wish.leaves_in("on_connect") {
            socket.disconnect();
        }
        if wish.refused { Err(ConnectError::new("no")) } else { Ok("session".to_owned()) }
    }

    #[on_connected]
    async fn entered(&self, socket: &Socket<Self>, Auth(wish): Auth<Wish>) -> Result<(), String> {
        self.report(format!("connected {}, {}", socket.is_connected(), socket.session()));
        if wish.wait {
            self.open.acquire().await.expect("an open semaphore").forget();
        }
        // Broadcasts already reach the socket.
        drop(socket.namespace().emit(Said("entered".to_owned())));
        if wish.leaves_in("on_connected") {
            socket.disconnect();
            drop(socket.emit(Said("too late".to_owned())));
        }
        if wish.fail { Err("failed".to_owned()) } else { Ok(()) }
    }

    #[on("echo")]
    fn echo(&self, value: Value) -> Value {
        self.report("echo");
        value
    }

    #[on_disconnect]
    fn left(&self, reason: DisconnectReason) {
        self.report(format!("left: {reason}"));
    }
}

async fn server() -> (TestServer, Journal, Arc<Semaphore>) {
    let (reports, journal) = Journal::new();
    let (open, errors) = (Arc::new(Semaphore::new(0)), reports.clone());
    let house = House { reports, open: open.clone() };
    let told = move |error: &switchboard::HandlerError| drop(errors.send(format!("{}: {}", error.event, error.kind)));
    (TestServer::start(Server::new().namespace(house).on_error(told)).await, journal, open)
}

async fn connect(server: &TestServer, auth: &str) -> WebSocket {
    let mut socket = WebSocket::open(server).await;
    socket.send(&format!("40{auth}")).await;
    assert!(socket.next_text().await.starts_with(r#"40{"sid":""#), "{auth}");
    socket.expect_text(r#"42["said","entering"]"#).await;
    socket
}

#[tokio::test]
async fn the_hook_runs_once_the_client_is_connected() {
    let (server, mut journal, _) = server().await;
    let mut socket = connect(&server, "").await;
    socket.expect_text(r#"42["said","entered"]"#).await;
    journal.expect("connected true, session").await;
    journal.expect_silence();
}

#[tokio::test]
async fn events_wait_for_the_hook() {
    let (server, mut journal, open) = server().await;
    let mut socket = connect(&server, r#"{"wait":true}"#).await;
    socket.send(r#"421["echo",1]"#).await;
    socket.send("40/nowhere").await;
    socket.expect_text(r#"44/nowhere,{"message":"Invalid namespace"}"#).await;
    journal.expect("connected true, session").await;
    journal.expect_silence();
    open.add_permits(1);
    socket.expect_text(r#"42["said","entered"]"#).await;
    socket.expect_text("431[1]").await;
}

#[tokio::test]
async fn disconnect_in_the_hook_follows_the_reply() {
    let (server, mut journal, _) = server().await;
    let mut socket = connect(&server, r#"{"leave_in":"on_connected"}"#).await;
    socket.expect_text(r#"42["said","entered"]"#).await;
    socket.expect_text("41").await;
    journal.expect("connected true, session").await;
    journal.expect("left: server namespace disconnect").await;
    socket.join("/").await;
}

#[tokio::test]
async fn disconnect_before_the_reply_takes_effect_after_it() {
    let (server, mut journal, _) = server().await;
    for hook in ["guard", "on_connect"] {
        let mut socket = connect(&server, &format!(r#"{{"leave_in":"{hook}"}}"#)).await;
        socket.expect_text("41").await;
        journal.expect("left: server namespace disconnect").await;
        journal.expect_silence();
        socket.join("/").await;
        socket.expect_text(r#"42["said","entering"]"#).await;
        journal.expect("connected true, session").await;
        drop(socket);
        journal.expect("left: transport close").await;
    }
}

#[tokio::test]
async fn a_refused_client_gets_the_refusal_only() {
    let (server, mut journal, _) = server().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40{"refused":true,"leave_in":"on_connect"}"#).await;
    socket.expect_text(r#"44{"message":"no"}"#).await;
    journal.expect_silence();
    socket.join("/").await;
}

#[tokio::test]
async fn an_error_of_the_hook_is_reported() {
    let (server, mut journal, _) = server().await;
    let mut socket = connect(&server, r#"{"fail":true}"#).await;
    socket.expect_text(r#"42["said","entered"]"#).await;
    journal.expect("connected true, session").await;
    journal.expect("connected: \"failed\"").await;
    socket.send(r#"421["echo",1]"#).await;
    socket.expect_text("431[1]").await;
}
