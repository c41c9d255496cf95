//! Responses to refused requests: code, message, and the call of the server's hook.

use std::sync::{Arc, Mutex};

use switchboard::prelude::*;
use switchboard_tests::{Connection, Polling, Request, TestServer, WebSocket};

const UNKNOWN_TRANSPORT: &str = r#"{"code":0,"message":"Transport unknown"}"#;
const UNKNOWN_SESSION: &str = r#"{"code":1,"message":"Session ID unknown"}"#;
const BAD_METHOD: &str = r#"{"code":2,"message":"Bad handshake method"}"#;
const BAD_REQUEST: &str = r#"{"code":3,"message":"Bad request"}"#;
const UNSUPPORTED: &str = r#"{"code":5,"message":"Unsupported protocol version"}"#;

/// Sends a request on a new connection, and checks that it is refused as JSON with status 400.
async fn refused(server: &TestServer, request: &Request, body: &str) {
    let response = Connection::open(server).await.request(request).await;
    assert_eq!(response.answer(), (400, body), "{request:?}");
    assert_eq!(response.header("content-type"), Some("application/json"), "{request:?}");
}

/// Sends an upgrade on a new connection, and checks that it is refused in plain text and that the connection is closed.
async fn upgrade_refused(server: &TestServer, request: &Request, message: &str) {
    let mut connection = Connection::open(server).await;
    let response = connection.request(request).await;
    assert_eq!(response.answer(), (400, message), "{request:?}");
    assert_eq!(response.header("content-type"), Some("text/html"), "{request:?}");
    assert_eq!(response.header("connection"), Some("close"), "{request:?}");
    assert!(connection.rest().await.is_empty());
}

#[tokio::test]
async fn code_0_for_unknown_transports() {
    let server = TestServer::start(Server::new()).await;
    for query in [
        "EIO=4",
        "EIO=4&transport=",
        "EIO=4&transport=foo",
        "EIO=4&transport=Polling",
        "EIO=4&transport=webtransport",
        "EIO=4&transport=constructor",
        "EIO=4&transport=__proto__",
        "transport=foo",
        "",
    ] {
        refused(&server, &Request::get(format!("/socket.io/?{query}")), UNKNOWN_TRANSPORT).await;
        refused(&server, &Request::post(format!("/socket.io/?{query}"), "40"), UNKNOWN_TRANSPORT).await;
        upgrade_refused(&server, &Request::upgrade(format!("/socket.io/?{query}")), "Transport unknown").await;
    }
    refused(&server, &Request::get("/socket.io/"), UNKNOWN_TRANSPORT).await;
}

#[tokio::test]
async fn code_1_for_unknown_sessions() {
    let server = TestServer::start(Server::new()).await;
    for sid in ["nope", "__proto__", "constructor", "%00", "%F0%9F%98%80", "AAAAAAAAAAAAAAAAAAAA"] {
        let polling = server.target(&format!("transport=polling&sid={sid}"));
        refused(&server, &Request::get(&polling), UNKNOWN_SESSION).await;
        refused(&server, &Request::post(&polling, "40"), UNKNOWN_SESSION).await;
        refused(&server, &Request::new("PUT", &polling), UNKNOWN_SESSION).await;
        let websocket = server.target(&format!("transport=websocket&sid={sid}"));
        refused(&server, &Request::get(&websocket), UNKNOWN_SESSION).await;
        upgrade_refused(&server, &Request::upgrade(&websocket), "Session ID unknown").await;
    }
}

#[tokio::test]
async fn code_2_for_handshakes_that_are_not_get() {
    let server = TestServer::start(Server::new()).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        for transport in ["polling", "websocket"] {
            let request = Request::new(method, server.target(&format!("transport={transport}")));
            refused(&server, &request, BAD_METHOD).await;
        }
    }
    let head = Request::new("HEAD", server.target("transport=polling"));
    assert_eq!(Connection::open(&server).await.request(&head).await.status, 400);
}

#[tokio::test]
async fn code_3_for_websocket_without_an_upgrade() {
    let server = TestServer::start(Server::new()).await;
    refused(&server, &Request::get(server.target("transport=websocket")), BAD_REQUEST).await;
}

