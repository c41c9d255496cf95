//! Socket.IO 2 on top: ids, namespaces, refusals, broadcasts and disconnects.

use switchboard::prelude::*;
use switchboard_tests::{Connection, Request, TestServer, WebSocket};

use super::setting::{Admin, Polling, journaled, open_websocket, part, server, websocket};

#[tokio::test]
async fn the_ids_of_sockets_are_those_that_clients_make() {
    let server = server().await;
    let mut socket = websocket(&server).await;
    let sid = socket.handshake["sid"].as_str().expect("a sid").to_owned();
    socket.send(r#"421["who am I"]"#).await;
    socket.expect_text(&format!(r#"431[["{sid}",3]]"#)).await;
    socket.send("40/admin?token=a%20b&x=1,").await;
    socket.expect_text("40/admin,").await;
    let answer = format!(r#"43/admin,1[["/admin#{sid}","{{\"token\":\"a b\",\"x\":\"1\"}}"]]"#);
    socket.send(r#"42/admin,1["auth"]"#).await;
    socket.expect_text(&answer).await;
    // Old clients repeat the query with each packet.
    socket.send(r#"42/admin?token=other,1["auth"]"#).await;
    socket.expect_text(&answer).await;
    // Clients with Engine.IO 4 have a socket id that differs from the secret session id.
    let mut new = WebSocket::open(&server).await;
    let sid = new.handshake["sid"].as_str().expect("a sid").to_owned();
    let id = new.join("/").await;
    assert_ne!(id, sid);
    new.send(r#"421["who am I"]"#).await;
    new.expect_text(&format!(r#"431[["{id}",4]]"#)).await;
}

#[tokio::test]
async fn who_comes_back_to_a_namespace_is_found_by_the_same_id() {
    let server = server().await;
    let mut socket = websocket(&server).await;
    let sid = socket.handshake["sid"].as_str().expect("a sid").to_owned();
    for _ in 0..3 {
        socket.send("40/admin,").await;
        socket.expect_text("40/admin,").await;
        socket.send(r#"42/admin,["leave"]"#).await;
        socket.expect_text("41/admin,").await;
    }
    socket.send("40/admin").await;
    socket.expect_text("40/admin,").await;
    let admins = server.handle().namespace::<Admin>();
    assert!(admins.socket(&format!("/admin#{sid}")).is_some());
    assert_eq!(admins.socket_count(), 1);
}

#[tokio::test]
async fn refusals_are_data_or_else_a_message() {
    let server = server().await;
    let mut socket = websocket(&server).await;
    for (query, refusal) in [
        ("?refuse=it", r#""refused: it""#),
        ("?refuse=%22", r#""refused: \"""#),
        ("?refuse=data", r#"{"code":42}"#),
        ("?refuse=nothing", r#""no data""#),
    ] {
        socket.send(&format!("40/admin{query},")).await;
        socket.expect_text(&format!("44/admin,{refusal}")).await;
    }
    // The same as Node's server.
    socket.send("40/nowhere").await;
    socket.expect_text(r#"44/nowhere,{"message":"Invalid namespace"}"#).await;
}

#[tokio::test]
async fn the_refusal_of_the_main_namespace_comes_unasked() {
    struct Closed;

    #[namespace("/")]
    impl Closed {
        #[on_connect]
        async fn connect(&self) -> Result<(), ConnectError> {
            Err(ConnectError::new("closed"))
        }
    }

    let server = TestServer::start(Server::new().allow_eio3(true).namespace(Closed).namespace(Admin)).await;
    let mut socket = open_websocket(&server, "").await;
    socket.expect_text(r#"44"closed""#).await;
    socket.send("40/admin,").await;
    socket.expect_text("40/admin,").await;
}

#[tokio::test]
async fn what_breaks_the_protocol_closes() {
    let (server, mut journal) = journaled(|server| server).await;
    for packet in ["42/nowhere,[\"x\"]", "42/?x,[\"connect\"]", "44\"x\""] {
        let mut socket = websocket(&server).await;
        journal.expect("connected").await;
        socket.send(packet).await;
        journal.expect("disconnected: forced close").await;
        socket.expect_close(None).await;
    }
}

#[tokio::test]
async fn broadcasts_reach_both() {
    let server = server().await;
    let mut three = websocket(&server).await;
    let three_polls = Polling::joined(&server, "").await;
    let three_polls_text = Polling::joined(&server, "&b64=1").await;
    let mut four = WebSocket::joined(&server).await;
    for _ in 0..2 {
        four.send(r#"42["tell all","🦀"]"#).await;
        let news = r#"42["news","🦀"]"#;
        three.expect_text(news).await;
        four.expect_text(news).await;
        for polling in [&three_polls, &three_polls_text] {
            assert_eq!(polling.get().await.answer(), (200, part(news).as_str()));
        }
    }
    // Large enough that recipients share one buffer.
    let data = vec![7; 20_000];
    four.send(r#"451-["send all",{"_placeholder":true,"num":0}]"#).await;
    four.send_binary(&data).await;
    let head = r#"451-["chunk","x",{"_placeholder":true,"num":0}]"#;
    four.expect_text(head).await;
    four.expect_binary(&data).await;
    three.expect_text(head).await;
    three.expect_binary(&[&[4], &data[..]].concat()).await;
    let body = three_polls.get().await.body;
    assert_eq!(body, [b"\x00\x04\x07\xff", head.as_bytes(), b"\x01\x02\x00\x00\x00\x01\xff\x04", &data[..]].concat());
    let response = three_polls_text.get().await;
    assert!(response.text().starts_with(&format!("{}26670:b4BwcH", part(head))), "{}", &response.text()[..100]);
}

// ---- ends ----

#[tokio::test]
async fn a_close_by_the_server_is_told() {
    let (server, mut journal) = journaled(|server| server).await;
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    polling.post(part(r#"42["close"]"#)).await;
    assert_eq!(polling.get().await.answer(), (200, "2:41"));
    assert_eq!(polling.get().await.answer(), (200, "1:61:1"));
    journal.expect("disconnected: server namespace disconnect").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn a_close_by_the_client_ends_its_poll() {
    let (server, mut journal) = journaled(|server| server).await;
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    let mut waiting = Connection::open(&server).await;
    waiting.send(Request::get(polling.target()).to_bytes()).await;
    server.settle().await;
    polling.post("1:1").await;
    assert_eq!(waiting.response().await.expect("an answer").answer(), (200, "1:6"));
    journal.expect("disconnected: transport close").await;
}
