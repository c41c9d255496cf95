//! MessagePack packets, written and read by an independent implementation of the format.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use rmpv::Value;
use rmpv::decode::read_value;
use rmpv::encode::write_value;
use serde::{Deserialize, Serialize};
use switchboard::Parser;
use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{Polling, Received, TestServer, WebSocket};

use crate::cluster::{Bus, Node};
use crate::journal::Journal;

#[derive(Clone, Serialize, Deserialize, Event)]
#[event("picture")]
struct Picture {
    name: String,
    data: Bytes,
    scale: f64,
}

#[event("question", ack = Option<f64>)]
struct Question(u8, String);

/// Reports its events and disconnects to the test.
struct Gallery {
    reports: tokio::sync::mpsc::UnboundedSender<String>,
}

#[namespace("/", emits(Picture, Question))]
impl Gallery {
    #[on("show")]
    fn show(&self, socket: &Socket<Self>, picture: Picture, room: Option<String>) -> usize {
        let sent = match room {
            Some(room) => socket.to(room).emit(&picture).map(|delivery| delivery.sent),
            None => socket.namespace().emit(&picture).map(|delivery| delivery.sent),
        };
        sent.expect("a picture")
    }

    #[on("join")]
    fn join(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
        socket.join(room)
    }

    #[on("sum")]
    fn sum(&self, numbers: Vec<i64>) -> Result<i64, Picture> {
        let sum = numbers.iter().sum();
        let refused = || Picture { name: "too much".to_owned(), data: Bytes::from_static(b"!"), scale: 0.5 };
        if sum < 100 { Ok(sum) } else { Err(refused()) }
    }

    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>) -> Result<Option<f64>, String> {
        socket.emit_with_ack(Question(7, "é".to_owned())).await.map_err(|error| error.to_string())
    }

    #[on("raw")]
    fn raw(&self, value: RawJson) -> (String, RawJson) {
        (value.as_str().to_owned(), value)
    }

    #[on("dynamic")]
    fn dynamic(&self, value: switchboard::Value) -> switchboard::Value {
        value
    }

    /// Adds listeners to the socket, two of them for the same event, each with its own arguments.
    #[on("listen")]
    fn listen(&self, socket: &Socket<Self>) {
        let reports = self.reports.clone();
        socket.on_any(move |_, event| drop(reports.send(format!("in {}", event.raw()))));
        let reports = self.reports.clone();
        socket.on_any_outgoing(move |_, event| drop(reports.send(format!("out {}", event.raw()))));
        let reports = self.reports.clone();
        socket.on("twice", move |data: Bytes, n: u8| {
            drop(reports.send(format!("{} bytes and {n}", data.len())));
            std::future::ready(())
        });
        socket.on("twice", async |data: Bytes, n: u8, ack: Ack<Vec<Bytes>>| drop(ack.send(vec![data; n.into()])));
    }

    #[on("panic")]
    fn panic(&self) {
        std::panic::resume_unwind(Box::new("on purpose"));
    }

    #[on("leave")]
    fn leave(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }

    #[on_disconnect]
    fn left(&self, reason: DisconnectReason) {
        drop(self.reports.send(reason.to_string()));
    }
}

#[derive(Deserialize)]
struct Pass {
    token: Bytes,
}

struct Members;

#[namespace("/members", session = usize)]
impl Members {
    #[on_connect]
    async fn connect(&self, Auth(pass): Auth<Pass>) -> Result<usize, ConnectError> {
        match &pass.token[..] {
            b"secret" => Ok(pass.token.len()),
            _ => Err(ConnectError::new("who are you?").data(&[1.5])),
        }
    }
}

struct Anything;

#[namespace("/anything")]
impl Anything {
    /// Sends every event back.
    #[fallback]
    fn other(
        &self,
        socket: &Socket<Self>,
        EventName(name): EventName,
        arguments: Rest<switchboard::Value>,
    ) -> Result<usize, String> {
        socket.emit_named(&name, &arguments).map_err(|error| error.to_string())?;
        Ok(arguments.0.len())
    }
}

struct Floor;

#[namespace("/floor-{number}", params(number: u32))]
impl Floor {
    #[on("where")]
    fn whereabouts(&self, Params(number): Params<u32>) -> u32 {
        *number
    }
}

async fn server() -> (TestServer, Journal) {
    let (reports, journal) = Journal::new();
    let server = Server::new().namespace(Gallery { reports }).namespace(Members).namespace(Anything).namespace(Floor);
    (TestServer::start(server.max_payload(100_000).parser(Parser::MessagePack)).await, journal)
}

