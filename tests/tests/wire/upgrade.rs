//! The upgrade of a session from polling to WebSocket.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{Connection, Frame, Polling, Received, Request, TestServer, WebSocket};
use tokio::time::Instant;

use crate::journal::{Journal, seen};

const BAD_REQUEST: &str = r#"{"code":3,"message":"Bad request"}"#;

/// Starts a server with a polling session that has joined `/`, and returns both with the journal.
async fn joined(options: Server) -> (TestServer, Journal, Polling) {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(options.namespace(namespace)).await;
    let polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    (server, journal, polling)
}

/// Checks that the session still works over polling.
async fn expect_polling(polling: &mut Polling) {
    polling.post(r#"42["say","over polling"]"#).await;
    assert_eq!(polling.next_packet().await, r#"42["said","over polling"]"#);
}

#[tokio::test]
async fn a_session_upgrades() {
    let (server, mut journal, mut polling) = joined(Server::new()).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.send(r#"42["say","over websocket"]"#).await;
    socket.expect_text(r#"42["said","over websocket"]"#).await;

    // The session no longer accepts polling.
    assert_eq!(polling.try_get().await.answer(), (400, BAD_REQUEST));
    assert_eq!(polling.try_post(r#"42["say","x"]"#).await.answer(), (400, BAD_REQUEST));
    journal.expect_silence();
}

#[tokio::test]
async fn the_client_need_not_wait_for_the_answer_to_its_probe() {
    let (server, _journal, polling) = joined(Server::new()).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.send("5").await;
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text("3probe").await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

/// SocketIOClient for C# and Unity and Elephant.IO for PHP upgrade this way by default.
#[tokio::test]
async fn a_session_upgrades_without_a_probe() {
    let (server, mut journal, mut polling) = joined(Server::new()).await;
    let mut waiting = polling.wait().await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("5").await;
    assert_eq!(waiting.response().await.expect("the poll's answer").answer(), (200, "6"));
    socket.send(r#"42["say","over websocket"]"#).await;
    socket.expect_text(r#"42["said","over websocket"]"#).await;
    assert_eq!(polling.try_get().await.answer(), (400, BAD_REQUEST));
    drop(socket);
    journal.expect("disconnected: transport close").await;
}

#[tokio::test]
async fn a_client_that_does_not_probe_may_connect_over_the_websocket() {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let polling = Polling::open(&server).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("5").await;
    socket.join("/").await;
    journal.expect("connected").await;
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

#[tokio::test]
async fn order_holds_over_an_upgrade_without_a_probe() {
    let (server, mut journal, mut polling) = joined(Server::new()).await;
    polling.post("42[\"tell\",\"1\"]\u{1e}42[\"say\",\"1\"]\u{1e}42[\"say\",\"2\"]").await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    for packet in ["5", r#"42["say","3"]"#, r#"42["tell","2"]"#] {
        socket.send(packet).await;
    }
    for number in 1..=3 {
        socket.expect_text(&format!(r#"42["said","{number}"]"#)).await;
    }
    journal.expect("told: 1").await;
    journal.expect("told: 2").await;
}

#[tokio::test]
async fn frames_may_come_with_the_opening_handshake() {
    let (server, _journal, polling) = joined(Server::new()).await;
    let request = Request::upgrade(server.target(&format!("transport=websocket&sid={}", polling.sid)));
    let mut connection = Connection::open(&server).await;
    let frames = ["2probe", "5", r#"42["say","x"]"#].map(|packet| Frame::text(packet).to_bytes()).concat();
    connection.send([request.to_bytes(), frames].concat()).await;
    assert_eq!(connection.response().await.expect("an answer").status, 101);
    let mut socket = WebSocket::over(connection);
    socket.expect_text("3probe").await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

#[tokio::test]
async fn a_waiting_poll_is_released() {
    let (server, _journal, polling) = joined(Server::new()).await;
    let mut waiting = polling.wait().await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    assert_eq!(waiting.response().await.expect("the poll's answer").answer(), (200, "6"));
    // The same applies to every further poll until the client has upgraded.
    let mut waiting = polling.wait().await;
    assert_eq!(waiting.response().await.expect("the poll's answer").answer(), (200, "6"));
}

/// A client that has probed sends nothing, including its first events, until its poll is answered.
#[tokio::test(start_paused = true)]
async fn polls_after_the_probe_are_answered_soon_but_not_for_ever() {
    let (namespace, _journal) = seen();
    let server = TestServer::in_memory(Server::new().namespace(namespace));
    let mut polling = Polling::joined(&server).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    let mut waiting = polling.wait().await;
    let probed = Instant::now();
    socket.send("2probe").await;
    assert_eq!(waiting.response().await.expect("the poll's answer").answer(), (200, "6"));
    assert!(probed.elapsed() <= Duration::from_millis(10), "{:?}", probed.elapsed());
    socket.expect_text("3probe").await;
    let arrived = Instant::now();
    assert_eq!(polling.get().await, "6");
    assert!(arrived.elapsed() <= Duration::from_millis(10), "{:?}", arrived.elapsed());
    for _ in 0..40 {
        assert_eq!(polling.get().await, "6");
    }
    assert!(probed.elapsed() > Duration::from_secs(2), "{:?}", probed.elapsed());
    socket.send("5").await;
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

/// Happens when a client's first event is in transit while the server receives the probe.
#[tokio::test(start_paused = true)]
async fn a_poll_that_can_be_answered_with_packets_has_no_noop() {
    let (namespace, _journal) = seen();
    let server = TestServer::in_memory(Server::new().namespace(namespace));
    let mut polling = Polling::joined(&server).await;
    let mut waiting = polling.wait().await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    polling.post(r#"42["say","x"]"#).await;
    assert_eq!(waiting.response().await.expect("the poll's answer").answer(), (200, r#"42["said","x"]"#));
}

#[tokio::test]
async fn a_poll_that_waits_when_the_upgrade_completes_is_answered() {
    let (server, _journal, polling) = joined(Server::new()).await;
    let mut waiting = polling.wait().await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.send("5").await;
    socket.expect_text("3probe").await;
    assert_eq!(waiting.response().await.expect("the poll's answer").answer(), (200, "6"));
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

#[tokio::test]
async fn what_was_buffered_goes_out_over_the_websocket_in_order() {
    let (server, _journal, mut polling) = joined(Server::new()).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    polling.post("42[\"say\",\"1\"]\u{1e}42[\"say\",\"2\"]").await;
    socket.send("5").await;
    socket.send(r#"42["say","3"]"#).await;
    for number in 1..=3 {
        socket.expect_text(&format!(r#"42["said","{number}"]"#)).await;
    }
}

/// Clients should not do this, but an upgrade may overtake a slow POST.
#[tokio::test]
async fn a_post_under_way_is_answered_after_the_upgrade() {
    let (server, mut journal, polling) = joined(Server::new()).await;
    let payload = r#"42["tell","by a slow POST"]"#;
    let request = Request::post(polling.target(), payload).header("Expect", "100-continue");
    let mut post = Connection::open(&server).await;
    post.send(request.head()).await;
    assert_eq!(post.response().await.expect("an interim answer").status, 100);

    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;

    post.send(payload).await;
    let status = post.response().await.expect("an answer").status;
    assert!(matches!(status, 200 | 400), "{status}");
    if status == 200 {
        journal.expect("told: by a slow POST").await;
    }
    socket.send(r#"42["say","y"]"#).await;
    socket.expect_text(r#"42["said","y"]"#).await;
    journal.expect_silence();
}

#[tokio::test]
async fn the_session_keeps_its_sockets() {
    let (server, mut journal, mut polling) = joined(Server::new()).await;
    polling.post("42[\"tell\",\"before\"]").await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.send(r#"42["tell","after"]"#).await;
    journal.expect("told: before").await;
    journal.expect("told: after").await;
    drop(socket);
    journal.expect("disconnected: transport close").await;
}

#[tokio::test]
async fn a_second_upgrade_is_closed() {
    let (server, _journal, polling) = joined(Server::new()).await;
    let mut first = WebSocket::beside(&server, &polling.sid).await;
    first.send("2probe").await;
    first.expect_text("3probe").await;
    // While the first upgrade is in progress.
    WebSocket::beside(&server, &polling.sid).await.expect_close(None).await;
    first.send("5").await;
    first.send(r#"42["say","x"]"#).await;
    first.expect_text(r#"42["said","x"]"#).await;
    // After the first upgrade.
    WebSocket::beside(&server, &polling.sid).await.expect_close(None).await;
    first.send(r#"42["say","y"]"#).await;
    first.expect_text(r#"42["said","y"]"#).await;
}

#[tokio::test]
async fn a_session_over_websocket_has_no_upgrade() {
    let (namespace, _journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut socket = WebSocket::joined(&server).await;
    let sid = socket.handshake["sid"].as_str().expect("a sid").to_owned();
    WebSocket::beside(&server, &sid).await.expect_close(None).await;
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

#[tokio::test]
async fn anything_but_a_probe_or_an_upgrade_packet_aborts_the_upgrade() {
    for packet in ["2", "2prob", "3probe", "4x", "40", "1", "6", "x", ""] {
        let (server, mut journal, mut polling) = joined(Server::new()).await;
        let mut socket = WebSocket::beside(&server, &polling.sid).await;
        socket.send(packet).await;
        socket.expect_close(None).await;
        expect_polling(&mut polling).await;
        journal.expect_silence();
        // A further attempt may succeed.
        let mut socket = WebSocket::beside(&server, &polling.sid).await;
        socket.send("2probe").await;
        socket.expect_text("3probe").await;
    }
}

#[tokio::test]
async fn anything_but_an_upgrade_packet_after_the_probe_aborts_the_upgrade() {
    for packet in ["2", "2probe", "3", "4x", r#"42["say","x"]"#, "1", "6", "x", ""] {
        let (server, mut journal, mut polling) = joined(Server::new()).await;
        let mut socket = WebSocket::beside(&server, &polling.sid).await;
        socket.send("2probe").await;
        socket.expect_text("3probe").await;
        socket.send(packet).await;
        socket.expect_close(None).await;
        expect_polling(&mut polling).await;
        journal.expect_silence();
    }
}

#[tokio::test]
async fn a_broken_websocket_aborts_the_upgrade() {
    let (server, mut journal, mut polling) = joined(Server::new()).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send_frame(&Frame::text("2probe").reserved(0b111)).await;
    assert!(matches!(socket.next().await, Received::Close(None | Some(1002))));
    expect_polling(&mut polling).await;

    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.into_connection().abort();
    expect_polling(&mut polling).await;

    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send_frame(&Frame::close()).await;
    socket.expect_close(None).await;
    expect_polling(&mut polling).await;
    journal.expect_silence();
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_that_takes_too_long_is_abandoned() {
    let (namespace, mut journal) = seen();
    let server = TestServer::in_memory(Server::new().upgrade_timeout(Duration::from_secs(4)).namespace(namespace));
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    // Before the probe.
    WebSocket::beside(&server, &polling.sid).await.expect_close(None).await;
    // After the probe.
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.expect_close(None).await;
    expect_polling(&mut polling).await;
    journal.expect_silence();
}

#[tokio::test]
async fn a_session_that_ends_takes_its_upgrade_with_it() {
    let (server, mut journal, mut polling) = joined(Server::new()).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    polling.post("1").await;
    journal.expect("disconnected: transport close").await;
    socket.expect_close(None).await;
}

#[tokio::test]
async fn a_close_by_the_server_lets_the_upgrade_complete() {
    let (server, mut journal, mut polling) = joined(Server::new()).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    polling.post(r#"42["close"]"#).await;
    journal.expect("disconnected: server namespace disconnect").await;
    socket.send("5").await;
    socket.expect_text("41").await;
    socket.expect_close(None).await;
}

#[tokio::test]
async fn upgrades_can_be_forbidden() {
    let (server, _journal, mut polling) = joined(Server::new().allow_upgrades(false)).await;
    assert_eq!(polling.handshake["upgrades"], serde_json::json!([]));
    WebSocket::beside(&server, &polling.sid).await.expect_close(None).await;
    expect_polling(&mut polling).await;
    // A session that starts with WebSocket is not an upgrade.
    WebSocket::joined(&server).await;
}

#[tokio::test]
async fn how_an_old_request_ends_is_of_no_concern_after_the_upgrade() {
    let (server, mut journal, polling) = joined(Server::new()).await;
    let mut post = Connection::open(&server).await;
    let head = Request::post(polling.target(), "42[\"say\",\"x\"]").to_bytes();
    // All but the last byte, for which the server waits.
    post.send(&head[..head.len() - 1]).await;
    server.settle().await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.send(r#"42["say","one"]"#).await;
    socket.expect_text(r#"42["said","one"]"#).await;
    post.abort();
    server.settle().await;
    socket.send(r#"42["say","two"]"#).await;
    socket.expect_text(r#"42["said","two"]"#).await;
    journal.expect_silence();
}

/// An upgrading client waits for the responses to its POSTs before it polls again. A large reply that waits for that
/// poll must not delay these responses.
#[tokio::test]
async fn a_post_is_answered_whatever_waits_for_a_poll() {
    let (server, mut journal, mut polling) = joined(Server::new()).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    let text = "x".repeat(400_000);
    polling.post(&format!(r#"42["say","{text}"]"#)).await;
    polling.post(&format!(r#"42["say","{text}"]"#)).await;
    socket.send("5").await;
    for _ in 0..2 {
        assert_eq!(socket.next_text().await.len(), text.len() + r#"42["said",""]"#.len());
    }
    journal.expect_silence();
}
