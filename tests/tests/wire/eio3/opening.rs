//! Admission of Engine.IO 3 clients, and their handshake.

use serde_json::json;
use switchboard::prelude::*;
use switchboard_tests::{Connection, Request, TestServer, WebSocket};

use super::setting::{BAD_REQUEST, Polling, TEXT, UNSUPPORTED, open_websocket, server, target, websocket};

#[tokio::test]
async fn they_are_let_in_only_where_that_is_wanted() {
    let server = TestServer::start(Server::new().allow_eio3(false)).await;
    let request = Request::get(target("transport=polling"));
    assert_eq!(Connection::open(&server).await.request(&request).await.answer(), (400, UNSUPPORTED));
    let request = Request::upgrade(target("transport=websocket"));
    let answer = Connection::open(&server).await.request(&request).await;
    assert_eq!(answer.answer(), (400, "Unsupported protocol version"));
}

#[tokio::test]
async fn whatever_is_not_4_is_3() {
    let server = server().await;
    for eio in ["EIO=3&", "EIO=5&", "EIO=&", "EIO=04&", ""] {
        let request = Request::upgrade(format!("/socket.io/?{eio}transport=websocket"));
        let mut socket = WebSocket::opened(Connection::open(&server).await, &request).await;
        socket.expect_text("40").await;
    }
    // Clients with Engine.IO 4 are served as before.
    WebSocket::joined(&server).await;
    switchboard_tests::Polling::joined(&server).await;
}

#[tokio::test]
async fn a_session_is_not_continued_in_the_other_revision() {
    let server = server().await;
    let three = Polling::joined(&server, "").await;
    let four = switchboard_tests::Polling::joined(&server).await;
    let of = |eio: u8, transport: &str, sid: &str| format!("/socket.io/?EIO={eio}&transport={transport}&sid={sid}");
    for (eio, sid) in [(4, &three.sid), (3, &four.sid)] {
        for request in [Request::get(of(eio, "polling", sid)), Request::post(of(eio, "polling", sid), "2")] {
            assert_eq!(Connection::open(&server).await.request(&request).await.answer(), (400, BAD_REQUEST));
        }
        let request = Request::upgrade(of(eio, "websocket", sid));
        assert_eq!(Connection::open(&server).await.request(&request).await.answer(), (400, "Bad request"));
    }
    three.post("1:2").await;
    assert_eq!(three.get().await.answer(), (200, "1:3"));
}

// ---- the handshake ----

#[tokio::test]
async fn the_handshake_has_the_keys_of_revision_4() {
    let server = server().await;
    let polling = Polling::joined(&server, "").await;
    let expected = json!({
        "sid": polling.sid, "upgrades": ["websocket"],
        "pingInterval": 25000, "pingTimeout": 20000, "maxPayload": 1000000,
    });
    assert_eq!(polling.handshake, expected);
    let socket = websocket(&server).await;
    assert_eq!(socket.handshake["upgrades"], json!([]));
}

#[tokio::test]
async fn the_initial_packet_follows_behind_its_own_length() {
    let server = TestServer::start(Server::new().allow_eio3(true).initial_packet("welcome, 🦀")).await;
    let request = Request::get(target("transport=polling"));
    let response = Connection::open(&server).await.request(&request).await;
    assert!(response.text().ends_with("}12:4welcome, 🦀"), "{response:?}");
    let mut socket = open_websocket(&server, "").await;
    socket.expect_text("4welcome, 🦀").await;
    socket.expect_text("40").await;
}

#[tokio::test]
async fn jsonp_is_left_out() {
    let server = server().await;
    // Clients that request JSONP get normal responses without a script.
    let polling = Polling::open(&server, "&j=0").await;
    let request = Request::get(format!("{}&j=1", polling.target()));
    let response = polling.request(&request).await;
    assert_eq!((response.header("content-type"), response.text()), (Some(TEXT), "2:40"));
}
