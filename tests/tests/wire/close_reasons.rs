//! The disconnect reason that a namespace receives, for each way in which a socket can end.

use std::sync::Arc;
use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{Frame, Polling, TestServer, WebSocket};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::journal::{Journal, seen};

async fn joined(options: Server) -> (TestServer, Journal, WebSocket) {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(options.namespace(namespace)).await;
    let socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    (server, journal, socket)
}

#[tokio::test]
async fn transport_close() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send_frame(&Frame::close()).await;
    journal.expect("disconnected: transport close").await;

    let (server, mut journal, _socket) = joined(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    polling.post("1").await;
    journal.expect("disconnected: transport close").await;
}

#[tokio::test]
async fn transport_error() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send_frame(&Frame::text("x").unmasked()).await;
    journal.expect("disconnected: transport error").await;
}

#[tokio::test(start_paused = true)]
async fn ping_timeout() {
    let short = Duration::from_secs(1);
    let (namespace, mut journal) = seen();
    let options = Server::new().ping_interval(short).ping_timeout(short).namespace(namespace);
    let server = TestServer::in_memory(options);
    let _socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    journal.expect("disconnected: ping timeout").await;
}

#[tokio::test]
async fn parse_error() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send("x").await;
    journal.expect("disconnected: parse error").await;
}

#[tokio::test]
async fn forced_close() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send("49").await;
    socket.expect_close(None).await;
    journal.expect("disconnected: forced close").await;
}

#[tokio::test]
async fn client_namespace_disconnect() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send("41").await;
    journal.expect("disconnected: client namespace disconnect").await;
    // The client gets no reply, and may connect again.
    socket.join("/").await;
    journal.expect("connected").await;
}

#[tokio::test]
async fn server_namespace_disconnect() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send(r#"42["leave"]"#).await;
    socket.expect_text("41").await;
    journal.expect("disconnected: server namespace disconnect").await;
    // The session stays open.
    socket.join("/").await;
    journal.expect("connected").await;

    socket.send(r#"42["close"]"#).await;
    socket.expect_text("41").await;
    socket.expect_close(None).await;
    journal.expect("disconnected: server namespace disconnect").await;
}

#[tokio::test]
async fn server_shutting_down() {
    let (mut server, mut journal, mut socket) = joined(Server::new()).await;
    let polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    let mut waiting = polling.wait().await;
    server.stop();
    // No DISCONNECT packet is sent, because it would keep clients from reconnecting.
    socket.expect_close(None).await;
    assert_eq!(waiting.response().await.expect("the poll's answer").answer(), (200, "1"));
    // Without connections, the server does not have to wait.
    drop((socket, polling, waiting));
    journal.expect("disconnected: server shutting down").await;
    journal.expect("disconnected: server shutting down").await;
    server.stopped().await;
}

#[tokio::test]
async fn what_was_emitted_before_a_close_still_arrives() {
    let (server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send(r#"42["say a lot and close"]"#).await;
    for number in 0..1000 {
        socket.expect_text(&format!(r#"42["said","{number}"]"#)).await;
    }
    socket.expect_text("41").await;
    socket.expect_close(None).await;
    journal.expect("disconnected: server namespace disconnect").await;

    let mut polling = Polling::joined(&server).await;
    polling.post(r#"42["say a lot and close"]"#).await;
    for number in 0..1000 {
        assert_eq!(polling.next_packet().await, format!(r#"42["said","{number}"]"#));
    }
    assert_eq!(polling.next_packet().await, "41");
    assert_eq!(polling.next_packet().await, "1");
    polling.expect_gone().await;
}

#[tokio::test]
async fn a_socket_ends_once() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send("41").await;
    socket.send("1").await;
    socket.expect_close(None).await;
    journal.expect("disconnected: client namespace disconnect").await;
    journal.expect_silence();
}

#[tokio::test]
async fn events_behind_a_disconnect_are_dropped() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send(r#"42["leave"]"#).await;
    socket.send(r#"42["tell","too late"]"#).await;
    socket.expect_text("41").await;
    journal.expect("disconnected: server namespace disconnect").await;
    // The client could not know of the disconnect yet.
    socket.join("/").await;
    journal.expect("connected").await;
    journal.expect_silence();
}

/// Accepts a client only when the test allows it, and reports the disconnect reason.
struct Hesitant {
    asked: Arc<Notify>,
    open: Arc<Notify>,
    left: UnboundedSender<DisconnectReason>,
}

#[namespace("/")]
impl Hesitant {
    #[on_connect]
    async fn connect(&self) {
        self.asked.notify_one();
        self.open.notified().await;
    }

    #[on_disconnect]
    fn left(&self, reason: DisconnectReason) {
        self.left.send(reason).ok();
    }
}

/// `#[on_disconnect]` follows every `#[on_connect]`, even if the client left before it completed.
#[tokio::test]
async fn who_leaves_while_connecting_is_let_go_when_connected() {
    let (left, mut reasons) = unbounded_channel();
    let (asked, open) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let namespace = Hesitant { asked: asked.clone(), open: open.clone(), left };
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut ws = WebSocket::open(&server).await;
    ws.send("40").await;
    within("the namespace is asked", asked.notified()).await;
    ws.send_frame(&Frame::close()).await;
    // By the time the close is answered, the session has ended.
    ws.expect_close(None).await;
    open.notify_one();
    let reason = within("the hook runs", reasons.recv()).await;
    assert_eq!(reason, Some(DisconnectReason::TransportClose));
}
