//! The effects of the server's options on the wire.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use switchboard::Transport;
use switchboard::prelude::*;
use switchboard_tests::{Connection, Endpoint, Polling, Request, TestServer, WebSocket};
use tokio::time::{Instant, sleep};

use crate::journal::seen;

async fn status(server: &Endpoint, target: &str) -> u16 {
    Connection::open(server).await.request(&Request::get(target)).await.status
}

#[tokio::test]
async fn path() {
    for configured in ["/custom", "/custom/"] {
        let server = TestServer::start(Server::new().path(configured)).await;
        let endpoint = server.at("/custom/");
        Polling::joined(&endpoint).await;
        WebSocket::joined(&endpoint).await;
        assert_eq!(status(&server, "/socket.io/?EIO=4&transport=polling").await, 404);
        assert_eq!(status(&server, "/custom?EIO=4&transport=polling").await, 404);
        assert_eq!(status(&server, "/custom/more/?EIO=4&transport=polling").await, 404);
        assert_eq!(status(&server, "/customised/?EIO=4&transport=polling").await, 404);
    }
}

#[tokio::test]
async fn a_path_may_be_deep() {
    let server = TestServer::start(Server::new().path("/a/b")).await;
    Polling::joined(&server.at("/a/b/")).await;
}

#[tokio::test]
async fn trailing_slash() {
    let server = TestServer::start(Server::new().trailing_slash(false)).await;
    // Both forms are served.
    for endpoint in [server.at("/socket.io"), server.at("/socket.io/")] {
        Polling::joined(&endpoint).await;
        WebSocket::joined(&endpoint).await;
    }
    assert_eq!(status(&server, "/socket.iofoo?EIO=4&transport=polling").await, 404);
    assert_eq!(status(&server, "/socket.io/more?EIO=4&transport=polling").await, 404);
}

#[tokio::test]
async fn polling_alone() {
    let server = TestServer::start(Server::new().transports([Transport::Polling])).await;
    let polling = Polling::joined(&server).await;
    assert_eq!(polling.handshake["upgrades"], serde_json::json!([]));
    for query in ["transport=websocket".to_owned(), format!("transport=websocket&sid={}", polling.sid)] {
        let request = Request::upgrade(server.target(&query));
        let response = Connection::open(&server).await.request(&request).await;
        assert_eq!(response.answer(), (400, "Transport unknown"));
    }
}