#[tokio::test]
async fn code_3_for_an_upgrade_to_polling() {
    let server = TestServer::start(Server::new()).await;
    upgrade_refused(&server, &Request::upgrade(server.target("transport=polling")), "Bad request").await;
    let mut polling = Polling::open(&server).await;
    upgrade_refused(&server, &Request::upgrade(polling.target()), "Bad request").await;
    polling.post("40").await;
}

#[tokio::test]
async fn code_3_for_an_origin_of_illegal_characters() {
    let server = TestServer::start(Server::new()).await;
    for origin in ["http://a\u{7f}b", "http://\u{1}"] {
        let request = Request::get(server.target("transport=polling")).header("Origin", origin);
        let response = Connection::open(&server).await.request(&request).await;
        assert_eq!(response.status, 400, "{origin:?}");
    }
}

#[tokio::test]
async fn code_3_for_another_transport_than_the_sessions() {
    let server = TestServer::start(Server::new()).await;
    let mut polling = Polling::open(&server).await;
    let websocket = server.target(&format!("transport=websocket&sid={}", polling.sid));
    refused(&server, &Request::get(websocket), BAD_REQUEST).await;
    polling.post("40").await;

    let mut socket = WebSocket::open(&server).await;
    let sid = socket.handshake["sid"].as_str().expect("a sid").to_owned();
    let polling = server.target(&format!("transport=polling&sid={sid}"));
    refused(&server, &Request::get(&polling), BAD_REQUEST).await;
    refused(&server, &Request::post(&polling, "40"), BAD_REQUEST).await;
    socket.join("/").await;
}

#[tokio::test]
async fn code_3_for_another_protocol_than_the_sessions() {
    let server = TestServer::start(Server::new()).await;
    let mut polling = Polling::open(&server).await;
    for eio in ["EIO=3&", "", "EIO=5&", "EIO=04&"] {
        let target = format!("/socket.io/?{eio}transport=polling&sid={}", polling.sid);
        refused(&server, &Request::get(&target), BAD_REQUEST).await;
        refused(&server, &Request::post(&target, "40"), BAD_REQUEST).await;
    }
    polling.post("40").await;
}

#[tokio::test]
async fn code_3_when_no_id_can_be_made() {
    let server = TestServer::start(Server::new().generate_id(|_| Err("out of ids".into()))).await;
    refused(&server, &Request::get(server.target("transport=polling")), BAD_REQUEST).await;
    upgrade_refused(&server, &Request::upgrade(server.target("transport=websocket")), "Bad request").await;
}