/// A map with these entries.
macro_rules! map {
    ($($key:literal: $value:expr),* $(,)?) => {
        Value::Map(vec![$((Value::from($key), Value::from($value))),*])
    };
}

/// An array of these values.
macro_rules! array {
    ($($value:expr),* $(,)?) => {
        Value::Array(vec![$(Value::from($value)),*])
    };
}

fn bin(data: &[u8]) -> Value {
    Value::Binary(data.to_vec())
}

fn packed(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_value(&mut bytes, value).expect("a value can be written");
    bytes
}

/// Sorts the entries of maps by key, because their order is not defined.
fn sorted(value: Value) -> Value {
    match value {
        Value::Map(mut entries) => {
            entries.sort_by_key(|(key, _)| key.to_string());
            Value::Map(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}

async fn send(socket: &mut WebSocket, packet: &Value) {
    socket.send_binary(&packed(packet)).await;
}

async fn next(socket: &mut WebSocket) -> Value {
    let Received::Binary(message) = socket.next().await else { panic!("a packet is a binary message") };
    let mut rest = &message[..];
    let packet = read_value(&mut rest).expect("MessagePack");
    assert!(rest.is_empty(), "one packet a message");
    sorted(packet)
}

async fn expect(socket: &mut WebSocket, packet: Value) {
    assert_eq!(next(socket).await, sorted(packet));
}

async fn join(socket: &mut WebSocket, namespace: &str) {
    send(socket, &map! { "type": 0, "nsp": namespace }).await;
    let reply = next(socket).await;
    let sid = reply["data"]["sid"].as_str().expect("a socket's id").to_owned();
    assert_eq!(sid.len(), 20);
    assert_eq!(reply, sorted(map! { "type": 0, "nsp": namespace, "data": map! { "sid": sid } }));
}

async fn joined(server: &TestServer) -> WebSocket {
    let mut socket = WebSocket::open(server).await;
    join(&mut socket, "/").await;
    socket
}

fn event(id: u64, data: Value) -> Value {
    map! { "type": 2, "data": data, "options": map! { "compress": true }, "id": id, "nsp": "/" }
}

fn answer(id: u64, data: Value) -> Value {
    map! { "type": 3, "nsp": "/", "id": id, "data": data }
}

#[tokio::test]
async fn events_are_answered() {
    let (server, _journal) = server().await;
    let mut socket = joined(&server).await;
    for (id, data, expected) in [
        (0, array!["sum", array![1, -2, 300_000, -299_999]], array![0]),
        (1 << 60, array!["sum", array![]], array![0]),
        (5, array!["join", "x", "surplus"], array![]),
        (5, array!["ask me", 1], array![map! { "error": map! { "message": "no handler for `ask me`" } }]),
        (5, array!["sum"], array![map! { "error": map! { "message": "argument 1 is missing" } }]),
        (5, array!["panic"], array![map! { "error": map! { "message": "internal error" } }]),
        (5, array![12], array![map! { "error": map! { "message": "no handler for `12`" } }]),
    ] {
        send(&mut socket, &event(id, data)).await;
        expect(&mut socket, answer(id, expected)).await;
    }
    send(&mut socket, &event(5, array!["sum", array![100]])).await;
    let error = &next(&mut socket).await["data"][0]["error"];
    assert_eq!((&error["name"], &error["data"]), (&Value::from("too much"), &bin(b"!")));
    assert_eq!(error["scale"], Value::from(0.5));
    send(&mut socket, &event(5, array!["join", bin(b"x")])).await;
    let message = "argument 1: invalid type: byte array, expected a string";
    expect(&mut socket, answer(5, array![map! { "error": map! { "message": message } }])).await;
}

#[tokio::test]
async fn listeners_of_one_socket_and_answers_that_are_handed_out() {
    let (server, mut journal) = server().await;
    let mut socket = joined(&server).await;
    send(&mut socket, &event(1, array!["listen"])).await;
    expect(&mut socket, answer(1, array![])).await;
    send(&mut socket, &event(2, array!["twice", bin(b"abc"), 2])).await;
    expect(&mut socket, answer(2, array![array![bin(b"abc"), bin(b"abc")]])).await;
    journal.expect(r#"in ["twice",{"_placeholder":true,"num":0},2]"#).await;
    journal.expect("3 bytes and 2").await;
    let picture = map! { "name": "n", "data": bin(b"x"), "scale": 1.5 };
    send(&mut socket, &event(3, array!["show", picture.clone()])).await;
    expect(&mut socket, map! { "type": 2, "nsp": "/", "data": array!["picture", picture] }).await;
    expect(&mut socket, answer(3, array![1])).await;
    let shown = r#"{"name":"n","data":{"_placeholder":true,"num":0},"scale":1.5}]"#;
    journal.expect(&format!(r#"in ["show",{shown}"#)).await;
    journal.expect(&format!(r#"out ["picture",{shown}"#)).await;
}

#[tokio::test]
async fn a_broadcast_carries_binary_data_and_floats() {
    let (server, _journal) = server().await;
    let mut sockets = [joined(&server).await, joined(&server).await, joined(&server).await];
    let picture = map! { "name": "é", "data": bin(&[0; 3000]), "scale": 1e300 };
    send(&mut sockets[0], &event(1, array!["show", picture.clone()])).await;
    for socket in &mut sockets {
        expect(socket, map! { "type": 2, "nsp": "/", "data": array!["picture", picture.clone()] }).await;
    }
    expect(&mut sockets[0], answer(1, array![3])).await;

    send(&mut sockets[1], &event(1, array!["join", "red"])).await;
    expect(&mut sockets[1], answer(1, array![])).await;
    // An integer is accepted where a float is expected.
    let small = map! { "name": "", "data": bin(b""), "scale": 2 };
    send(&mut sockets[0], &event(2, array!["show", small, "red"])).await;
    let small = map! { "name": "", "data": bin(b""), "scale": 2.0 };
    expect(&mut sockets[1], map! { "type": 2, "nsp": "/", "data": array!["picture", small] }).await;
    expect(&mut sockets[0], answer(2, array![1])).await;
}

#[tokio::test]
async fn the_client_answers() {
    let (server, _journal) = server().await;
    let mut socket = joined(&server).await;
    for (id, reply, expected) in [
        (0, array![1.5], array![1.5]),
        // As a client of the other parser sends it.
        (1, array![f64::NEG_INFINITY, 2], array![Value::Nil]),
        (2, array![], array![Value::Nil]),
        (3, array![Value::Nil], array![Value::Nil]),
    ] {
        send(&mut socket, &event(9, array!["ask"])).await;
        expect(&mut socket, map! { "type": 2, "nsp": "/", "id": id, "data": array!["question", 7, "é"] }).await;
        send(&mut socket, &answer(77, array!["nobody asked"])).await;
        send(&mut socket, &answer(id, reply)).await;
        expect(&mut socket, answer(9, expected)).await;
    }
}

#[tokio::test]
async fn namespaces_are_joined_refused_and_left() {
    let (server, mut journal) = server().await;
    let mut socket = joined(&server).await;
    let connect = |token: &[u8]| map! { "type": 0, "nsp": "/members", "data": map! { "token": bin(token) } };
    send(&mut socket, &connect(b"guess")).await;
    let told = map! { "message": "who are you?", "data": array![1.5] };
    expect(&mut socket, map! { "type": 4, "nsp": "/members", "data": told }).await;
    send(&mut socket, &connect(b"secret")).await;
    assert_eq!(next(&mut socket).await["type"], Value::from(0));

    send(&mut socket, &map! { "type": 0, "nsp": "/nowhere", "data": map! {} }).await;
    let told = map! { "message": "Invalid namespace" };
    expect(&mut socket, map! { "type": 4, "nsp": "/nowhere", "data": told }).await;

    join(&mut socket, "/floor-12").await;
    send(&mut socket, &map! { "type": 2, "nsp": "/floor-12", "data": array!["where"], "id": 3 }).await;
    expect(&mut socket, map! { "type": 3, "nsp": "/floor-12", "data": array![12], "id": 3 }).await;

    send(&mut socket, &map! { "type": 2, "nsp": "/", "data": array!["leave"] }).await;
    expect(&mut socket, map! { "type": 1, "nsp": "/" }).await;
    journal.expect("server namespace disconnect").await;
    join(&mut socket, "/").await;
    send(&mut socket, &map! { "type": 1, "nsp": "/" }).await;
    journal.expect("client namespace disconnect").await;
}

#[tokio::test]
async fn raw_json_is_translated() {
    let (server, _journal) = server().await;
    let mut socket = joined(&server).await;
    for (value, json, back) in [
        (array![1, 1.5, Value::Nil], "[1,1.5,null]", None),
        (Value::from(u64::MAX), "18446744073709551615", None),
        (map! { "b": "\n", "a": true }, r#"{"b":"\n","a":true}"#, None),
        (map! { "_placeholder": true, "num": 0 }, r#"{"_placeholder":true,"num":0}"#, None),
        (Value::from(f64::NAN), "null", Some(Value::Nil)),
    ] {
        send(&mut socket, &event(1, array!["raw", value.clone()])).await;
        let back = array![array![json, back.unwrap_or(value)]];
        expect(&mut socket, answer(1, back)).await;
    }
    send(&mut socket, &event(2, array!["raw", array![1, bin(b"ab")]])).await;
    let message = "argument 1: binary data does not fit `RawJson`: use `switchboard::Value`, or a type with `Bytes`";
    expect(&mut socket, answer(2, array![map! { "error": map! { "message": message } }])).await;
}

#[tokio::test]
async fn dynamic_values_hold_all_that_there_is() {
    let (server, _journal) = server().await;
    let mut socket = joined(&server).await;
    for value in [
        Value::Nil,
        Value::from(u64::MAX),
        Value::from(1.5),
        bin(b""),
        array![1, -1, "x", array![bin(b"\0\xff"), true]],
        map! { "a": bin(b"x"), "b": map! { "_placeholder": true, "num": 0 } },
    ] {
        send(&mut socket, &event(1, array!["dynamic", value.clone()])).await;
        expect(&mut socket, answer(1, array![value])).await;
    }
    send(&mut socket, &event(1, array!["dynamic", Value::from(f64::INFINITY)])).await;
    expect(&mut socket, answer(1, array![Value::from(f64::INFINITY)])).await;
}

#[tokio::test]
async fn any_event_is_taken_and_sent() {
    let (server, _journal) = server().await;
    let mut socket = WebSocket::open(&server).await;
    join(&mut socket, "/anything").await;
    for arguments in [vec![], vec![Value::from("a"), bin(b"x"), array![1.5, Value::Nil]]] {
        let data = Value::Array([Value::from("any é")].into_iter().chain(arguments.clone()).collect());
        send(&mut socket, &map! { "type": 2, "nsp": "/anything", "data": data.clone(), "id": 7 }).await;
        expect(&mut socket, map! { "type": 2, "nsp": "/anything", "data": data }).await;
        let count = array![arguments.len()];
        expect(&mut socket, map! { "type": 3, "nsp": "/anything", "data": count, "id": 7 }).await;
    }
}

#[tokio::test]
async fn what_looks_like_a_placeholder_is_none() {
    let (server, _journal) = server().await;
    let mut socket = joined(&server).await;
    let fake = map! { "_placeholder": true, "num": 0 };
    let picture = map! { "name": "x", "data": fake, "scale": 1 };
    send(&mut socket, &event(1, array!["show", picture, bin(b"secret")])).await;
    let message = "argument 1: invalid type: map, expected binary data";
    expect(&mut socket, answer(1, array![map! { "error": map! { "message": message } }])).await;
}

#[tokio::test]
async fn what_is_no_packet_ends_the_connection() {
    let deep =
        |levels: usize| [&b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa3sum"[..], &b"\x91".repeat(levels)].concat();
    let violations = [
        b"".to_vec(),
        b"\xc1".to_vec(),
        b"2[\"sum\"]".to_vec(),
        packed(&Value::Nil),
        packed(&array![2, "/"]),
        packed(&map! { "type": 2, "nsp": "/" }),
        packed(&map! { "type": 5, "nsp": "/", "data": array!["sum"] }),
        packed(&map! { "type": 2, "nsp": 1, "data": array!["sum"] }),
        packed(&map! { "type": 2, "nsp": "/", "data": array![] }),
        packed(&map! { "type": 2, "nsp": "/", "data": array![map! { "toString": "x" }] }),
        packed(&map! { "type": 2, "nsp": "/", "data": array!["disconnecting"] }),
        packed(&map! { "type": 2, "nsp": "/", "data": array!["sum"], "id": -1 }),
        packed(&map! { "type": 3, "nsp": "/", "data": "sum", "id": 1 }),
        packed(&map! { "type": 4, "nsp": "/", "data": map! {} }),
        // A namespace that the client has not joined.
        packed(&map! { "type": 2, "nsp": "/members", "data": array!["sum"] }),
        // False lengths.
        b"\xdf\xff\xff\xff\xff".to_vec(),
        b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\xdd\xff\xff\xff\xff\xa3sum".to_vec(),
        b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa3sum\xc6\xff\xff\xff\xff".to_vec(),
        [deep(130), b"\xc0".to_vec()].concat(),
        deep(90_000),
        [&packed(&event(1, array!["sum", array![]]))[..], b"\xc0"].concat(),
    ];
    let (server, mut journal) = server().await;
    for violation in violations {
        let mut socket = joined(&server).await;
        socket.send_binary(&violation).await;
        socket.expect_close(None).await;
        journal.expect("forced close").await;
    }
    // A text message is never a packet.
    for text in [r#"42["sum",[]]"#, "41", "4"] {
        let mut socket = joined(&server).await;
        socket.send(text).await;
        socket.expect_close(None).await;
        journal.expect("forced close").await;
    }
    // The deepest nesting that is accepted, after a second CONNECT.
    let mut socket = joined(&server).await;
    join(&mut socket, "/").await;
    socket.send_binary(&[deep(100), b"\xc0".to_vec()].concat()).await;
    send(&mut socket, &event(1, array!["sum", array![1]])).await;
    expect(&mut socket, answer(1, array![1])).await;
}

#[tokio::test]
async fn clients_of_the_other_parser_are_let_go() {
    let (server, _journal) = server().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send("40").await;
    socket.expect_close(None).await;

    let (reports, _journal) = Journal::new();
    let server = TestServer::start(Server::new().namespace(Gallery { reports })).await;
    let mut socket = WebSocket::open(&server).await;
    send(&mut socket, &map! { "type": 0, "nsp": "/" }).await;
    socket.expect_close(None).await;
}

#[tokio::test]
async fn over_polling_it_is_base64() {
    let (server, _journal) = server().await;
    let mut polling = Polling::open(&server).await;
    let text = |packet: &Value| format!("b{}", BASE64_STANDARD.encode(packed(packet)));
    let value = |packet: String| {
        let bytes = BASE64_STANDARD.decode(packet.strip_prefix('b').expect("a binary message")).expect("base64");
        sorted(read_value(&mut &bytes[..]).expect("MessagePack"))
    };
    polling.post(&text(&map! { "type": 0, "nsp": "/" })).await;
    assert_eq!(value(polling.next_packet().await)["type"], Value::from(0));
    let two = [event(1, array!["sum", array![1, 2]]), event(2, array!["dynamic", map! { "a": bin(b"x") }])]
        .map(|packet| text(&packet));
    polling.post(&two.join("\x1e")).await;
    assert_eq!(value(polling.next_packet().await), sorted(answer(1, array![3])));
    assert_eq!(value(polling.next_packet().await), sorted(answer(2, array![map! { "a": bin(b"x") }])));
}

#[tokio::test]
async fn servers_of_both_parsers_can_be_one() {
    let bus = Arc::<Bus>::default();
    let start = async |number, parser| {
        let (reports, _) = Journal::new();
        let server = Server::new().namespace(Gallery { reports }).cluster(Node { bus: bus.clone(), number });
        TestServer::start(server.parser(parser)).await
    };
    let (packed, text) = (start(1, Parser::MessagePack).await, start(2, Parser::Json).await);
    let (mut a, mut b) = (joined(&packed).await, WebSocket::joined(&text).await);

    let picture = Picture { name: "x".to_owned(), data: Bytes::from_static(b"data"), scale: 1.5 };
    let value = map! { "name": "x", "data": bin(b"data"), "scale": 1.5 };
    let json = r#"{"name":"x","data":{"_placeholder":true,"num":0},"scale":1.5}"#;
    for server in [&packed, &text] {
        server.handle().namespace::<Gallery>().emit(&picture).expect("a picture");
        expect(&mut a, map! { "type": 2, "nsp": "/", "data": array!["picture", value.clone()] }).await;
        b.expect_text(&format!(r#"451-["picture",{json}]"#)).await;
        b.expect_binary(b"data").await;
    }
    for server in [&packed, &text] {
        let everybody = server.handle().namespace::<Gallery>().broadcast();
        let asking = tokio::spawn(async move { everybody.emit_with_ack(Question(1, "?".to_owned())).await });
        let id = next(&mut a).await["id"].clone();
        send(&mut a, &map! { "type": 3, "nsp": "/", "id": id, "data": array![0.5] }).await;
        let question = b.next_text().await;
        let id = question.strip_prefix("42").and_then(|rest| rest.strip_suffix(r#"["question",1,"?"]"#));
        b.send(&format!("43{}[2.5]", id.expect("a question"))).await;
        let answers = within("the answers", asking).await.expect("no panic").expect("a question");
        let mut values: Vec<f64> = answers.values().filter_map(|value| *value).collect();
        values.sort_by(f64::total_cmp);
        assert_eq!(values, [0.5, 2.5]);
    }
}
