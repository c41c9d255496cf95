//! Heartbeats, which are the client's.

use std::time::{Duration, Instant};

use switchboard_tests::{Connection, Request, TestServer, WebSocket};

use super::setting::{Polling, journaled, target, websocket};
use crate::journal::Journal;

const INTERVAL: Duration = Duration::from_millis(100);
const TIMEOUT: Duration = Duration::from_millis(400);

async fn watched() -> (TestServer, Journal) {
    journaled(|server| server.ping_interval(INTERVAL).ping_timeout(TIMEOUT)).await
}

#[tokio::test]
async fn clients_ping_and_are_answered() {
    let (server, _journal) = watched().await;
    let mut socket = websocket(&server).await;
    let polling = Polling::joined(&server, "").await;
    // Nothing but the answers comes: the server does not ping.
    let start = Instant::now();
    while start.elapsed() < INTERVAL + TIMEOUT * 2 {
        socket.send("2").await;
        socket.expect_text("3").await;
        polling.post("1:2").await;
        assert_eq!(polling.get().await.answer(), (200, "1:3"));
    }
}

#[tokio::test]
async fn who_does_not_ping_is_gone() {
    let (server, mut journal) = watched().await;
    let start = Instant::now();
    let mut socket = websocket(&server).await;
    journal.expect("connected").await;
    // Only pings count.
    socket.send(r#"42["tell","x"]"#).await;
    journal.expect("told: x").await;
    socket.expect_close(None).await;
    assert!(start.elapsed() >= INTERVAL + TIMEOUT, "closed after {:?}", start.elapsed());
    journal.expect("disconnected: ping timeout").await;

    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    assert_eq!(polling.get().await.answer(), (200, "1:1"));
    journal.expect("disconnected: ping timeout").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn who_has_upgraded_and_does_not_ping_is_gone_too() {
    let (server, mut journal) = watched().await;
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
    polling.post("1:2".repeat(100)).await;
    polling.post("1:2").await;
    journal.expect("disconnected: slow reader").await;
    polling.expect_gone().await;
}
