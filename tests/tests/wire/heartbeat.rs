//! The server's pings, and the end of sessions that do not answer them.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{Connection, Polling, Received, Request, TestServer, WebSocket};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

use crate::journal::{Journal, seen};

const INTERVAL: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(4);

fn watched() -> (TestServer, Journal) {
    let (namespace, journal) = seen();
    let options = Server::new().ping_interval(INTERVAL).ping_timeout(TIMEOUT).namespace(namespace);
    (TestServer::in_memory(options), journal)
}

#[tokio::test(start_paused = true)]
async fn websockets_are_pinged() {
    let (server, _journal) = watched();
    let mut socket = WebSocket::open(&server).await;
    let start = Instant::now();
    for round in 1..=3 {
        socket.expect_text("2").await;
        assert_eq!(start.elapsed(), INTERVAL * round);
        socket.send("3").await;
    }
}

#[tokio::test(start_paused = true)]
async fn polls_are_pinged() {
    let (server, _journal) = watched();
    let mut polling = Polling::open(&server).await;
    for _ in 0..3 {
        assert_eq!(polling.get().await, "2");
        polling.post("3").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_websocket_without_pongs_is_closed() {
    let (server, mut journal) = watched();
    let mut socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    socket.expect_text("2").await;
    let pinged = Instant::now();
    socket.expect_close(None).await;
    assert_eq!(pinged.elapsed(), TIMEOUT);
    journal.expect("disconnected: ping timeout").await;
}

#[tokio::test(start_paused = true)]
async fn a_polling_session_without_pongs_is_closed() {
    let (server, mut journal) = watched();
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    assert_eq!(polling.get().await, "2");
    assert_eq!(polling.get().await, "1");
    journal.expect("disconnected: ping timeout").await;
    polling.expect_gone().await;
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_polling_session_is_closed() {
    let (server, mut journal) = watched();
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    journal.expect("disconnected: ping timeout").await;
    polling.expect_gone().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_without_any_namespace_is_pinged_and_closed_too() {
    let (server, _journal) = watched();
    let mut socket = WebSocket::open(&server).await;
    socket.expect_text("2").await;
    socket.expect_close(None).await;
}

/// Other packets extend the wait for a pong, but only once per ping: a peer that never answers is closed in the end.
#[tokio::test(start_paused = true)]
async fn other_packets_extend_the_wait_once() {
    let (server, mut journal) = watched();
    let mut socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    socket.expect_text("2").await;
    let pinged = Instant::now();
    sleep(TIMEOUT / 4).await;
    let mut rounds = 0;
    loop {
        socket.send(r#"42["say","alive"]"#).await;
        match socket.next().await {
            Received::Text(text) => assert_eq!(text, r#"42["said","alive"]"#),
            end => break assert_eq!(end, Received::Close(None)),
        }
        rounds += 1;
        assert!(rounds < 200, "traffic alone keeps the session alive");
        sleep(TIMEOUT / 10).await;
    }
    // The wait was extended once, from the first packet, which arrived after a quarter of the timeout.
    let extended = TIMEOUT * 5 / 4..TIMEOUT * 3 / 2;
    assert!(extended.contains(&pinged.elapsed()), "closed {:?} after the ping", pinged.elapsed());
    journal.expect("disconnected: ping timeout").await;
}

/// A handler that blocks its thread, which handlers should not do, keeps the server from reading the pong and from
/// running its timers.
#[tokio::test]
async fn a_pong_that_is_there_counts_however_late_the_server_comes_to_it() {
    let (namespace, mut journal) = seen();
    let timeout = Duration::from_secs(1);
    let options = Server::new().ping_interval(timeout / 10).ping_timeout(timeout).namespace(namespace);
    let server = TestServer::start(options).await;
    let mut socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    socket.expect_text("2").await;
    socket.send("3").await;
    // The server runs on this thread, and the network delivers in the meantime: the pong has arrived when the timeout
    // expires.
    std::thread::sleep(timeout * 11 / 10);
    socket.expect_text("2").await;
    journal.expect_silence();
}

/// The same with more readable connections than the runtime handles per tick. This test lowers that limit to one. When
/// the server's thread continues, all timers are due, and most pongs have not been reported to the runtime yet.
#[test]
fn pongs_that_are_there_count_when_the_server_comes_to_them_one_by_one() {
    let runtime = Builder::new_current_thread().enable_all().max_io_events_per_tick(1).build().expect("a runtime");
    runtime.block_on(async {
        let (namespace, mut journal) = seen();
        let timeout = Duration::from_millis(600);
        let options = Server::new().ping_interval(timeout).ping_timeout(timeout).namespace(namespace);
        let server = TestServer::start(options).await;
        let mut polling = Polling::joined(&server).await;
        let mut sockets = Vec::new();
        for _ in 0..8 {
            sockets.push(WebSocket::joined(&server).await);
        }
        for _ in 0..9 {
            journal.expect("connected").await;
        }
        for socket in &mut sockets {
            socket.expect_text("2").await;
        }
        while polling.get().await != "2" {}
        let pong = Request::post(polling.target(), "3").header("Content-Type", "text/plain;charset=UTF-8");
        let mut post = Connection::open(&server).await;
        post.send(pong.to_bytes()).await;
        for socket in &mut sockets {
            socket.send("3").await;
        }
        std::thread::sleep(timeout * 4 / 3);
        for socket in &mut sockets {
            socket.expect_text("2").await;
        }
        assert_eq!(post.response().await.expect("an answer").answer(), (200, "ok"));
        assert_eq!(polling.get().await, "2");
        journal.expect_silence();
    });
}

#[tokio::test(start_paused = true)]
async fn a_pong_for_no_ping_is_welcome() {
    let (server, _journal) = watched();
    let mut socket = WebSocket::joined(&server).await;
    sleep(INTERVAL / 2).await;
    for _ in 0..100 {
        socket.send("3").await;
    }
    let asked = Instant::now();
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
    // Each pong restarted the interval, and all of them together lead to only one ping.
    socket.expect_text("2").await;
    assert_eq!(asked.elapsed(), INTERVAL);
    socket.send("3").await;
    let answered = Instant::now();
    socket.expect_text("2").await;
    assert_eq!(answered.elapsed(), INTERVAL);
}

#[tokio::test(start_paused = true)]
async fn pings_go_on_after_an_upgrade() {
    let (server, mut journal) = watched();
    let polling = Polling::open(&server).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    for _ in 0..2 {
        socket.expect_text("2").await;
        socket.send("3").await;
    }
    socket.expect_text("2").await;
    socket.expect_close(None).await;
    journal.expect_silence();
}

#[tokio::test(start_paused = true)]
async fn a_busy_handler_does_not_stop_the_heartbeat() {
    let (server, mut journal) = watched();
    let mut socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    socket.send(r#"42["hold"]"#).await;
    journal.expect("holding").await;
    for _ in 0..4 {
        socket.expect_text("2").await;
        socket.send("3").await;
    }
    journal.expect_silence();
}
