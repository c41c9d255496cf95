//! Binary attachments, in both directions and over both transports.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use switchboard::prelude::*;
use switchboard_tests::{Polling, TestServer, WebSocket};

const P0: &str = r#"{"_placeholder":true,"num":0}"#;
const P1: &str = r#"{"_placeholder":true,"num":1}"#;

#[derive(Serialize, Event)]
#[event("chunk")]
struct Chunk(String, Bytes);

#[derive(Serialize, Event)]
#[event("question", ack = Bytes)]
struct Question;

#[derive(Serialize, Deserialize)]
struct Parts {
    first: Bytes,
    name: String,
    rest: Vec<Bytes>,
}

struct Store;

#[namespace("/", emits(Chunk, Question))]
impl Store {
    #[on("size")]
    async fn size(&self, data: Bytes) -> usize {
        data.len()
    }

    #[on("sizes")]
    async fn sizes(&self, first: Bytes, second: Bytes) -> (usize, usize) {
        (first.len(), second.len())
    }

    #[on("reverse")]
    async fn reverse(&self, data: Bytes) -> Bytes {
        data.iter().rev().copied().collect()
    }

    #[on("echo")]
    async fn echo(&self, parts: Parts) -> Parts {
        parts
    }

    #[on("send")]
    async fn send(&self, socket: &Socket<Self>, name: String, data: Bytes) {
        drop(socket.emit(Chunk(name, data)));
    }

    #[on("ask me")]
    async fn ask_me(&self, socket: &Socket<Self>) -> usize {
        socket.emit_with_ack(Question).await.map_or(0, |answer: Bytes| answer.len())
    }

    #[on("json")]
    async fn json(&self, value: serde_json::Value) -> serde_json::Value {
        value
    }
}

async fn joined() -> (TestServer, WebSocket) {
    let server = TestServer::start(Server::new().namespace(Store)).await;
    let socket = WebSocket::joined(&server).await;
    (server, socket)
}

