//! Request heads: their maximum size, and the `Host` header.

use std::sync::{Arc, Mutex};

use axum::Router;
use switchboard::prelude::*;
use switchboard::{ConnectionErrorKind, Handle};
use switchboard_tests::endpoint::within;
use switchboard_tests::{Connection, Endpoint, Polling, Request, Response, TestServer, WebSocket};
use tokio::net::TcpListener;

use crate::attacks::expect_service;
use crate::journal::seen;

const LIMIT: usize = 16 * 1024;

/// A server mounted in axum, which has its own, higher limits.
async fn mounted(server: Server) -> (Handle, Endpoint) {
    let server = server.build();
    let router = Router::new().route_service("/socket.io/", server.service());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = Endpoint::new(listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (server, endpoint)
}

/// Returns the request with an added header that brings its head to `size` bytes.
fn padded(request: Request, size: usize) -> Request {
    let room = size - request.clone().header("X-Padding", "").head().len();
    request.header("X-Padding", &"x".repeat(room))
}

async fn answer(server: &Endpoint, request: &Request) -> Response {
    Connection::open(server).await.request(request).await
}

/// Waits until the test's WebSocket is closed. Only the polling session may remain: a refused request must not open
/// one.
async fn only_the_polling_session_is_open(server: &Handle) {
    within("closing the WebSocket", async {
        while server.client_count() != 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Both kinds of requests that open sessions, with the status of a success.
fn openings(server: &Endpoint) -> [(Request, u16); 2] {
    [
        (Request::get(server.target("transport=polling")), 200),
        (Request::upgrade(server.target("transport=websocket")), 101),
    ]
}

#[tokio::test]
async fn a_head_over_16_kib_is_answered_with_431() {
    let (namespace, _) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    for (request, status) in openings(&server) {
        assert_eq!(answer(&server, &padded(request.clone(), LIMIT)).await.status, status);
        // The server does not read larger heads completely, but its response still arrives.
        for size in [LIMIT + 1, 70_000, 355_000, 900_000] {
            assert_eq!(answer(&server, &padded(request.clone(), size)).await.status, 431, "{size} bytes");
        }
    }
    only_the_polling_session_is_open(server.handle()).await;
    let polling = Polling::joined(&server).await;
    assert_eq!(answer(&server, &padded(Request::get(polling.target()), LIMIT + 1)).await.status, 431);
    expect_service(&server).await;
}

#[tokio::test]
async fn a_mounted_server_has_the_same_limit() {
    let refused = Arc::new(Mutex::new(0));
    let options = Server::new().on_connection_error({
        let refused = refused.clone();
        move |error| {
            assert!(matches!(error.kind, ConnectionErrorKind::HeadTooLarge));
            *refused.lock().expect("no panic") += 1;
        }
    });
    let (server, endpoint) = mounted(options).await;
    for (request, status) in openings(&endpoint) {
        assert_eq!(answer(&endpoint, &padded(request.clone(), LIMIT)).await.status, status);
        assert_eq!(answer(&endpoint, &padded(request.clone(), LIMIT + 1)).await.status, 431);
    }
    let large = padded(openings(&endpoint)[0].0.clone(), 355_000);
    assert_eq!(answer(&endpoint, &large).await.answer(), (431, r#"{"code":3,"message":"request head too large"}"#));
    assert_eq!(*refused.lock().expect("no panic"), 3);
    only_the_polling_session_is_open(&server).await;
}

struct Lengths;

#[namespace("/")]
impl Lengths {
    #[on("lengths")]
    async fn lengths(&self, socket: &Socket<Self>) -> Vec<usize> {
        let handshake = socket.handshake();
        ["x-first", "x-padding"].iter().map(|name| handshake.header(name).map_or(0, str::len)).collect()
    }
}

#[tokio::test]
async fn with_a_higher_limit_large_headers_are_kept_whole() {
    let server = TestServer::start(Server::new().max_head(1_000_000).namespace(Lengths)).await;
    let request = Request::upgrade(server.target("transport=websocket"))
        .header("X-First", &"x".repeat(65_536))
        .header("X-Padding", &"x".repeat(400_000));
    let mut socket = WebSocket::opened(Connection::open(&server).await, &request).await;
    socket.join("/").await;
    socket.send(r#"420["lengths"]"#).await;
    socket.expect_text("430[[65536,400000]]").await;
}

/// Returns the statuses for heads that differ in their `Host`, in the order of `HOSTS`.
async fn answers_by_host(server: &Endpoint, request: &Request) -> Vec<u16> {
    let plain = String::from_utf8(request.clone().without("Host").head()).expect("text");
    let (line, fields) = plain.split_once("\r\n").expect("a request line");
    let mut statuses = Vec::new();
    for (version, hosts) in HOSTS {
        let line = line.replace("HTTP/1.1", version);
        let mut connection = Connection::open(server).await;
        connection.send(format!("{line}\r\n{hosts}Connection: close\r\n{fields}")).await;
        statuses.push(connection.line().await.expect("an answer")[9..12].parse().expect("a status"));
    }
    statuses
}

const HOSTS: [(&str, &str); 8] = [
    ("HTTP/1.1", "Host: example.org:80\r\n"),
    ("HTTP/1.1", "Host: [::1]:80\r\n"),
    ("HTTP/1.1", "Host:\r\n"),
    ("HTTP/1.0", ""),
    ("HTTP/1.1", ""),
    ("HTTP/1.1", "Host: a\r\nHost: a\r\n"),
    ("HTTP/1.0", "Host: a\r\nHost: b\r\n"),
    ("HTTP/1.1", "Host: a, b\r\n"),
];

/// RFC 9112, section 3.2.
#[tokio::test]
async fn a_request_without_a_valid_host_is_answered_with_400() {
    let server = TestServer::start(Server::new()).await;
    let (_, mounted) = mounted(Server::new()).await;
    for endpoint in [&*server, &mounted] {
        let request = Request::get(endpoint.target("transport=polling"));
        assert_eq!(answers_by_host(endpoint, &request).await, [200, 200, 200, 200, 400, 400, 400, 400]);
        let upgrade = Request::upgrade(endpoint.target("transport=websocket")).without("Host");
        assert_eq!(answer(endpoint, &upgrade).await.answer(), (400, "Bad request"));
    }
    let elsewhere = answers_by_host(&server, &Request::get("/other")).await;
    assert_eq!(elsewhere, [404, 404, 404, 404, 400, 400, 400, 400]);
}