#[tokio::test]
async fn websocket_alone() {
    let server = TestServer::start(Server::new().transports([Transport::WebSocket])).await;
    WebSocket::joined(&server).await;
    let request = Request::get(server.target("transport=polling"));
    let response = Connection::open(&server).await.request(&request).await;
    assert_eq!(response.answer(), (400, r#"{"code":0,"message":"Transport unknown"}"#));
}

#[tokio::test(start_paused = true)]
async fn connect_timeout() {
    let timeout = Duration::from_secs(4);
    let server = TestServer::in_memory(Server::new().connect_timeout(timeout));

    // The client joins no namespace.
    let opened = Instant::now();
    WebSocket::open(&server).await.expect_close(None).await;
    assert_eq!(opened.elapsed(), timeout);
    let mut polling = Polling::open(&server).await;
    assert_eq!(polling.next_packet().await, "1");
    polling.expect_gone().await;

    // An unknown namespace does not count as joined.
    let mut socket = WebSocket::open(&server).await;
    socket.send("40/nope,").await;
    socket.expect_text(r#"44/nope,{"message":"Invalid namespace"}"#).await;
    socket.expect_close(None).await;
}

/// A connect hook that never returns does not count as joined.
#[tokio::test(start_paused = true)]
async fn connect_timeout_ends_what_never_connects() {
    struct Closed;

    #[namespace("/closed")]
    impl Closed {
        #[on_connect]
        async fn connect(&self) {
            std::future::pending::<()>().await;
        }
    }

    let server = TestServer::in_memory(Server::new().connect_timeout(Duration::from_secs(4)).namespace(Closed));
    let mut socket = WebSocket::open(&server).await;
    socket.send("40/closed,").await;
    socket.expect_close(None).await;
}

#[tokio::test(start_paused = true)]
async fn connect_timeout_begins_anew_when_the_last_namespace_is_left() {
    let timeout = Duration::from_secs(4);
    let server = TestServer::in_memory(Server::new().connect_timeout(timeout));
    let mut socket = WebSocket::joined(&server).await;
    // Longer than the timeout: a session with a joined namespace stays open.
    sleep(timeout * 3 / 2).await;
    socket.send("41").await;
    socket.join("/").await;
    socket.send("41").await;
    let left = Instant::now();
    socket.expect_close(None).await;
    assert_eq!(left.elapsed(), timeout);
}

#[tokio::test]
async fn generate_id() {
    let count = AtomicU32::new(0);
    let options = Server::new().generate_id(move |request| {
        let agent = request.headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or("none");
        Ok(format!("{agent}-{}", count.fetch_add(1, Ordering::Relaxed)))
    });
    let server = TestServer::start(options).await;
    let request = Request::get(server.target("transport=polling")).header("User-Agent", "me");
    let response = Connection::open(&server).await.request(&request).await;
    assert!(response.text().starts_with(r#"0{"sid":"me-0","#), "{response:?}");
    assert_eq!(WebSocket::joined(&server).await.handshake["sid"], "none-1");
}

#[tokio::test]
async fn a_generated_id_that_is_taken_opens_no_second_session() {
    let server = TestServer::start(Server::new().generate_id(|_| Ok("same".to_owned()))).await;
    let mut first = Polling::joined(&server).await;
    let response = Connection::open(&server).await.request(&Request::get(server.target("transport=polling"))).await;
    assert_eq!(response.answer(), (400, r#"{"code":3,"message":"Bad request"}"#));
    first.post("41").await;
}

/// Holds even while the first session is still being opened: of two simultaneous upgrades, one is refused.
#[tokio::test]
async fn a_generated_id_is_taken_at_once() {
    let server = TestServer::start(Server::new().generate_id(|_| Ok("same".to_owned()))).await;
    let upgrade = Request::upgrade(server.target("transport=websocket")).to_bytes();
    let mut connections = [Connection::open(&server).await, Connection::open(&server).await];
    for connection in &mut connections {
        connection.send(&upgrade).await;
    }
    let mut statuses = Vec::new();
    for connection in &mut connections {
        statuses.push(connection.response().await.expect("an answer").status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [101, 400]);

    // The id can be used again after the session has ended.
    drop(connections);
    server.empty().await;
    WebSocket::joined(&server).await;
}

#[tokio::test]
async fn max_attachments() {
    let server = TestServer::start(Server::new().max_attachments(1)).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"451-["any",{"_placeholder":true,"num":0}]"#).await;
    socket.send_binary(&[1]).await;
    socket.send(r#"452-["any",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#).await;
    socket.expect_close(None).await;
}

#[tokio::test]
async fn allow_request_may_take_its_time() {
    let options = Server::new().allow_request(|_| async {
        tokio::task::yield_now().await;
        Ok(())
    });
    let server = TestServer::start(options).await;
    Polling::joined(&server).await;
    WebSocket::joined(&server).await;
}

#[tokio::test]
async fn max_packets_per_payload() {
    let server = TestServer::start(Server::new().max_packets_per_payload(3)).await;
    let mut polling = Polling::open(&server).await;
    polling.post("40\u{1e}3\u{1e}3").await;
    polling.post("3\u{1e}3\u{1e}3\u{1e}3").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn max_namespaces() {
    struct A;
    struct B;

    #[namespace("/a")]
    impl A {}

    #[namespace("/b")]
    impl B {}

    let server = TestServer::start(Server::new().max_namespaces(2).namespace(A).namespace(B)).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.join("/a").await;
    socket.send("40/b,").await;
    socket.expect_text(r#"44/b,{"message":"too many namespaces"}"#).await;
    socket.send("41").await;
    socket.join("/b").await;
}

#[tokio::test(start_paused = true)]
async fn body_timeout() {
    let server = TestServer::in_memory(Server::new().body_timeout(Duration::from_secs(4)));
    let mut polling = Polling::joined(&server).await;
    let request = Request::new("POST", polling.target()).header("Content-Length", "100");
    let mut connection = Connection::open(&server).await;
    connection.send(request.head()).await;
    connection.send("4").await;
    let status = connection.response().await.map(|response| response.status);
    assert!(matches!(status, None | Some(400 | 408)), "{status:?}");
    polling.expect_gone().await;
}

#[tokio::test(start_paused = true)]
async fn destroy_upgrade() {
    // An unanswered upgrade is closed silently after a while.
    let patience = Duration::from_secs(4);
    let server = TestServer::in_memory(Server::new().destroy_upgrade(Some(patience)));
    let mut connection = Connection::open(&server).await;
    let sent = Instant::now();
    connection.send(Request::upgrade("/elsewhere").to_bytes()).await;
    assert!(connection.rest().await.is_empty());
    assert_eq!(sent.elapsed(), patience);
}

#[tokio::test]
async fn shutdown_timeout() {
    let (namespace, mut journal) = seen();
    let options = Server::new().shutdown_timeout(Duration::from_millis(50)).namespace(namespace);
    let mut server = TestServer::start(options).await;
    let mut socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    socket.send(r#"42["hold"]"#).await;
    journal.expect("holding").await;
    server.stop();
    socket.expect_close(None).await;
    server.stopped().await;
}
