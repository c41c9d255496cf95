//! `Value`: values of any shape, including binary data.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use switchboard::{Value, prelude::*};
use switchboard_tests::{TestServer, WebSocket};

const P0: &str = r#"{"_placeholder":true,"num":0}"#;
const P1: &str = r#"{"_placeholder":true,"num":1}"#;

#[event("changed", ack = Value)]
struct Changed(u8, Value);

#[payload]
struct Inside {
    id: u8,
    value: Value,
    raw: Option<RawJson>,
}

#[derive(Serialize, Deserialize)]
struct File {
    name: String,
    content: Bytes,
}

struct Store;

#[namespace("/", emits(Changed))]
impl Store {
    #[on("echo")]
    fn echo(&self, value: Value) -> Value {
        value
    }

    #[on("inside")]
    fn inside(&self, inside: Inside) -> Inside {
        inside
    }

    #[on("emit")]
    fn emit(&self, socket: &Socket<Self>, value: Value) -> Result<(), String> {
        socket.emit(Changed(7, value)).map_err(|error| error.to_string())
    }

    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>, value: Value) -> Result<Value, String> {
        socket.emit_with_ack(Changed(7, value)).await.map_err(|error| error.to_string())
    }

    #[on("raw")]
    fn raw(&self, value: RawJson) -> RawJson {
        value
    }

    #[on("json")]
    fn json(&self, value: serde_json::Value) -> serde_json::Value {
        value
    }

    #[on("file")]
    fn file(&self, value: Value) -> Result<Value, String> {
        let mut file: File = value.read().map_err(|error| error.to_string())?;
        file.content = [&file.content[..], b"!"].concat().into();
        Value::from_value(&file).map_err(|error| error.to_string())
    }

    /// Emits the client's value together with binary data.
    #[on("emit beside")]
    fn emit_beside(&self, socket: &Socket<Self>, value: Value) -> Result<(), String> {
        let both = [value, Bytes::from_static(b"x").into()].into_iter().collect();
        socket.emit(Changed(7, both)).map_err(|error| error.to_string())
    }

    #[on("both")]
    fn both(&self, value: Value, data: Bytes) -> (Value, Bytes) {
        (value, data)
    }

    #[on("beside")]
    fn beside(&self, raw: RawJson, data: Bytes) -> usize {
        raw.as_str().len() + data.len()
    }
}

async fn joined() -> (TestServer, WebSocket) {
    let server = TestServer::start(Server::new().namespace(Store)).await;
    let socket = WebSocket::joined(&server).await;
    (server, socket)
}

async fn send(socket: &mut WebSocket, text: &str, attachments: &[&[u8]]) {
    socket.send(text).await;
    for attachment in attachments {
        socket.send_binary(attachment).await;
    }
}

async fn expect(socket: &mut WebSocket, text: &str, attachments: &[&[u8]]) {
    socket.expect_text(text).await;
    for attachment in attachments {
        socket.expect_binary(attachment).await;
    }
}

