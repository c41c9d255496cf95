//! Connecting to and disconnecting from namespaces (Socket.IO protocol, "Connection to a namespace").

use std::sync::Arc;

use serde_json::{Value, json};
use switchboard::prelude::*;
use switchboard_tests::{Polling, TestServer, WebSocket};
use tokio::sync::Notify;

use crate::journal::{Said, seen};

#[payload]
struct Credentials {
    token: Option<String>,
}

/// Accepts clients with the right token, and emits an event while connecting.
struct Guarded;

#[namespace("/guarded", emits(Said))]
impl Guarded {
    #[on_connect]
    async fn connect(&self, socket: &Socket<Self>, Auth(who): Auth<Credentials>) -> Result<(), ConnectError> {
        match who.token.as_deref() {
            Some("good") => {
                drop(socket.emit(Said("hello".to_owned())));
                Ok(())
            }
            Some(_) => Err(ConnectError::new("denied").data(&json!({ "code": 1 }))),
            None => Err(ConnectError::new("who are you?")),
        }
    }

    #[on("auth")]
    async fn auth(&self, Auth(auth): Auth<Value>) -> Value {
        auth
    }
}

/// Accepts clients only when the test allows it.
struct Slow {
    open: Arc<Notify>,
}

#[namespace("/slow")]
impl Slow {
    #[on_connect]
    async fn connect(&self) {
        self.open.notified().await;
    }

    #[on("ready?")]
    async fn ready(&self) -> bool {
        true
    }
}

/// Panics in its connect hook.
struct Broken;

#[namespace("/broken")]
impl Broken {
    #[on_connect]
    async fn connect(&self) {
        panic!("no room (a panic that this test wants)");
    }
}

/// Panics in its disconnect hook.
struct Clinging;

#[namespace("/clinging")]
impl Clinging {
    #[on_disconnect]
    async fn left(&self) {
        panic!("stay (a panic that this test wants)");
    }
}

/// Its disconnect hook waits until the test opens it.
struct Reluctant {
    open: Arc<Notify>,
}

#[namespace("/reluctant")]
impl Reluctant {
    #[on("echo")]
    fn echo(&self, value: Value) -> Value {
        value
    }

    #[on_disconnect]
    async fn left(&self) {
        self.open.notified().await;
    }
}

/// Disconnects clients on request.
struct Strict;

#[namespace("/strict")]
impl Strict {
    #[on("out")]
    fn out(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }
}

async fn server() -> (TestServer, Arc<Notify>) {
    let open = Arc::new(Notify::new());
    let options = Server::new().namespace(Guarded).namespace(Slow { open: Arc::clone(&open) }).namespace(Broken);
    (TestServer::start(options).await, open)
}

