//! Clients with Engine.IO 3, and the namespaces for their tests.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use switchboard::prelude::*;
use switchboard_tests::{Connection, Endpoint, Request, Response, TestServer, WebSocket};

use crate::journal::{Journal, seen};

pub(super) const BYTES: &str = "application/octet-stream";
pub(super) const TEXT: &str = "text/plain; charset=UTF-8";
pub(super) const UNSUPPORTED: &str = r#"{"code":5,"message":"Unsupported protocol version"}"#;
pub(super) const BAD_REQUEST: &str = r#"{"code":3,"message":"Bad request"}"#;

pub(super) fn target(query: &str) -> String {
    format!("/socket.io/?EIO=3&{query}")
}

/// Encodes a text packet with its length prefix.
pub(super) fn part(packet: &str) -> String {
    format!("{}:{packet}", packet.encode_utf16().count())
}

/// A session over long-polling.
pub(super) struct Polling {
    pub(super) endpoint: Endpoint,
    pub(super) sid: String,
    pub(super) handshake: Value,
}

impl Polling {
    pub(super) async fn open(endpoint: &Endpoint, more: &str) -> Self {
        let request = Request::get(target(&format!("transport=polling{more}")));
        let response = Connection::open(endpoint).await.request(&request).await;
        assert_eq!((response.status, response.header("content-type")), (200, Some(TEXT)));
        let (length, packet) = response.text().split_once(":0").expect("an open packet behind its length");
        assert_eq!(length.parse(), Ok(packet.len() + 1));
        let handshake: Value = serde_json::from_str(packet).expect("a handshake in JSON");
        let sid = handshake["sid"].as_str().expect("a session id").to_owned();
        Self { endpoint: endpoint.clone(), sid, handshake }
    }

    pub(super) async fn joined(endpoint: &Endpoint, more: &str) -> Self {
        let polling = Self::open(endpoint, more).await;
        assert_eq!(polling.get().await.answer(), (200, "2:40"));
        polling
    }

    pub(super) fn target(&self) -> String {
        target(&format!("transport=polling&sid={}", self.sid))
    }

    pub(super) async fn request(&self, request: &Request) -> Response {
        Connection::open(&self.endpoint).await.request(request).await
    }

    pub(super) async fn get(&self) -> Response {
        self.request(&Request::get(self.target())).await
    }

    pub(super) async fn post(&self, body: impl Into<Vec<u8>>) {
        assert_eq!(self.request(&Request::post(self.target(), body)).await.answer(), (200, "ok"));
    }

    pub(super) async fn post_bytes(&self, body: impl Into<Vec<u8>>) {
        let request = Request::post(self.target(), body).header("Content-Type", BYTES);
        assert_eq!(self.request(&request).await.answer(), (200, "ok"));
    }

    pub(super) async fn expect_gone(&self) {
        assert_eq!(self.get().await.answer(), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
    }
}

pub(super) async fn open_websocket(endpoint: &Endpoint, more: &str) -> WebSocket {
    let request = Request::upgrade(target(&format!("transport=websocket{more}")));
    WebSocket::opened(Connection::open(endpoint).await, &request).await
}

pub(crate) async fn websocket(endpoint: &Endpoint) -> WebSocket {
    let mut socket = open_websocket(endpoint, "").await;
    socket.expect_text("40").await;
    socket
}

#[derive(Serialize, Event)]
#[event("news")]
pub(super) struct News(Value);

#[derive(Serialize, Event)]
#[event("chunk")]
pub(super) struct Chunk(String, Bytes);

#[derive(Serialize, Event)]
#[event("question", ack = Bytes)]
pub(super) struct Question(Bytes);

pub(super) struct Main;

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

pub(super) struct Admin;

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

pub(super) async fn server() -> TestServer {
    TestServer::start(Server::new().allow_eio3(true).namespace(Main).namespace(Admin)).await
}

pub(super) async fn journaled(options: impl FnOnce(Server) -> Server) -> (TestServer, Journal) {
    let (namespace, journal) = seen();
    (TestServer::start(options(Server::new().allow_eio3(true)).namespace(namespace)).await, journal)
}
