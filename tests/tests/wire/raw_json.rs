//! `RawJson`: JSON that a server forwards without parsing it.

use bytes::Bytes;
use serde::Serialize;
use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};

/// Values that would not survive a conversion to Rust types unchanged.
const VALUES: [&str; 9] = [
    "null",
    "-0",
    "1e999",
    "123456789012345678901234567890.50",
    r#""\u0061\/\n\ud83d\ude00 é 😀""#,
    r#""\ud800""#,
    r#"{"b":1,"a":{"b":[],"":{}},"b":2}"#,
    r#"[ 1 ,	{ "x" : [[[]]] } ]"#,
    r#"{"_placeholder":true,"num":0}"#,
];

#[event("whole")]
struct Whole(RawJson);

#[event("parts", ack = RawJson)]
struct Parts(u8, RawJson, Inside, Option<RawJson>);

#[payload]
struct Inside {
    raw: RawJson,
    list: Vec<RawJson>,
    maybe: Option<RawJson>,
}

#[derive(Serialize, Event)]
#[event("chunk")]
struct Chunk(RawJson, Bytes);

struct Relay;

#[namespace("/", emits(Whole, Parts, Chunk))]
impl Relay {
    #[on("echo")]
    fn echo(&self, value: RawJson) -> RawJson {
        value
    }

    #[on("second")]
    fn second(&self, _first: String, value: Option<RawJson>) -> Result<Option<RawJson>, RawJson> {
        match value {
            Some(value) if value.as_str() == r#""fail""# => Err(value),
            value => Ok(value),
        }
    }

    #[on("emit")]
    fn emit(&self, socket: &Socket<Self>, value: RawJson) {
        drop(socket.emit(Whole(value)));
    }

    #[on(Whole)]
    fn whole(&self, socket: &Socket<Self>, event: Whole) {
        drop(socket.emit(event));
    }

    #[on(Parts)]
    fn parts(&self, socket: &Socket<Self>, event: Parts) -> RawJson {
        let answer = event.2.raw.clone();
        drop(socket.emit(event));
        answer
    }

    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>, value: RawJson) -> RawJson {
        let inside = Inside { raw: value.clone(), list: vec![], maybe: None };
        socket.emit_with_ack(Parts(0, value, inside, None)).await.expect("an answer")
    }

    #[on("chunk")]
    fn chunk(&self, socket: &Socket<Self>, value: RawJson, data: Bytes) {
        drop(socket.emit(Chunk(value, data)));
    }

    #[on("sum")]
    fn sum(&self, value: RawJson) -> Result<i64, String> {
        value.read::<Vec<i64>>().map(|numbers| numbers.iter().sum()).map_err(|error| error.to_string())
    }
}

async fn joined() -> (TestServer, WebSocket) {
    let server = TestServer::start(Server::new().namespace(Relay)).await;
    let socket = WebSocket::joined(&server).await;
    (server, socket)
}

#[tokio::test]
async fn an_argument_comes_back_as_it_was_spelled() {
    let (_server, mut socket) = joined().await;
    let large = format!(r#"{{"text":"{}\n","list":[{}0]}}"#, "é".repeat(50_000), "1.0,".repeat(10_000));
    for value in VALUES.into_iter().chain([&*large]) {
        socket.send(&format!(r#"421["echo", {value} ]"#)).await;
        socket.expect_text(&format!("431[{value}]")).await;
        socket.send(&format!(r#"42["emit",{value},"surplus"]"#)).await;
        socket.expect_text(&format!(r#"42["whole",{value}]"#)).await;
        socket.send(&format!(r#"42["whole",{value}]"#)).await;
        socket.expect_text(&format!(r#"42["whole",{value}]"#)).await;
    }
}

#[tokio::test]
async fn an_argument_may_be_missing() {
    let (_server, mut socket) = joined().await;
    for (arguments, answer) in [
        (r#""a""#, "[null]"),
        (r#""a",null"#, "[null]"),
        (r#""a", [ 1e999 ] , 2"#, "[[ 1e999 ]]"),
        (r#""\u0061",{"x":1}"#, r#"[{"x":1}]"#),
        (r#""a","fail""#, r#"[{"error":"fail"}]"#),
    ] {
        socket.send(&format!(r#"421["second",{arguments}]"#)).await;
        socket.expect_text(&format!("431{answer}")).await;
    }
    socket.send(r#"421["echo"]"#).await;
    socket.expect_text(r#"431[{"error":{"message":"argument 1 is missing"}}]"#).await;
}

#[tokio::test]
async fn it_may_be_a_part_of_a_payload() {
    let (_server, mut socket) = joined().await;
    for value in VALUES {
        // A value that an `Option` reads as `None` is written as `null`.
        let inside = format!(r#"{{"raw":{value},"list":[{value},{value}],"maybe":{value}}}"#);
        socket.send(&format!(r#"421["parts",7,{value},{inside},{value}]"#)).await;
        socket.expect_text(&format!(r#"42["parts",7,{value},{inside},{value}]"#)).await;
        socket.expect_text(&format!("431[{value}]")).await;
    }
}

#[tokio::test]
async fn a_client_may_answer_with_anything() {
    let (_server, mut socket) = joined().await;
    for (id, value) in VALUES.into_iter().enumerate() {
        socket.send(&format!(r#"421["ask",{value}]"#)).await;
        let inside = format!(r#"{{"raw":{value},"list":[],"maybe":null}}"#);
        socket.expect_text(&format!(r#"42{id}["parts",0,{value},{inside},null]"#)).await;
        socket.send(&format!("43{id}[{value},1]")).await;
        socket.expect_text(&format!("431[{value}]")).await;
    }
}

#[tokio::test]
async fn it_stands_beside_attachments() {
    let (_server, mut socket) = joined().await;
    let event = r#"451-["chunk",[1e999,{"a":"b"}],{"_placeholder":true,"num":0}]"#;
    socket.send(event).await;
    socket.send_binary(&[1, 2]).await;
    socket.expect_text(event).await;
    socket.expect_binary(&[1, 2]).await;
}

#[tokio::test]
async fn it_may_be_read_later() {
    let (_server, mut socket) = joined().await;
    socket.send(r#"421["sum",[1, 2 ,3]]"#).await;
    socket.expect_text("431[6]").await;
    socket.send(r#"421["sum",{"a":1}]"#).await;
    let answer = socket.next_text().await;
    assert!(answer.starts_with(r#"431[{"error":"invalid type: map, expected a sequence"#), "{answer}");
}
