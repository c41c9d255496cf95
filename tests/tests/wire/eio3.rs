//! Clients of Socket.IO 2, which speak Engine.IO 3: payloads with lengths, pings of their own, `/` without asking.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use switchboard::Parser;
use switchboard::prelude::*;
use switchboard_tests::{Connection, Endpoint, Received, Request, Response, TestServer, WebSocket};

use crate::journal::{Journal, seen};

const BYTES: &str = "application/octet-stream";
const TEXT: &str = "text/plain; charset=UTF-8";
const UNSUPPORTED: &str = r#"{"code":5,"message":"Unsupported protocol version"}"#;
const BAD_REQUEST: &str = r#"{"code":3,"message":"Bad request"}"#;

fn target(query: &str) -> String {
    format!("/socket.io/?EIO=3&{query}")
}

/// A packet of text behind its length.
fn part(packet: &str) -> String {
    format!("{}:{packet}", packet.encode_utf16().count())
}

/// A session over long-polling.
struct Polling {
    endpoint: Endpoint,
    sid: String,
    handshake: Value,
}

impl Polling {
    async fn open(endpoint: &Endpoint, more: &str) -> Self {
        let request = Request::get(target(&format!("transport=polling{more}")));
        let response = Connection::open(endpoint).await.request(&request).await;
        assert_eq!((response.status, response.header("content-type")), (200, Some(TEXT)));
        let (length, packet) = response.text().split_once(":0").expect("an open packet behind its length");
        assert_eq!(length.parse(), Ok(packet.len() + 1));
        let handshake: Value = serde_json::from_str(packet).expect("a handshake in JSON");
        let sid = handshake["sid"].as_str().expect("a session id").to_owned();
        Self { endpoint: endpoint.clone(), sid, handshake }
    }

    async fn joined(endpoint: &Endpoint, more: &str) -> Self {
        let polling = Self::open(endpoint, more).await;
        assert_eq!(polling.get().await.answer(), (200, "2:40"));
        polling
    }

    fn target(&self) -> String {
        target(&format!("transport=polling&sid={}", self.sid))
    }

    async fn request(&self, request: &Request) -> Response {
        Connection::open(&self.endpoint).await.request(request).await
    }

    async fn get(&self) -> Response {
        self.request(&Request::get(self.target())).await
    }

    async fn post(&self, body: impl Into<Vec<u8>>) {
        assert_eq!(self.request(&Request::post(self.target(), body)).await.answer(), (200, "ok"));
    }

    async fn post_bytes(&self, body: impl Into<Vec<u8>>) {
        let request = Request::post(self.target(), body).header("Content-Type", BYTES);
        assert_eq!(self.request(&request).await.answer(), (200, "ok"));
    }

    async fn expect_gone(&self) {
        assert_eq!(self.get().await.answer(), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
    }
}

async fn open_websocket(endpoint: &Endpoint, more: &str) -> WebSocket {
    let request = Request::upgrade(target(&format!("transport=websocket{more}")));
    WebSocket::opened(Connection::open(endpoint).await, &request).await
}

async fn websocket(endpoint: &Endpoint) -> WebSocket {
    let mut socket = open_websocket(endpoint, "").await;
    socket.expect_text("40").await;
    socket
}

#[derive(Serialize, Event)]
#[event("news")]
struct News(Value);

#[derive(Serialize, Event)]
#[event("chunk")]
struct Chunk(String, Bytes);

#[derive(Serialize, Event)]
#[event("question", ack = Bytes)]
struct Question(Bytes);

struct Main;

#[namespace("/", emits(News, Chunk, Question))]
impl Main {
    #[on("echo")]
    async fn echo(&self, value: Value) -> Value {
        value
    }

    #[on("reverse")]
    async fn reverse(&self, data: Bytes) -> Bytes {
        data.iter().rev().copied().collect()
    }

    #[on("tell all")]
    async fn tell_all(&self, socket: &Socket<Self>, value: Value) {
        drop(socket.namespace().emit(News(value)));
    }

    #[on("send all")]
    async fn send_all(&self, socket: &Socket<Self>, data: Bytes) {
        drop(socket.namespace().emit(Chunk("x".to_owned(), data)));
    }

    #[on("ask me")]
    async fn ask_me(&self, socket: &Socket<Self>) -> usize {
        socket.emit_with_ack(Question(Bytes::from_static(&[1]))).await.map_or(0, |answer: Bytes| answer.len())
    }

    #[on("who am I")]
    async fn who_am_i(&self, socket: &Socket<Self>) -> (String, u8) {
        (socket.id().to_owned(), socket.handshake().protocol())
    }
}

struct Admin;

#[namespace("/admin")]
impl Admin {
    #[on_connect]
    async fn connect(&self, Auth(auth): Auth<Value>) -> Result<(), ConnectError> {
        match auth["refuse"].as_str() {
            None => Ok(()),
            Some("data") => Err(ConnectError::new("no").data(&json!({ "code": 42 }))),
            Some("nothing") => Err(ConnectError::new("no data").data(&Value::Null)),
            Some(other) => Err(ConnectError::new(format!("refused: {other}"))),
        }
    }

