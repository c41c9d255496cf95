//! Heartbeats of Engine.IO 3, where the client sends the pings.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{Connection, Request, TestServer, WebSocket};
use tokio::time::{Instant, sleep};

use super::setting::{Polling, journaled, target, websocket};
use crate::journal::{Journal, seen};

const INTERVAL: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(4);

fn watched() -> (TestServer, Journal) {
    let (namespace, journal) = seen();
    let options = Server::new().allow_eio3(true).ping_interval(INTERVAL).ping_timeout(TIMEOUT).namespace(namespace);
    (TestServer::in_memory(options), journal)
}

#[tokio::test(start_paused = true)]
async fn clients_ping_and_are_answered() {
    let (server, _journal) = watched();
    let mut socket = websocket(&server).await;
    let polling = Polling::joined(&server, "").await;
    // Only the pongs arrive: the server sends no pings.
    let start = Instant::now();
    while start.elapsed() < INTERVAL + TIMEOUT * 2 {
        socket.send("2").await;
        socket.expect_text("3").await;
        polling.post("1:2").await;
        assert_eq!(polling.get().await.answer(), (200, "1:3"));
        sleep(INTERVAL).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_ping_is_gone() {
    let (server, mut journal) = watched();
    let start = Instant::now();
    let mut socket = websocket(&server).await;
    journal.expect("connected").await;
    // Only pings extend the timeout.
    socket.send(r#"42["tell","x"]"#).await;
    journal.expect("told: x").await;
    socket.expect_close(None).await;
    assert_eq!(start.elapsed(), INTERVAL + TIMEOUT);
    journal.expect("disconnected: ping timeout").await;

    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    assert_eq!(polling.get().await.answer(), (200, "1:1"));
    journal.expect("disconnected: ping timeout").await;
    polling.expect_gone().await;
}

#[tokio::test(start_paused = true)]
async fn who_has_upgraded_and_does_not_ping_is_gone_too() {
    let (server, mut journal) = watched();
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    let request = Request::upgrade(target(&format!("transport=websocket&sid={}", polling.sid)));
    let mut socket = WebSocket::switched(Connection::open(&server).await, &request).await.expect("101");
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.expect_close(None).await;
    journal.expect("disconnected: ping timeout").await;
}

#[tokio::test]
async fn a_pong_is_the_wrong_direction() {
    let (server, mut journal) = journaled(|server| server).await;
    let mut socket = websocket(&server).await;
    journal.expect("connected").await;
    socket.send("3").await;
    journal.expect("disconnected: transport error").await;
    socket.expect_close(None).await;
}

#[tokio::test]
async fn pings_without_end_fill_nothing() {
    let (server, mut journal) = journaled(|server| server.queue_limits(1 << 20, 100)).await;
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    let mut post = Connection::open(&server).await;
    post.send(Request::post(polling.target(), "1:2".repeat(1000)).to_bytes()).await;
    let mut answered = 0;
    while answered < 1000 {
        let answer = polling.get().await;
        let pongs = answer.text().matches("1:3").count();
        // The client is held back at half of the limit.
        assert!(pongs <= 50, "{pongs} answers waited");
        answered += pongs;
    }
    assert_eq!(post.response().await.expect("an answer").answer(), (200, "ok"));
    journal.expect_silence();
}
