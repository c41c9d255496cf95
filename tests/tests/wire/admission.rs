//! Limits on connections, and the responses to clients that exceed them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use switchboard::ConnectionErrorKind;
use switchboard::prelude::*;
use switchboard_tests::{Connection, Endpoint, Polling, Request, Response, TestServer, WebSocket};
use tokio::time::{Instant, timeout};

async fn polling(server: &Endpoint) -> Response {
    Connection::open(server).await.request(&Request::get(server.target("transport=polling"))).await
}

async fn upgrade(server: &Endpoint) -> Response {
    Connection::open(server).await.request(&Request::upgrade(server.target("transport=websocket"))).await
}

#[tokio::test]
async fn too_many_connections() {
    let (asked, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let options = Server::new()
        .max_connections(2)
        .allow_request({
            let asked = asked.clone();
            move |_| {
                asked.fetch_add(1, Ordering::Relaxed);
                async { Ok(()) }
            }
        })
        .on_connection_error({
            let refused = refused.clone();
            move |error| {
                let full = matches!(error.kind, ConnectionErrorKind::TooManyConnections);
                refused.lock().expect("no panic").push(full);
            }
        });
    let server = TestServer::start(options).await;
    let mut socket = WebSocket::joined(&server).await;
    let mut first = Polling::joined(&server).await;

    assert_eq!(polling(&server).await.answer(), (503, r#"{"code":4,"message":"too many connections"}"#));
    assert_eq!(upgrade(&server).await.answer(), (503, "too many connections"));
    assert_eq!(asked.load(Ordering::Relaxed), 2, "who finds no room is not asked about");
    assert_eq!(*refused.lock().expect("no panic"), [true, true]);

    // Connected clients are not affected, even if they upgrade.
    let mut beside = WebSocket::beside(&server, &first.sid).await;
    beside.send("2probe").await;
    beside.expect_text("3probe").await;
    socket.send("41").await;
    socket.join("/").await;

    // A client that disconnects makes room for another.
    first.post("1").await;
    while server.handle().client_count() > 1 {
        tokio::task::yield_now().await;
    }
    Polling::joined(&server).await;
    assert_eq!(upgrade(&server).await.status, 503);
}

/// The limit holds even if the hook runs for several clients at once.
#[tokio::test]
async fn the_bound_holds_while_admission_is_slow() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let waiting = gate.clone();
    let options = Server::new().max_connections(1).allow_request(move |_| {
        let waiting = waiting.clone();
        async move { waiting.acquire().await.map(drop).map_err(|error| error.to_string()) }
    });
    let server = TestServer::start(options).await;
    let mut connections = Vec::new();
    for _ in 0..4 {
        let mut connection = Connection::open(&server).await;
        connection.send(Request::get(server.target("transport=polling")).to_bytes()).await;
        connections.push(connection);
    }
    server.settle().await;
    gate.add_permits(1);
    let mut statuses = Vec::new();
    for connection in &mut connections {
        statuses.push(connection.response().await.expect("an answer").status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 503, 503, 503]);
}

#[tokio::test]
async fn too_many_new_connections() {
    let server = TestServer::start(Server::new().connect_rate(1, 2)).await;
    let mut kept = Polling::joined(&server).await;
    // Exceeds one connection per second, so some are refused even on a slow machine.
    let mut refused = None;
    for _ in 0..1000 {
        let answer = polling(&server).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a refusal");
    assert_eq!(refused.answer(), (503, r#"{"code":4,"message":"too many new connections"}"#));
    // Requests of an open session do not count.
    for _ in 0..20 {
        kept.post("41").await;
        kept.post("40").await;
        kept.next_packet().await;
    }
}

/// An HTTP connection no longer counts once it has become a WebSocket, or has closed.
#[tokio::test]
async fn http_connections_beyond_the_bound_wait() {
    let server = TestServer::start(Server::new().max_http_connections(1)).await;
    let _sockets = [WebSocket::joined(&server).await, WebSocket::joined(&server).await];
    let mut idle = Connection::open(&server).await;
    assert_eq!(idle.request(&Request::get("/other")).await.status, 404);
    let mut waiting = Connection::open(&server).await;
    waiting.send(Request::get("/other").to_bytes()).await;
    assert!(timeout(Duration::from_millis(300), waiting.line()).await.is_err(), "there was no place for it");
    drop(idle);
    assert_eq!(waiting.line().await.as_deref(), Some("HTTP/1.1 404 Not Found"));
}

/// A connection may open 100 sessions at once, then 100 per second. Only this connection waits.
#[tokio::test(start_paused = true)]
async fn one_connection_opens_sessions_at_a_bounded_rate() {
    let server = TestServer::in_memory(Server::new().connect_rate(10_000, 10_000));
    let (request, begun) = (Request::get(server.target("transport=polling")), Instant::now());
    let mut connection = Connection::open(&server).await;
    for (sessions, elapsed) in [(100, 0), (50, 500), (100, 1500)] {
        for _ in 0..sessions {
            assert_eq!(connection.request(&request).await.status, 200);
        }
        assert_eq!(begun.elapsed().as_millis(), elapsed);
    }
    connection.send(request.to_bytes()).await;
    assert_eq!(polling(&server).await.status, 200);
    assert_eq!(begun.elapsed().as_millis(), 1500, "another connection does not wait");
    assert_eq!(connection.response().await.expect("an answer").status, 200);
}

#[tokio::test]
async fn fifty_clients_come_at_once() {
    let server = TestServer::start(Server::new()).await;
    for _ in 0..50 {
        assert_eq!(polling(&server).await.status, 200);
    }
    assert_eq!(server.handle().client_count(), 50);
}
