//! Recovery on the wire: a private id in the CONNECT reply, and an offset after each event's arguments.

use std::collections::HashSet;

use bytes::Bytes;
use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{TestServer, WebSocket};

use super::setting::{Asked, Picture, Said, Setting};

#[tokio::test]
async fn a_socket_has_a_secret_of_its_own() {
    let mut setting = Setting::new().await;
    let (a, b) = (setting.new_client().await, setting.new_client().await);
    let ids = HashSet::from([&a.id, &a.pid, &b.id, &b.pid]);
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| id.len() == 20));
}

#[tokio::test]
async fn without_recovery_there_is_neither_a_secret_nor_an_offset() {
    let (namespace, _journal) = crate::journal::seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40{"pid":"a","offset":"b"}"#).await;
    let reply = socket.next_text().await;
    assert!(reply.starts_with(r#"40{"sid":""#) && !reply.contains("pid"), "{reply}");
    socket.send(r#"42["say","hello"]"#).await;
    socket.expect_text(r#"42["said","hello"]"#).await;
}

#[tokio::test]
async fn events_that_can_be_recovered_have_an_offset_behind_their_arguments() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    let socket = setting.hall().socket(&client.id).expect("a socket");
    let mut offsets = HashSet::new();

    socket.emit(Said("alone".to_owned())).expect("it is sent");
    client.expect_said(&["alone"]).await;
    offsets.extend(client.offset.clone());
    setting.say("to all");
    client.expect_said(&["to all"]).await;
    offsets.extend(client.offset.clone());

    socket.emit(Picture(Bytes::from_static(b"png"))).expect("it is sent");
    let head = client.socket.next_text().await;
    let (arguments, offset) = head.rsplit_once(',').expect("arguments");
    assert_eq!(arguments, r#"451-["picture",{"_placeholder":true,"num":0}"#);
    offsets.insert(offset.trim_matches(['"', ']']).to_owned());
    client.socket.expect_binary(b"png").await;
    assert_eq!(offsets.len(), 3);

    socket.volatile().emit(Said("volatile".to_owned())).expect("it is sent");
    client.socket.expect_text(r#"42["said","volatile"]"#).await;
    setting.hall().broadcast().volatile().emit(Said("volatile".to_owned())).expect("it is sent");
    client.socket.expect_text(r#"42["said","volatile"]"#).await;
    assert_eq!(client.ask("state").await, "437[[false,0]]");
    let asking = tokio::spawn(async move { socket.emit_with_ack(Asked).await });
    client.socket.expect_text(r#"420["asked"]"#).await;
    client.socket.send("430[true]").await;
    assert!(within("an answer", asking).await.expect("no panic").expect("an answer"));
}