    #[on("auth")]
    async fn auth(&self, socket: &Socket<Self>) -> (String, String) {
        (socket.id().to_owned(), socket.auth().unwrap_or("none").to_owned())
    }

    #[on("leave")]
    async fn leave(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }
}

async fn server() -> TestServer {
    TestServer::start(Server::new().allow_eio3(true).namespace(Main).namespace(Admin)).await
}

async fn journaled(options: impl FnOnce(Server) -> Server) -> (TestServer, Journal) {
    let (namespace, journal) = seen();
    (TestServer::start(options(Server::new().allow_eio3(true)).namespace(namespace)).await, journal)
}

// ---- who is let in ----

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
    // Who speaks 4 is served as ever.
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
    // A client that asks for it is answered as any other, with no script.
    let polling = Polling::open(&server, "&j=0").await;
    let request = Request::get(format!("{}&j=1", polling.target()));
    let response = polling.request(&request).await;
    assert_eq!((response.header("content-type"), response.text()), (Some(TEXT), "2:40"));
}

// ---- payloads ----

#[tokio::test]
async fn lengths_count_units_of_utf16() {
    let server = server().await;
    let polling = Polling::joined(&server, "").await;
    polling.post(r#"22:421["echo","h€llo 🦀"]18:422["echo","last"]"#).await;
    // Whatever has been queued by then is in one answer.
    assert_eq!(polling.get().await.answer(), (200, r#"15:431["h€llo 🦀"]11:432["last"]"#));
}

#[tokio::test]
async fn bytes_come_and_go_as_bytes() {
    let server = server().await;
    let polling = Polling::joined(&server, "").await;
    let head = r#"451-7["reverse",{"_placeholder":true,"num":0}]"#;
    let body = [b"\x00\x04\x06\xff", head.as_bytes(), b"\x01\x04\xff\x04\x01\x02\x03"].concat();
    polling.post_bytes(body).await;
    let response = polling.get().await;
    assert_eq!(response.header("content-type"), Some(BYTES));
    let head = r#"461-7[{"_placeholder":true,"num":0}]"#;
    assert_eq!(response.body, [b"\x00\x03\x06\xff", head.as_bytes(), b"\x01\x04\xff\x04\x03\x02\x01"].concat());
    // Without bytes the answer is text, and text in a payload of bytes is UTF-8.
    let packet = r#"421["echo","h€llo 🦀"]"#;
    polling.post_bytes([b"\x00\x02\x06\xff", packet.as_bytes()].concat()).await;
    let response = polling.get().await;
    assert_eq!((response.header("content-type"), response.text()), (Some(TEXT), r#"15:431["h€llo 🦀"]"#));
}

#[tokio::test]
async fn bytes_go_as_text_to_who_cannot_read_them() {
    let server = server().await;
    let polling = Polling::joined(&server, "&b64=1").await;
    let head = part(r#"451-7["reverse",{"_placeholder":true,"num":0}]"#);
    polling.post(format!("{head}6:b4AQID")).await;
    let response = polling.get().await;
    assert_eq!(response.header("content-type"), Some(TEXT));
    let head = part(r#"461-7[{"_placeholder":true,"num":0}]"#);
    assert_eq!(response.text(), format!("{head}6:b4AwIB"));
}

#[tokio::test]
async fn malformed_payloads_end_the_session() {
    let (server, mut journal) = journaled(|server| server).await;
    for body in ["", "4", "2", "2:", "3:2", ":2", "+1:2", "0x1:2", "1e0:2", "1:9", "2:4🦀", "1:b", "3:b4!", "1:2\u{1e}"]
    {
        let polling = Polling::joined(&server, "").await;
        journal.expect("connected").await;
        polling.post(body).await;
        journal.expect("disconnected: parse error").await;
        polling.expect_gone().await;
    }
    let bodies: [&[u8]; 8] = [
        b"\x00",
        b"\x00\xff",
        b"\x00\x01",
        b"\x00\x02\xff2",
        b"\x00\x01\xff9",
        b"\x01\x01\xff\x09",
        b"\x00\x02\xff4\xff",
        b"1:2",
    ];
    for body in bodies {
        let polling = Polling::joined(&server, "").await;
        journal.expect("connected").await;
        polling.post_bytes(body).await;
        journal.expect("disconnected: parse error").await;
        polling.expect_gone().await;
    }
}

#[tokio::test]
async fn what_comes_before_a_malformed_packet_is_handled() {
    let (server, mut journal) = journaled(|server| server).await;
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    polling.post(format!("{}0:1:9{}", part(r#"42["tell","first"]"#), part(r#"42["tell","second"]"#))).await;
    journal.expect("told: first").await;
    journal.expect("disconnected: parse error").await;
    journal.expect_silence();
}

#[tokio::test]
async fn payloads_are_bounded() {
    let (server, mut journal) = journaled(|server| server.max_packets_per_payload(3).max_payload(100)).await;
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    let too_large = Request::post(polling.target(), "1:2".repeat(34));
    assert_eq!(polling.request(&too_large).await.answer(), (413, ""));
    polling.post("1:2".repeat(3)).await;
    assert_eq!(polling.get().await.answer(), (200, "1:31:31:3"));
    polling.post("1:2".repeat(4)).await;
    journal.expect("disconnected: parse error").await;
    // A length promises nothing.
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    polling.post_bytes([b"\x01".as_slice(), &[9; 18], b"\xff\x04"].concat()).await;
    journal.expect("disconnected: parse error").await;
}

// ---- WebSocket ----

#[tokio::test]
async fn frames_of_bytes_begin_with_their_type() {
    let server = server().await;
    let mut socket = websocket(&server).await;
    socket.send(r#"451-7["reverse",{"_placeholder":true,"num":0}]"#).await;
    socket.send_binary(&[4, 1, 2, 3]).await;
    socket.expect_text(r#"461-7[{"_placeholder":true,"num":0}]"#).await;
    socket.expect_binary(&[4, 3, 2, 1]).await;
    // In base64 it is text, with the type as a digit.
    socket.send(r#"451-8["reverse",{"_placeholder":true,"num":0}]"#).await;
    socket.send("b4AQID").await;
    socket.expect_text(r#"461-8[{"_placeholder":true,"num":0}]"#).await;
    socket.expect_binary(&[4, 3, 2, 1]).await;
    // The server asks, and the client answers.
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
    // As the client for Node does: no bytes over polling, but over WebSocket.
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

// ---- heartbeats ----

const INTERVAL: Duration = Duration::from_millis(100);
const TIMEOUT: Duration = Duration::from_millis(400);

async fn watched() -> (TestServer, Journal) {
    journaled(|server| server.ping_interval(INTERVAL).ping_timeout(TIMEOUT)).await
}

#[tokio::test]
async fn clients_ping_and_are_answered() {
    let (server, _journal) = watched().await;
    let mut socket = websocket(&server).await;
    let polling = Polling::joined(&server, "").await;
    // Nothing but the answers comes: the server does not ping.
    let start = Instant::now();
    while start.elapsed() < INTERVAL + TIMEOUT * 2 {
        socket.send("2").await;
        socket.expect_text("3").await;
        polling.post("1:2").await;
        assert_eq!(polling.get().await.answer(), (200, "1:3"));
    }
}

#[tokio::test]
async fn who_does_not_ping_is_gone() {
    let (server, mut journal) = watched().await;
    let start = Instant::now();
    let mut socket = websocket(&server).await;
    journal.expect("connected").await;
    // Only pings count.
    socket.send(r#"42["tell","x"]"#).await;
    journal.expect("told: x").await;
    socket.expect_close(None).await;
    assert!(start.elapsed() >= INTERVAL + TIMEOUT, "closed after {:?}", start.elapsed());
    journal.expect("disconnected: ping timeout").await;

    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    assert_eq!(polling.get().await.answer(), (200, "1:1"));
    journal.expect("disconnected: ping timeout").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn who_has_upgraded_and_does_not_ping_is_gone_too() {
    let (server, mut journal) = watched().await;
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    let request = Request::upgrade(target(&format!("transport=websocket&sid={}", polling.sid)));
    let mut socket = WebSocket::switched(Connection::open(&server).await, &request).await.expect("101");
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.expect_close(None).await;
    journal.expect("disconnected: ping timeout").await;
}

#[tokio::test]
async fn a_pong_is_the_wrong_direction() {
    let (server, mut journal) = journaled(|server| server).await;
    let mut socket = websocket(&server).await;
    journal.expect("connected").await;
    socket.send("3").await;
    journal.expect("disconnected: transport error").await;
    socket.expect_close(None).await;
}

#[tokio::test]
async fn pings_without_end_fill_nothing() {
    let (server, mut journal) = journaled(|server| server.queue_limits(1 << 20, 100)).await;
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    polling.post("1:2".repeat(100)).await;
    polling.post("1:2").await;
    journal.expect("disconnected: slow reader").await;
    polling.expect_gone().await;
}

// ---- Socket.IO ----

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
    // Old clients name the query with each packet.
    socket.send(r#"42/admin?token=other,1["auth"]"#).await;
    socket.expect_text(&answer).await;
    // Who speaks 4 has an id that is no secret.
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
    // As Node's server has it.
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
    for packet in ["40", "40?x=1", "42/nowhere,[\"x\"]", "42/?x,[\"connect\"]", "44\"x\""] {
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
    // Large enough to be shared by all who have it.
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