#[tokio::test]
async fn attachments_come_in() {
    let (_server, mut socket) = joined().await;
    socket.send(&format!(r#"451-1["size",{P0}]"#)).await;
    socket.send_binary(&[1, 2, 3]).await;
    socket.expect_text("431[3]").await;

    socket.send(&format!(r#"452-2["sizes",{P1},{P0}]"#)).await;
    socket.send_binary(&[1]).await;
    socket.send_binary(&[]).await;
    socket.expect_text("432[[0,1]]").await;

    // An attachment may be referenced twice, or not at all.
    socket.send(&format!(r#"452-3["sizes",{P0},{P0}]"#)).await;
    socket.send_binary(&[1, 2]).await;
    socket.send_binary(&[1, 2, 3]).await;
    socket.expect_text("433[[2,2]]").await;
}

#[tokio::test]
async fn attachments_go_out() {
    let (_server, mut socket) = joined().await;
    socket.send(&format!(r#"451-["send","x",{P0}]"#)).await;
    socket.send_binary(&[1, 2, 3]).await;
    socket.expect_text(&format!(r#"451-["chunk","x",{P0}]"#)).await;
    socket.expect_binary(&[1, 2, 3]).await;
}

#[tokio::test]
async fn an_acknowledgement_may_be_binary() {
    let (_server, mut socket) = joined().await;
    socket.send(&format!(r#"451-7["reverse",{P0}]"#)).await;
    socket.send_binary(&[1, 2, 3]).await;
    socket.expect_text(&format!("461-7[{P0}]")).await;
    socket.expect_binary(&[3, 2, 1]).await;

    socket.send(&format!(r#"451-8["reverse",{P0}]"#)).await;
    socket.send_binary(&[]).await;
    socket.expect_text(&format!("461-8[{P0}]")).await;
    socket.expect_binary(&[]).await;
}

#[tokio::test]
async fn attachments_may_be_anywhere_in_a_value() {
    let (_server, mut socket) = joined().await;
    let parts = r#"{"first":{"_placeholder":true,"num":2},"name":"n","rest":[{"num":0,"_placeholder":true},{"_placeholder":true,"num":1}]}"#;
    socket.send(&format!(r#"453-1["echo",{parts}]"#)).await;
    for attachment in [&[0][..], &[1], &[2]] {
        socket.send_binary(attachment).await;
    }
    // The attachments are renumbered, in the order of the value.
    let answer = r#"{"first":{"_placeholder":true,"num":0},"name":"n","rest":[{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]}"#;
    socket.expect_text(&format!("463-1[{answer}]")).await;
    socket.expect_binary(&[2]).await;
    socket.expect_binary(&[0]).await;
    socket.expect_binary(&[1]).await;
}

#[tokio::test]
async fn the_client_may_answer_in_binary() {
    let (_server, mut socket) = joined().await;
    socket.send(r#"421["ask me"]"#).await;
    socket.expect_text(r#"420["question"]"#).await;
    socket.send(&format!("461-0[{P0}]")).await;
    socket.send_binary(&[0; 500]).await;
    socket.expect_text("431[500]").await;
}

#[tokio::test]
async fn polling_carries_base64() {
    let server = TestServer::start(Server::new().namespace(Store)).await;
    let mut polling = Polling::joined(&server).await;
    polling.post(&format!("451-[\"send\",\"x\",{P0}]\u{1e}bAQID")).await;
    assert_eq!(polling.get().await, format!("451-[\"chunk\",\"x\",{P0}]\u{1e}bAQID"));

    // The attachment may arrive in a separate POST.
    polling.post(&format!(r#"451-["send","y",{P0}]"#)).await;
    polling.post("bAQIDBA==").await;
    assert_eq!(polling.get().await, format!("451-[\"chunk\",\"y\",{P0}]\u{1e}bAQIDBA=="));

    polling.post(&format!("451-[\"send\",\"z\",{P0}]\u{1e}b")).await;
    assert_eq!(polling.get().await, format!("451-[\"chunk\",\"z\",{P0}]\u{1e}b"));
}

#[tokio::test]
async fn base64_in_a_text_frame_is_binary_too() {
    let (_server, mut socket) = joined().await;
    socket.send(&format!(r#"451-1["size",{P0}]"#)).await;
    socket.send("bAQID").await;
    socket.expect_text("431[3]").await;
}

/// Encodings of the bytes `fb ff 01 02`: Android's and Java's with a final line feed, MIME's with line breaks,
/// URL-safe, without padding, and with other whitespace.
const VARIANTS: [&str; 6] = ["+/8BAg==\n", "+/8B\r\nAg==\r\n", "-_8BAg==", "-_8BAg", "+/8BAg=", " +/8BAg\t"];

#[tokio::test]
async fn base64_is_read_in_every_form_that_encoders_write() {
    let server = TestServer::start(Server::new().namespace(Store)).await;
    let mut polling = Polling::joined(&server).await;
    let mut socket = WebSocket::joined(&server).await;
    for data in VARIANTS {
        polling.post(&format!("451-[\"send\",\"x\",{P0}]\u{1e}b{data}")).await;
        assert_eq!(polling.get().await, format!("451-[\"chunk\",\"x\",{P0}]\u{1e}b+/8BAg=="), "{data:?}");
        socket.send(&format!(r#"451-["send","x",{P0}]"#)).await;
        socket.send(&format!("b{data}")).await;
        socket.expect_text(&format!(r#"451-["chunk","x",{P0}]"#)).await;
        socket.expect_binary(&[0xfb, 0xff, 1, 2]).await;
    }
}

#[tokio::test]
async fn invalid_base64_ends_the_session() {
    let server = TestServer::start(Server::new().namespace(Store)).await;
    for data in ["!", "A", "AQ==AQ==", "AQ\u{a0}ID"] {
        let mut polling = Polling::joined(&server).await;
        polling.try_post(format!("451-[\"send\",\"x\",{P0}]\u{1e}b{data}")).await;
        polling.expect_closed().await;
    }
}

#[tokio::test]
async fn heartbeats_do_not_come_between_a_packet_and_its_attachments() {
    let options = Server::new().ping_interval(std::time::Duration::from_millis(20)).namespace(Store);
    let server = TestServer::start(options).await;
    let mut socket = WebSocket::joined(&server).await;
    let data = vec![7; 100_000];
    let mut pings = 0;
    while pings < 5 {
        socket.send(&format!(r#"451-["send","x",{P0}]"#)).await;
        socket.send_binary(&data).await;
        loop {
            let text = socket.next_text().await;
            if text != "2" {
                assert!(text.starts_with("451-"), "{text}");
                break;
            }
            pings += 1;
            socket.send("3").await;
        }
        socket.expect_binary(&data).await;
    }
}

#[tokio::test]
async fn heartbeats_of_the_client_may_come_between() {
    let (_server, mut socket) = joined().await;
    socket.send(&format!(r#"451-1["size",{P0}]"#)).await;
    socket.send("3").await;
    socket.send_binary(&[1]).await;
    socket.expect_text("431[1]").await;
}

#[tokio::test]
async fn bytes_where_text_was_expected_are_answered() {
    let (_server, mut socket) = joined().await;
    for event in [format!(r#"451-1["json",{P0}]"#), format!(r#"451-1["send",{P0},{P0}]"#)] {
        socket.send(&event).await;
        socket.send_binary(&[1]).await;
        let ack = socket.next_text().await;
        assert!(ack.starts_with(r#"431[{"error":{"message":""#), "{ack}");
    }
    // The same for text where bytes are expected.
    for event in [r#"421["size","AQID"]"#, r#"421["size",[1,2,3]]"#, r#"421["size",{"_placeholder":true,"num":0}]"#] {
        socket.send(event).await;
        let ack = socket.next_text().await;
        assert!(ack.starts_with(r#"431[{"error":{"message":""#), "{event}: {ack}");
    }
}

#[tokio::test]
async fn a_placeholder_without_attachments_is_an_object() {
    let (_server, mut socket) = joined().await;
    socket.send(&format!(r#"421["json",{P0}]"#)).await;
    let ack = socket.next_text().await;
    assert!(ack == format!("431[{P0}]") || ack == r#"431[{"num":0,"_placeholder":true}]"#, "{ack}");
}

#[tokio::test]
async fn an_upgrade_does_not_part_a_packet_from_its_attachments() {
    let server = TestServer::start(Server::new().namespace(Store)).await;
    let mut polling = Polling::joined(&server).await;
    polling.post(&format!(r#"451-1["size",{P0}]"#)).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.send_binary(&[1, 2]).await;
    socket.expect_text("431[2]").await;
}
