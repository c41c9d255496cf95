//! The free-form data of sockets, read by their own handlers and through fetched sockets.

use std::collections::BTreeMap;

use serde_json::Value;
use switchboard::RemoteSocket;
use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};

struct Guests;

#[payload]
struct Profile {
    name: String,
    age: Option<u8>,
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn said<E: ToString>(error: E) -> String {
    error.to_string()
}

#[namespace("/")]
impl Guests {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>) -> Result<(), ConnectError> {
        match socket.handshake().query("name") {
            Some(name) => socket.data().insert("name", &name).map_err(|error| ConnectError::new(said(error))),
            None => Ok(()),
        }
    }

    #[on("set")]
    fn set(&self, socket: &Socket<Self>, key: String, value: Value) -> Result<(), String> {
        socket.data().insert(&key, &value).map_err(said)
    }

    #[on("get")]
    fn get(&self, socket: &Socket<Self>, key: String) -> Result<Option<u8>, String> {
        socket.data().get(&key).map_err(said)
    }

    #[on("remove")]
    fn remove(&self, socket: &Socket<Self>, key: String) -> bool {
        socket.data().remove(&key)
    }

    #[on("profile")]
    fn profile(&self, socket: &Socket<Self>) -> Result<Profile, String> {
        socket.data().read().map_err(said)
    }

    #[on("replace")]
    fn replace(&self, socket: &Socket<Self>, all: Value) -> Result<(), String> {
        socket.data().replace(&all).map_err(said)
    }

    #[on("impossible")]
    fn impossible(&self, socket: &Socket<Self>) -> Result<(), String> {
        socket.data().insert("map", &BTreeMap::from([((1, 2), 3)])).map_err(said)
    }

    #[on("find")]
    async fn find(&self, socket: &Socket<Self>) -> Result<Vec<Option<RawJson>>, String> {
        let others = socket.broadcast().fetch_sockets().await.map_err(said)?;
        Ok(others.iter().map(RemoteSocket::data).collect())
    }
}

async fn start() -> (TestServer, WebSocket) {
    let server = TestServer::start(Server::new().namespace(Guests)).await;
    let socket = WebSocket::joined(&server).await;
    (server, socket)
}

#[tokio::test]
async fn values_are_kept_found_and_forgotten() {
    let (_server, mut socket) = start().await;
    for (id, event, answer) in [
        (10, r#""get","age""#, "null"),
        (11, r#""remove","age""#, "false"),
        (12, r#""set","age",42"#, ""),
        (13, r#""get","age""#, "42"),
        (14, r#""profile""#, r#"{"error":"socket data: missing field `name`"}"#),
        (15, r#""set","name","Ann""#, ""),
        (16, r#""profile""#, r#"{"name":"Ann","age":42}"#),
        (17, r#""get","name""#, r#"{"error":"socket data `name`: invalid type: string \"Ann\", expected u8"}"#),
        (18, r#""remove","age""#, "true"),
        (19, r#""profile""#, r#"{"name":"Ann","age":null}"#),
        (20, r#""replace",{"name":"Bob"}"#, ""),
        (21, r#""replace",["Bob"]"#, r#"{"error":"socket data: not an object"}"#),
        (22, r#""profile""#, r#"{"name":"Bob","age":null}"#),
        (23, r#""impossible""#, r#"{"error":"socket data `map`: key must be a string"}"#),
    ] {
        socket.send(&format!("42{id}[{event}]")).await;
        socket.expect_text(&format!("43{id}[{answer}]")).await;
    }
}

#[tokio::test]
async fn whoever_finds_the_socket_sees_them() {
    let (server, mut socket) = start().await;
    let request = switchboard_tests::Request::upgrade(server.target("transport=websocket&name=Ann"));
    let mut ann = WebSocket::opened(switchboard_tests::Connection::open(&server).await, &request).await;
    ann.join("/").await;
    socket.send(r#"421["find"]"#).await;
    socket.expect_text(r#"431[[{"name":"Ann"}]]"#).await;
    ann.send(r#"421["find"]"#).await;
    ann.expect_text("431[[null]]").await;
}
