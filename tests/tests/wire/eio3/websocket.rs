//! WebSocket frames of Engine.IO 3, and the upgrade to WebSocket.

use switchboard::Parser;
use switchboard::prelude::*;
use switchboard_tests::{Connection, Received, Request, TestServer, WebSocket};

use super::setting::{BAD_REQUEST, Main, Polling, journaled, open_websocket, part, server, target, websocket};

#[tokio::test]
async fn frames_of_bytes_begin_with_their_type() {
    let server = server().await;
    let mut socket = websocket(&server).await;
    socket.send(r#"451-7["reverse",{"_placeholder":true,"num":0}]"#).await;
    socket.send_binary(&[4, 1, 2, 3]).await;
    socket.expect_text(r#"461-7[{"_placeholder":true,"num":0}]"#).await;
    socket.expect_binary(&[4, 3, 2, 1]).await;
    // In base64, the packet is text with the type as a digit.
    socket.send(r#"451-8["reverse",{"_placeholder":true,"num":0}]"#).await;
    socket.send("b4AQID").await;
    socket.expect_text(r#"461-8[{"_placeholder":true,"num":0}]"#).await;
    socket.expect_binary(&[4, 3, 2, 1]).await;
    // The server emits an event, and the client acknowledges it.
    socket.send(r#"421["ask me"]"#).await;
    let Received::Text(question) = socket.next().await else { panic!("no question") };
    let id = question.strip_prefix("451-").and_then(|rest| rest.split_once('[')).expect("a question").0.to_owned();
    socket.expect_binary(&[4, 1]).await;
    socket.send(&format!(r#"461-{id}[{{"_placeholder":true,"num":0}}]"#)).await;
    socket.send_binary(&[4, 1, 2]).await;
    socket.expect_text("431[2]").await;
}

#[tokio::test]
async fn a_websocket_can_want_base64_as_well() {
    let server = server().await;
    let mut socket = open_websocket(&server, "&b64=1").await;
    socket.expect_text("40").await;
    socket.send(r#"451-7["reverse",{"_placeholder":true,"num":0}]"#).await;
    socket.send("b4AQID").await;
    socket.expect_text(r#"461-7[{"_placeholder":true,"num":0}]"#).await;
    socket.expect_text("b4AwIB").await;
}

#[tokio::test]
async fn packets_in_message_pack_are_bytes_like_others() {
    let server = Server::new().allow_eio3(true).parser(Parser::MessagePack).namespace(Main);
    let server = TestServer::start(server).await;
    let connected = b"\x04\x82\xa4type\x00\xa3nsp\xa1/";
    let mut socket = open_websocket(&server, "").await;
    socket.expect_binary(connected).await;
    socket.send_binary(b"\x04\x84\xa4type\x02\xa3nsp\xa1/\xa2id\x07\xa4data\x92\xa4echo\x05").await;
    socket.expect_binary(b"\x04\x84\xa4type\x03\xa2id\x07\xa4data\x91\x05\xa3nsp\xa1/").await;
    let polling = Polling::open(&server, "").await;
    assert_eq!(polling.get().await.body, [&[1, 1, 4, 255][..], connected].concat());
}

#[tokio::test]
async fn frames_of_another_type_end_the_session() {
    let (server, mut journal) = journaled(|server| server).await;
    for frame in [&[][..], &[1], &[2], &[9, 1], b"4"] {
        let mut socket = websocket(&server).await;
        journal.expect("connected").await;
        socket.send_binary(frame).await;
        journal.expect("disconnected: parse error").await;
        socket.expect_close(None).await;
    }
}

#[tokio::test]
async fn a_poll_gives_way_to_a_websocket() {
    let server = server().await;
    // The client for Node does this: base64 over polling, binary over WebSocket.
    let polling = Polling::joined(&server, "&b64=1").await;
    let mut waiting = Connection::open(&server).await;
    waiting.send(Request::get(polling.target()).to_bytes()).await;
    let request = Request::upgrade(target(&format!("transport=websocket&sid={}", polling.sid)));
    let mut socket = WebSocket::switched(Connection::open(&server).await, &request).await.expect("101");
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    assert_eq!(waiting.response().await.expect("an answer").answer(), (200, "1:6"));
    polling.post(part(r#"451-["send all",{"_placeholder":true,"num":0}]"#)).await;
    polling.post("10:b4AQIDBA==").await;
    socket.send("5").await;
    socket.expect_text(r#"451-["chunk","x",{"_placeholder":true,"num":0}]"#).await;
    socket.expect_binary(&[4, 1, 2, 3, 4]).await;
    assert_eq!(polling.get().await.answer(), (400, BAD_REQUEST));
    socket.send("2").await;
    socket.expect_text("3").await;
}

/// SocketIOClient for C# and Unity and Elephant.IO for PHP upgrade this way by default.
#[tokio::test]
async fn a_session_upgrades_without_a_probe() {
    let server = server().await;
    let polling = Polling::joined(&server, "").await;
    let mut waiting = Connection::open(&server).await;
    waiting.send(Request::get(polling.target()).to_bytes()).await;
    server.settle().await;
    let request = Request::upgrade(target(&format!("transport=websocket&sid={}", polling.sid)));
    let mut socket = WebSocket::switched(Connection::open(&server).await, &request).await.expect("101");
    socket.send("5").await;
    assert_eq!(waiting.response().await.expect("an answer").answer(), (200, "1:6"));
    socket.send(r#"421["echo","x"]"#).await;
    socket.expect_text(r#"431["x"]"#).await;
    assert_eq!(polling.get().await.answer(), (400, BAD_REQUEST));
}