#[tokio::test]
async fn the_main_namespace_is_always_there() {
    let server = TestServer::start(Server::new()).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send("40").await;
    let reply = socket.next_text().await;
    let json: Value = serde_json::from_str(reply.strip_prefix("40").expect("a CONNECT")).expect("JSON");
    let keys: Vec<_> = json.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["sid"]);

    let mut socket = WebSocket::open(&server).await;
    socket.send("40/,").await;
    assert!(socket.next_text().await.starts_with(r#"40{"sid":""#));
}

#[tokio::test]
async fn every_way_to_spell_a_connect() {
    let (server, _) = server().await;
    // An id is meaningless here, and is ignored.
    for packet in [r#"40/guarded,{"token":"good"}"#, r#"40/guarded,7{"token":"good"}"#] {
        let mut socket = WebSocket::open(&server).await;
        socket.send(packet).await;
        assert!(socket.next_text().await.starts_with(r#"40/guarded,{"sid":""#), "{packet}");
    }
    // Without a comma, the packet has no payload.
    let mut socket = WebSocket::open(&server).await;
    socket.send("40/guarded").await;
    socket.expect_text(r#"44/guarded,{"message":"who are you?"}"#).await;
}

#[tokio::test]
async fn an_unknown_namespace_is_refused_and_the_session_lives() {
    let (server, _) = server().await;
    let mut socket = WebSocket::open(&server).await;
    for namespace in ["/nope", "/guarded?token=good", "/guarded/", "/Guarded", "/__proto__", "/ü", "/a b"] {
        socket.send(&format!("40{namespace},{{}}")).await;
        socket.expect_text(&format!(r#"44{namespace},{{"message":"Invalid namespace"}}"#)).await;
    }
    socket.send("40/random").await;
    socket.expect_text(r#"44/random,{"message":"Invalid namespace"}"#).await;
    socket.join("/").await;
}

#[tokio::test]
async fn a_refusal_has_a_message_and_data_and_may_be_retried() {
    let (server, _) = server().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send("40/guarded,").await;
    socket.expect_text(r#"44/guarded,{"message":"who are you?"}"#).await;
    socket.send(r#"40/guarded,{"token":"bad"}"#).await;
    socket.expect_text(r#"44/guarded,{"message":"denied","data":{"code":1}}"#).await;
    socket.send(r#"40/guarded,{"token":"good"}"#).await;
    assert!(socket.next_text().await.starts_with(r#"40/guarded,{"sid":""#));
}

#[tokio::test]
async fn auth_of_the_wrong_shape_is_a_refusal() {
    let (server, _) = server().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40/guarded,{"token":5}"#).await;
    let reply = socket.next_text().await;
    assert!(reply.starts_with(r#"44/guarded,{"message":""#), "{reply}");
    socket.join("/").await;
}

#[tokio::test]
async fn handlers_see_the_auth() {
    let (server, _) = server().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40/guarded,{"token":"good","more":[1,{"a":null}]}"#).await;
    assert!(socket.next_text().await.starts_with("40/guarded,"));
    socket.expect_text(r#"42/guarded,["said","hello"]"#).await;
    socket.send(r#"42/guarded,1["auth"]"#).await;
    let answer = socket.next_text().await;
    let answer: Value = serde_json::from_str(answer.strip_prefix("43/guarded,1").expect("an ack")).expect("JSON");
    assert_eq!(answer, json!([{ "token": "good", "more": [1, { "a": null }] }]));
}

#[tokio::test]
async fn what_is_emitted_on_connect_follows_the_reply() {
    let (server, _) = server().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40/guarded,{"token":"good"}"#).await;
    assert!(socket.next_text().await.starts_with(r#"40/guarded,{"sid":""#));
    socket.expect_text(r#"42/guarded,["said","hello"]"#).await;

    let mut polling = Polling::open(&server).await;
    polling.post(r#"40/guarded,{"token":"good"}"#).await;
    assert!(polling.next_packet().await.starts_with(r#"40/guarded,{"sid":""#));
    assert_eq!(polling.next_packet().await, r#"42/guarded,["said","hello"]"#);
}

#[tokio::test]
async fn namespaces_share_a_session() {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace).namespace(Guarded)).await;
    let mut socket = WebSocket::open(&server).await;
    let main = socket.join("/").await;
    journal.expect("connected").await;
    socket.send(r#"40/guarded,{"token":"good"}"#).await;
    let guarded = socket.next_text().await;
    assert!(!guarded.contains(&main), "one id for each namespace");
    socket.expect_text(r#"42/guarded,["said","hello"]"#).await;

    // Leaving one namespace does not affect the other.
    socket.send("41/guarded,").await;
    socket.send(r#"42["say","still here"]"#).await;
    socket.expect_text(r#"42["said","still here"]"#).await;
    socket.send(r#"40/guarded,{"token":"good"}"#).await;
    assert!(socket.next_text().await.starts_with("40/guarded,"));
    socket.expect_text(r#"42/guarded,["said","hello"]"#).await;
    socket.send("41").await;
    journal.expect("disconnected: client namespace disconnect").await;
    socket.send(r#"42/guarded,1["auth"]"#).await;
    socket.expect_text(r#"43/guarded,1[{"token":"good"}]"#).await;
}

#[tokio::test]
async fn what_comes_before_a_connect_ends_the_session() {
    let (server, _) = server().await;
    for packet in
        [r#"42["say","x"]"#, "41", "43[]", r#"431["x"]"#, r#"44{"message":"x"}"#, r#"42/guarded,["x"]"#, "41/guarded,"]
    {
        let mut socket = WebSocket::open(&server).await;
        socket.send(packet).await;
        socket.expect_close(None).await;
    }
}

#[tokio::test]
async fn packets_for_another_namespace_end_the_session() {
    let (server, _) = server().await;
    for packet in [r#"42/guarded,["auth"]"#, "41/guarded,", "43/guarded,1[]", r#"42/nope,["x"]"#] {
        let mut socket = WebSocket::joined(&server).await;
        socket.send(packet).await;
        socket.expect_close(None).await;
    }
}

#[tokio::test]
async fn a_connect_error_from_a_client_ends_the_session() {
    let (server, _) = server().await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"44{"message":"no"}"#).await;
    socket.expect_close(None).await;
}

#[tokio::test]
async fn a_slow_connect_holds_nothing_else_up() {
    let (server, open) = server().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send("40/slow,").await;
    socket.join("/").await;
    socket.send(r#"40/guarded,{"token":"good"}"#).await;
    assert!(socket.next_text().await.starts_with("40/guarded,"));
    socket.expect_text(r#"42/guarded,["said","hello"]"#).await;
    open.notify_one();
    assert!(socket.next_text().await.starts_with(r#"40/slow,{"sid":""#));
    socket.send(r#"42/slow,1["ready?"]"#).await;
    socket.expect_text("43/slow,1[true]").await;
}

#[tokio::test]
async fn nothing_may_follow_a_connect_that_is_not_answered() {
    let (server, _open) = server().await;
    for packet in [r#"42/slow,["ready?"]"#, r#"42/slow,1["ready?"]"#, "43/slow,1[]"] {
        let mut socket = WebSocket::open(&server).await;
        socket.send("40/slow,").await;
        socket.send(packet).await;
        socket.expect_close(None).await;
    }
    let mut polling = Polling::open(&server).await;
    polling.post("40/slow,\u{1e}42/slow,[\"ready?\"]").await;
    assert_eq!(polling.next_packet().await, "1");
    polling.expect_gone().await;
}

#[tokio::test]
async fn a_connect_that_panics_is_a_refusal() {
    let (server, _) = server().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send("40/broken,").await;
    let reply = socket.next_text().await;
    assert!(reply.starts_with(r#"44/broken,{"message":""#), "{reply}");
    assert!(!reply.contains("no room"), "what a panic says is the server's business: {reply}");
    socket.join("/").await;
}

#[tokio::test]
async fn a_disconnect_hook_that_panics_holds_nobody_up() {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace).namespace(Clinging)).await;
    let mut socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    socket.join("/clinging").await;
    socket.send("41/clinging,").await;
    socket.join("/clinging").await;
    drop(socket);
    journal.expect("disconnected: transport close").await;
    server.empty().await;
}

#[tokio::test]
async fn an_event_behind_a_disconnect_ends_the_session() {
    let (server, _) = server().await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send("41").await;
    socket.send(r#"42["a"]"#).await;
    socket.expect_close(None).await;
}

#[tokio::test]
async fn namespaces_can_be_entered_again_and_again() {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut socket = WebSocket::open(&server).await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(socket.join("/").await);
        journal.expect("connected").await;
        socket.send("41").await;
        journal.expect("disconnected: client namespace disconnect").await;
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20, "no id is used twice");
}

/// Packets always go to the newest socket of a namespace, even after the connection left another namespace.
#[tokio::test]
async fn the_newest_socket_of_a_namespace_gets_its_packets() {
    let open = Arc::new(Notify::new());
    let options = Server::new().namespace(Reluctant { open: Arc::clone(&open) }).namespace(Strict);
    let server = TestServer::start(options).await;
    let mut socket = WebSocket::open(&server).await;
    socket.join("/reluctant").await;
    // The disconnect hook of the old socket still runs when the new socket connects.
    socket.send("41/reluctant,").await;
    socket.join("/reluctant").await;
    socket.join("/strict").await;
    socket.send(r#"42/strict,["out"]"#).await;
    socket.expect_text("41/strict,").await;
    socket.join("/strict").await;
    socket.send(r#"42/reluctant,1["echo","here"]"#).await;
    socket.expect_text(r#"43/reluctant,1["here"]"#).await;
    open.notify_one();
    drop(socket);
    open.notify_one();
}
