//! Opening a session (Engine.IO protocol, "Handshake").

use std::collections::HashSet;
use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{Connection, Polling, Request, TestServer, WebSocket};

/// Splits the packet `0{"sid":"…",…` into the sid, which is random, and the rest.
fn after_sid(open: &str) -> (&str, &str) {
    let rest = open.strip_prefix(r#"0{"sid":""#).unwrap_or_else(|| panic!("not an open packet: {open:?}"));
    rest.split_once('"').expect("the sid ends")
}

#[tokio::test]
async fn polling_opens_a_session() {
    let server = TestServer::start(Server::new()).await;
    let request = Request::get(server.target("transport=polling"));
    let response = Connection::open(&server).await.request(&request).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(response.header("content-length"), Some(response.body.len().to_string().as_str()));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("set-cookie"), None);
    let (_, rest) = after_sid(response.text());
    assert_eq!(rest, r#","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#);
}

#[tokio::test]
async fn websocket_opens_a_session() {
    let server = TestServer::start(Server::new()).await;
    let request = Request::upgrade(server.target("transport=websocket"));
    let mut socket = WebSocket::switched(Connection::open(&server).await, &request).await.expect("101");
    let open = socket.next_text().await;
    let (_, rest) = after_sid(&open);
    assert_eq!(rest, r#","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#);
}

#[tokio::test]
async fn options_are_told_to_the_client() {
    let options = Server::new()
        .ping_interval(Duration::from_millis(300))
        .ping_timeout(Duration::from_millis(200))
        .max_payload(5000)
        .allow_upgrades(false);
    let server = TestServer::start(options).await;
    let request = Request::get(server.target("transport=polling"));
    let response = Connection::open(&server).await.request(&request).await;
    let (_, rest) = after_sid(response.text());
    assert_eq!(rest, r#","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":5000}"#);
}

#[tokio::test]
async fn session_ids_are_long_and_never_repeat() {
    let server = TestServer::start(Server::new()).await;
    let mut seen = HashSet::new();
    let mut connection = Connection::open(&server).await;
    for _ in 0..50 {
        let response = connection.request(&Request::get(server.target("transport=polling"))).await;
        let sid = after_sid(response.text()).0.to_owned();
        assert!(
            sid.len() >= 20 && sid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
            "{sid}"
        );
        assert!(seen.insert(sid));
    }
}

#[tokio::test]
async fn a_socket_id_is_not_the_session_id() {
    let server = TestServer::start(Server::new()).await;
    let mut socket = WebSocket::open(&server).await;
    let id = socket.join("/").await;
    assert_ne!(socket.handshake["sid"], id.as_str());
}

#[tokio::test]
async fn queries_are_decoded_as_forms() {
    let server = TestServer::start(Server::new()).await;
    let opens = [
        "EIO=4&transport=poll%69ng",
        "transport=polling&EIO=4",
        "EIO=3&transport=websocket&transport=polling&EIO=4",
        "EIO=4&transport=polling&t=Nz1bQ&token=a%20b&flag&=&&x==",
        "EIO=4&transport=polling&token=%zz%",
        "EIO=4&transport=polling&b64=1",
        "EIO=4&transport=polling&sid=",
    ];
    for query in opens {
        let request = Request::get(format!("/socket.io/?{query}"));
        let response = Connection::open(&server).await.request(&request).await;
        assert_eq!(response.status, 200, "{query}: {}", response.text());
    }
}

/// Clients without a session may send an empty sid.
#[tokio::test]
async fn an_empty_sid_is_none() {
    let server = TestServer::start(Server::new()).await;
    let request = Request::upgrade(server.target("transport=websocket&sid="));
    WebSocket::opened(Connection::open(&server).await, &request).await.join("/").await;
}

#[tokio::test]
async fn the_upgrade_headers_are_read_as_lists_without_case() {
    let server = TestServer::start(Server::new()).await;
    let request = Request::upgrade(server.target("transport=websocket"))
        .header("connection", "keep-alive, UPGRADE")
        .header("upgrade", "WebSocket");
    WebSocket::opened(Connection::open(&server).await, &request).await.join("/").await;
}

#[tokio::test]
async fn the_first_subprotocol_offered_is_chosen() {
    let server = TestServer::start(Server::new()).await;
    let request =
        Request::upgrade(server.target("transport=websocket")).header("Sec-WebSocket-Protocol", "first, second");
    let response = Connection::open(&server).await.request(&request).await;
    assert_eq!((response.status, response.header("sec-websocket-protocol")), (101, Some("first")));
}

#[tokio::test]
async fn extensions_are_declined() {
    let server = TestServer::start(Server::new()).await;
    for offer in ["permessage-deflate; client_max_window_bits", "constructor", "__proto__", ";;,", "a; b=\"c"] {
        let request = Request::upgrade(server.target("transport=websocket")).header("Sec-WebSocket-Extensions", offer);
        let response = Connection::open(&server).await.request(&request).await;
        assert_eq!((response.status, response.header("sec-websocket-extensions")), (101, None), "{offer}");
    }
}

#[tokio::test]
async fn an_initial_packet_follows_the_open_packet() {
    let server = TestServer::start(Server::new().initial_packet("hello")).await;

    let request = Request::get(server.target("transport=polling"));
    let response = Connection::open(&server).await.request(&request).await;
    let (open, initial) = response.text().split_once('\u{1e}').expect("two packets");
    assert_eq!((&open[..1], initial), ("0", "4hello"));

    WebSocket::open(&server).await.expect_text("4hello").await;
}

#[tokio::test]
async fn internet_explorer_is_told_not_to_filter() {
    let server = TestServer::start(Server::new()).await;
    for (agent, expected) in [
        ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", Some("0")),
        ("Mozilla/4.0 (compatible;MSIE 8.0)", Some("0")),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0", None),
    ] {
        let request = Request::get(server.target("transport=polling")).header("User-Agent", agent);
        let response = Connection::open(&server).await.request(&request).await;
        assert_eq!(response.header("x-xss-protection"), expected, "{agent}");
    }
}

#[tokio::test]
async fn many_sessions_share_one_connection() {
    let server = TestServer::start(Server::new()).await;
    let mut connection = Connection::open(&server).await;
    for _ in 0..3 {
        let response = connection.request(&Request::get(server.target("transport=polling"))).await;
        assert_eq!(response.status, 200);
    }
    Polling::joined(&server).await;
}