#[tokio::test]
async fn any_value_comes_back() {
    let (_server, mut socket) = joined().await;
    for json in [
        "null",
        "true",
        "-5",
        "18446744073709551615",
        "1.5",
        r#""é\n""#,
        r#"[[],{}," "]"#,
        r#"{"c":{"b":[1,null],"a":{}},"a":false}"#,
        P0,
        r#"{"_placeholder":true,"num":7}"#,
    ] {
        socket.send(&format!(r#"421["echo",{json}]"#)).await;
        socket.expect_text(&format!("431[{json}]")).await;
        socket.send(&format!(r#"42["emit",{json}]"#)).await;
        socket.expect_text(&format!(r#"42["changed",7,{json}]"#)).await;
    }
    socket.send(&format!(r#"421["json",{{"a":{P0}}}]"#)).await;
    socket.expect_text(&format!(r#"431[{{"a":{P0}}}]"#)).await;
}

#[tokio::test]
async fn bytes_come_back_wherever_they_are() {
    let (_server, mut socket) = joined().await;
    for value in [P0.to_owned(), format!("[1,{P0}]"), format!(r#"{{"a":[{{"b":{P0}}}],"c":"x"}}"#)] {
        send(&mut socket, &format!(r#"451-1["echo",{value}]"#), &[b"\x00\xff"]).await;
        expect(&mut socket, &format!("461-1[{value}]"), &[b"\x00\xff"]).await;
        send(&mut socket, &format!(r#"451-["emit",{value}]"#), &[b""]).await;
        expect(&mut socket, &format!(r#"451-["changed",7,{value}]"#), &[b""]).await;
        send(&mut socket, &format!(r#"451-1["inside",{{"id":1,"value":{value},"raw":{{"x":1}}}}]"#), &[b"y"]).await;
        expect(&mut socket, &format!(r#"461-1[{{"id":1,"value":{value},"raw":{{"x":1}}}}]"#), &[b"y"]).await;
    }
    send(&mut socket, &format!(r#"452-1["echo",[{P1},{P0},{P1}]]"#), &[b"a", b"b"]).await;
    let third = P1.replace('1', "2");
    expect(&mut socket, &format!("463-1[[{P0},{P1},{third}]]"), &[b"b", b"a", b"b"]).await;

    send(&mut socket, &format!(r#"451-1["ask",{P0}]"#), &[b"a"]).await;
    expect(&mut socket, &format!(r#"451-0["changed",7,{P0}]"#), &[b"a"]).await;
    send(&mut socket, &format!(r#"461-0[{{"x":{P0}}}]"#), &[b"b"]).await;
    expect(&mut socket, &format!(r#"461-1[{{"x":{P0}}}]"#), &[b"b"]).await;
}

#[tokio::test]
async fn values_are_read_as_types_and_made_of_them() {
    let (_server, mut socket) = joined().await;
    send(&mut socket, &format!(r#"451-1["file",{{"name":"a","content":{P0}}}]"#), &[b"x"]).await;
    expect(&mut socket, &format!(r#"461-1[{{"name":"a","content":{P0}}}]"#), &[b"x!"]).await;
    socket.send(r#"421["file",{"name":"a"}]"#).await;
    let answer = socket.next_text().await;
    assert!(answer.starts_with(r#"431[{"error":"missing field `content`"#), "{answer}");
}

/// Some clients write the keys in a different order, for example Swift's, whose dictionaries are unordered.
#[tokio::test]
async fn placeholders_may_be_spelled_otherwise() {
    let (_server, mut socket) = joined().await;
    for other in [r#"{"num":0,"_placeholder":true}"#, r#"{ "_placeholder" : true, "num": 0 }"#] {
        for event in ["echo", "ask"] {
            send(&mut socket, &format!(r#"451-1["{event}",{{"a":{other},"b":"c"}}]"#), &[b"x"]).await;
            if event == "ask" {
                let text = socket.next_text().await;
                assert!(text.starts_with("451-"), "{text}");
                socket.expect_binary(b"x").await;
                let id = text[4..].split('[').next().expect("an id").to_owned();
                send(&mut socket, &format!(r#"461-{id}[{{"a":{other},"b":"c"}}]"#), &[b"x"]).await;
            }
            expect(&mut socket, &format!(r#"461-1[{{"a":{P0},"b":"c"}}]"#), &[b"x"]).await;
        }
        send(&mut socket, &format!(r#"451-1["both",1,{other}]"#), &[b"x"]).await;
        expect(&mut socket, &format!("461-1[[1,{P0}]]"), &[b"x"]).await;
    }
}

#[tokio::test]
async fn json_that_meets_binary_data_is_refused() {
    let (_server, mut socket) = joined().await;
    let raw = "binary data does not fit `RawJson`: use `switchboard::Value`, or a type with `Bytes`";
    for (event, value, message) in [
        ("raw", P0, format!("argument 1: {raw}")),
        ("raw", r#"{"a":[{"num":0,"_placeholder":true}]}"#, format!("argument 1: {raw}")),
        ("inside", r#"{"id":1,"value":null,"raw":{"_placeholder":true,"num":0}}"#, format!("argument 1: {raw}")),
        ("json", P0, "argument 1: invalid type: byte array, expected any valid JSON value".to_owned()),
    ] {
        send(&mut socket, &format!(r#"451-1["{event}",{value}]"#), &[b"x"]).await;
        socket.expect_text(&format!(r#"431[{{"error":{{"message":"{message}"}}}}]"#)).await;
    }
    // A `RawJson` without binary data inside may stand beside binary data.
    send(&mut socket, &format!(r#"451-1["beside",[1],{P0}]"#), &[b"x"]).await;
    socket.expect_text("431[4]").await;
}

/// The receiver could not tell the value from a placeholder, and might refuse the packet.
#[tokio::test]
async fn what_looks_like_a_placeholder_is_not_sent_beside_binary_data() {
    let (_server, mut socket) = joined().await;
    for value in [r#"{"_placeholder":true,"num":3}"#, r#"[{"a":{"_placeholder":true,"num":0}}]"#] {
        socket.send(&format!(r#"421["emit beside",{value}]"#)).await;
        let answer = socket.next_text().await;
        assert!(answer.contains("an object cannot have `_placeholder: true`"), "{answer}");
    }
    socket.send(r#"42["emit beside",{"_placeholder":false}]"#).await;
    socket.expect_text(&format!(r#"451-["changed",7,[{{"_placeholder":false}},{P0}]]"#)).await;
    socket.expect_binary(b"x").await;
}

#[tokio::test]
async fn nesting_is_bounded() {
    let (_server, mut socket) = joined().await;
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    socket.send(&format!(r#"421["echo",{}]"#, nested(126))).await;
    socket.expect_text(&format!("431[{}]", nested(126))).await;
    socket.send(&format!(r#"421["echo",{}]"#, nested(128))).await;
    socket.expect_close(None).await;
}