#[tokio::test]
async fn code_4_for_requests_that_are_not_allowed() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let journal = Arc::clone(&asked);
    let options = Server::new().allow_request(move |request| {
        let query = request.uri.query().unwrap_or_default().to_owned();
        let verdict = if query.contains("token=good") { Ok(()) } else { Err("who are you?".to_owned()) };
        journal.lock().expect("the journal").push(query);
        async move { verdict }
    });
    let server = TestServer::start(options).await;

    let request = Request::get(server.target("transport=polling"));
    let response = Connection::open(&server).await.request(&request).await;
    assert_eq!(response.answer(), (403, r#"{"code":4,"message":"who are you?"}"#));
    assert_eq!(response.header("content-type"), Some("application/json"));
    upgrade_refused(&server, &Request::upgrade(server.target("transport=websocket")), "who are you?").await;
    assert_eq!(asked.lock().expect("the journal").len(), 2);

    // The hook is not called again for an allowed session: neither for polls, nor for POSTs, nor for its upgrade.
    let open = Request::get(server.target("transport=polling&token=good"));
    let response = Connection::open(&server).await.request(&open).await;
    assert_eq!(response.status, 200);
    let sid = response.text().split('"').nth(3).expect("a sid").to_owned();
    let session = server.target(&format!("transport=polling&sid={sid}"));
    assert_eq!(Connection::open(&server).await.request(&Request::post(&session, "40")).await.answer(), (200, "ok"));
    assert_eq!(Connection::open(&server).await.request(&Request::get(&session)).await.status, 200);
    let mut socket = WebSocket::beside(&server, &sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    assert_eq!(asked.lock().expect("the journal").len(), 3);
}

#[tokio::test]
async fn code_5_for_other_protocols() {
    let server = TestServer::start(Server::new()).await;
    for eio in ["EIO=3&", "EIO=5&", "EIO=abc&", "EIO=&", "EIO=4.0&", "EIO=04&", ""] {
        let target = format!("/socket.io/?{eio}transport=polling");
        refused(&server, &Request::get(target), UNSUPPORTED).await;
        let target = format!("/socket.io/?{eio}transport=websocket");
        upgrade_refused(&server, &Request::upgrade(target), "Unsupported protocol version").await;
    }
}

#[tokio::test]
async fn invalid_upgrades_are_refused_as_websocket_says() {
    let server = TestServer::start(Server::new()).await;
    let valid = Request::upgrade(server.target("transport=websocket"));
    for version in ["7", "", "abc", "14"] {
        let request = valid.clone().header("Sec-WebSocket-Version", version);
        let response = Connection::open(&server).await.request(&request).await;
        // RFC 6455, section 4.4: the response lists the supported versions.
        assert!(matches!(response.status, 400 | 426), "{version}: {response:?}");
        assert!(response.header("sec-websocket-version").is_some_and(|versions| versions.contains("13")), "{version}");
    }
    for key in ["", "short", "!!!!!!!!!!!!!!!!!!!!!!!!"] {
        let request = valid.clone().header("Sec-WebSocket-Key", key);
        assert_eq!(Connection::open(&server).await.request(&request).await.status, 400, "{key:?}");
    }
    for request in [valid.clone().without("Sec-WebSocket-Key"), valid.clone().header("Upgrade", "h2c")] {
        assert_eq!(Connection::open(&server).await.request(&request).await.status, 400, "{request:?}");
    }
    // RFC 6455, section 4.2.1: GET, HTTP/1.1 or higher, and `Upgrade` as a token of `Connection`.
    let polling = Polling::open(&server).await;
    let beside = Request::upgrade(server.target(&format!("transport=websocket&sid={}", polling.sid)));
    for request in [&valid, &beside] {
        let head = String::from_utf8(request.head()).expect("text");
        for (of, instead) in [("GET", "POST"), ("HTTP/1.1", "HTTP/1.0"), ("Connection: Upgrade\r\n", "")] {
            let mut connection = Connection::open(&server).await;
            connection.send(head.replacen(of, instead, 1)).await;
            let status = connection.line().await.expect("an answer rather than the end of the connection");
            assert!(status.contains(" 400 ") || status.contains(" 405 "), "{instead}: {status}");
        }
    }
    // The server still works.
    WebSocket::joined(&server).await;
}

#[tokio::test]
async fn the_hook_hears_of_every_refusal() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let journal = Arc::clone(&heard);
    let options =
        Server::new().on_connection_error(move |error| journal.lock().expect("the journal").push(error.kind.code()));
    let server = TestServer::start(options).await;
    for request in [
        Request::get(server.target("transport=foo")),
        Request::get(server.target("transport=polling&sid=nope")),
        Request::post(server.target("transport=polling"), "40"),
        Request::get(server.target("transport=websocket")),
        Request::get("/socket.io/?transport=polling"),
        Request::upgrade(server.target("transport=foo")),
    ] {
        assert_eq!(Connection::open(&server).await.request(&request).await.status, 400);
    }
    assert_eq!(*heard.lock().expect("the journal"), [0, 1, 2, 3, 5, 0]);
}

#[tokio::test]
async fn other_paths_are_not_found() {
    let server = TestServer::start(Server::new()).await;
    for target in ["/", "/other", "/socket.io", "/socket.io?EIO=4&transport=polling", "/socket.iofoo/", "/socket.io/x"]
    {
        let response = Connection::open(&server).await.request(&Request::get(target)).await;
        assert_eq!(response.status, 404, "{target}");
    }
}
