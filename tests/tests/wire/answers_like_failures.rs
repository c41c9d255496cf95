//! Answers that a client could not tell from a failure: objects with `error` as their only key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use switchboard::prelude::*;
use switchboard::{AnswerError, HandlerErrorKind, Parser, RawJson};
use switchboard_tests::{Received, TestServer, WebSocket};

#[payload]
struct Job {
    id: u32,
    error: Option<String>,
}

#[payload]
struct Outcome {
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[payload]
#[serde(rename_all = "lowercase")]
enum Ended {
    Error(u32),
    Value(u32),
}

#[payload]
struct Two(Outcome, u32);

#[event("ask", ack = Outcome)]
struct Ask;

struct Jobs;

const FAILED: Option<String> = None;

#[namespace("/", emits(Ask))]
impl Jobs {
    #[on("job")]
    fn job(&self) -> Job {
        Job { id: 1, error: Some("late".to_owned()) }
    }

    #[on("outcome")]
    fn outcome(&self, note: Option<String>) -> Outcome {
        Outcome { error: FAILED, note }
    }

    #[on("ended")]
    fn ended(&self, well: bool) -> Result<Ended, String> {
        Ok(if well { Ended::Value(1) } else { Ended::Error(2) })
    }

    #[on("map")]
    fn map(&self, word: String) -> BTreeMap<String, u32> {
        BTreeMap::from([(word, 3)])
    }

    #[on("raw")]
    fn raw(&self) -> RawJson {
        RawJson::parse("{ \"err\\u006fr\": 1 }").expect("JSON")
    }

    #[on("two")]
    fn two(&self) -> Two {
        Two(Outcome { error: FAILED, note: None }, 1)
    }

    #[on("list")]
    fn list(&self) -> Vec<Outcome> {
        vec![Outcome { error: FAILED, note: None }]
    }

    #[on("later")]
    fn later(&self, ack: Ack<Outcome>) -> Result<(), String> {
        let sent = ack.send(Outcome { error: FAILED, note: None });
        match sent {
            Err(AnswerError::LooksLikeFailure { event }) if event == "later" => Ok(()),
            other => panic!("{other:?}"),
        }
    }

    #[on("asked")]
    async fn asked(&self, socket: &Socket<Self>) -> Result<Option<String>, String> {
        socket.emit_with_ack(Ask).await.map(|outcome| outcome.error).map_err(|error| error.to_string())
    }
}

type Reports = Arc<Mutex<Vec<String>>>;

fn server() -> (Server, Reports) {
    let reports = Reports::default();
    let hook = Arc::clone(&reports);
    let server = Server::new().namespace(Jobs).on_error(move |error| {
        assert!(matches!(error.kind, HandlerErrorKind::AckLooksLikeFailure), "{error}");
        hook.lock().expect("no panic").push(error.event.clone());
    });
    (server, reports)
}

const REFUSED: &str = r#"[{"error":{"message":"the server's answer cannot be told from an error"}}]"#;

const EXCHANGES: [(&str, &str); 11] = [
    (r#"["job"]"#, r#"[{"id":1,"error":"late"}]"#),
    (r#"["outcome"]"#, REFUSED),
    (r#"["outcome","noted"]"#, r#"[{"error":null,"note":"noted"}]"#),
    (r#"["ended",true]"#, r#"[{"value":1}]"#),
    (r#"["ended",false]"#, REFUSED),
    (r#"["map","word"]"#, r#"[{"word":3}]"#),
    (r#"["map","error"]"#, REFUSED),
    (r#"["raw"]"#, REFUSED),
    (r#"["two"]"#, r#"[{"error":null},1]"#),
    (r#"["list"]"#, r#"[[{"error":null}]]"#),
    (r#"["later"]"#, REFUSED),
];

/// The answers that a handler returned. `Ack::send` returns its error to the handler.
const REPORTED: [&str; 4] = ["outcome", "ended", "map", "raw"];

#[tokio::test]
async fn they_are_replaced_and_reported() {
    let (server, reports) = server();
    let server = TestServer::start(server).await;
    let mut socket = WebSocket::joined(&server).await;
    for (event, answer) in EXCHANGES {
        socket.send(&format!("421{event}")).await;
        socket.expect_text(&format!("431{answer}")).await;
    }
    assert_eq!(*reports.lock().expect("no panic"), REPORTED);
}

#[tokio::test]
async fn they_are_in_messagepack_too() {
    let (server, reports) = server();
    let server = TestServer::start(server.parser(Parser::MessagePack)).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send_binary(&packed(&serde_json::json!({ "type": 0, "nsp": "/" }))).await;
    socket.next().await;
    for (event, answer) in EXCHANGES {
        let data: serde_json::Value = serde_json::from_str(event).expect("JSON");
        socket.send_binary(&packed(&serde_json::json!({ "type": 2, "nsp": "/", "id": 1, "data": data }))).await;
        let Received::Binary(packet) = socket.next().await else { panic!("a binary frame") };
        let packet: rmpv::Value = rmpv::decode::read_value(&mut &packet[..]).expect("MessagePack");
        let data = packet.as_map().expect("a map").iter().find(|(key, _)| key.as_str() == Some("data")).expect("data");
        assert_eq!(
            data.1
                .to_string()
                .replace("nil", "null")
                .replace("\": ", "\":")
                .replace(", \"", ",\"")
                .replace(", 1]", ",1]"),
            answer,
            "{event}"
        );
    }
    assert_eq!(*reports.lock().expect("no panic"), REPORTED);
}

/// A packet in MessagePack.
fn packed(packet: &serde_json::Value) -> Vec<u8> {
    fn value(json: &serde_json::Value) -> rmpv::Value {
        match json {
            serde_json::Value::Null => rmpv::Value::Nil,
            serde_json::Value::Bool(value) => (*value).into(),
            serde_json::Value::Number(number) => number.as_u64().expect("small").into(),
            serde_json::Value::String(text) => text.as_str().into(),
            serde_json::Value::Array(list) => rmpv::Value::Array(list.iter().map(value).collect()),
            serde_json::Value::Object(fields) => {
                rmpv::Value::Map(fields.iter().map(|(key, field)| (key.as_str().into(), value(field))).collect())
            }
        }
    }
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &value(packet)).expect("written");
    bytes
}

/// The server knows which type it asked for: a client's answer is never a failure.
#[tokio::test]
async fn answers_of_clients_may_look_like_failures() {
    let (server, _) = server();
    let server = TestServer::start(server).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"421["asked"]"#).await;
    socket.expect_text(r#"420["ask"]"#).await;
    socket.send(r#"430[{"error":"mine"}]"#).await;
    socket.expect_text(r#"431["mine"]"#).await;
}
