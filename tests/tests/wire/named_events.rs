//! Events whose name is known only at run time.

use bytes::Bytes;
use switchboard::{AckError, EmitError, Value, prelude::*};
use switchboard_tests::endpoint::{PATIENCE, within};
use switchboard_tests::{TestServer, WebSocket};

struct Relay;

#[namespace("/")]
impl Relay {
    #[on("join")]
    fn join(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
        socket.join(room)
    }

    /// Sends an event with this name; `how` selects the arguments.
    #[on("send")]
    fn send(&self, socket: &Socket<Self>, name: String, how: String) -> Result<(), String> {
        let one = match how.as_str() {
            "none" => socket.emit_named(&name, ()),
            "several" => socket.emit_named(&name, (1.5, "b", vec![1, 2])),
            "list" => socket.emit_named(&name, ["a", "b"].as_slice()),
            "bytes" => socket.emit_named(&name, &(Bytes::from_static(&[1, 2]), "b")),
            "volatile" => socket.volatile().emit_named(&name, (1,)),
            "room" => socket.to("red").emit_named(&name, (how,)).map(drop),
            _ => socket.namespace().emit_named(&name, vec![how]).map(drop),
        };
        one.map_err(|error| error.to_string())
    }

    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>, name: String) -> Result<Value, String> {
        let answer = socket.timeout(PATIENCE).emit_named_with_ack(&name, (1, "b")).await;
        answer.map_err(|error| error.to_string())
    }

    #[on("ask room")]
    async fn ask_room(&self, socket: &Socket<Self>, name: String) -> Result<Vec<Value>, String> {
        let room = socket.to("red").timeout(PATIENCE);
        let answers = room.emit_named_with_ack(&name, (1,)).await.map_err(|error| error.to_string())?;
        Ok(answers.into_values().collect())
    }
}

async fn joined() -> (TestServer, WebSocket) {
    let server = TestServer::start(Server::new().namespace(Relay)).await;
    let socket = WebSocket::joined(&server).await;
    (server, socket)
}

#[tokio::test]
async fn an_event_of_any_name_is_sent() {
    let (server, mut socket) = joined().await;
    for (how, event) in [
        ("none", r#"["x \"y\""]"#),
        ("several", r#"["x \"y\"",1.5,"b",[1,2]]"#),
        ("list", r#"["x \"y\"","a","b"]"#),
        ("volatile", r#"["x \"y\"",1]"#),
        ("all", r#"["x \"y\"","all"]"#),
    ] {
        socket.send(&format!(r#"42["send","x \"y\"","{how}"]"#)).await;
        socket.expect_text(&format!("42{event}")).await;
    }
    socket.send(r#"42["send","x","bytes"]"#).await;
    socket.expect_text(r#"451-["x",{"_placeholder":true,"num":0},"b"]"#).await;
    socket.expect_binary(&[1, 2]).await;

    let mut other = WebSocket::joined(&server).await;
    other.send(r#"421["join","red"]"#).await;
    other.expect_text("431[]").await;
    socket.send(r#"42["send","to red","room"]"#).await;
    other.expect_text(r#"42["to red","room"]"#).await;
}

#[tokio::test]
async fn reserved_names_are_refused() {
    let (server, mut socket) = joined().await;
    for name in ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"] {
        let error = format!(r#"{{"error":"cannot send `{name}`: the name is reserved"}}"#);
        for how in ["none", "volatile", "room", "all"] {
            socket.send(&format!(r#"421["send","{name}","{how}"]"#)).await;
            socket.expect_text(&format!("431[{error}]")).await;
        }
        for ask in ["ask", "ask room"] {
            socket.send(&format!(r#"422["{ask}","{name}"]"#)).await;
            socket.expect_text(&format!("432[{error}]")).await;
        }
    }
    let relay = server.handle().namespace::<Relay>();
    assert!(matches!(relay.emit_named("connect", ()), Err(EmitError::Reserved { event }) if event == "connect"));
}

#[tokio::test]
async fn an_event_of_any_name_is_acknowledged() {
    let (server, mut socket) = joined().await;
    socket.send(r#"421["ask","x"]"#).await;
    socket.expect_text(r#"420["x",1,"b"]"#).await;
    socket.send(r#"461-0[{"a":{"_placeholder":true,"num":0}}]"#).await;
    socket.send_binary(&[3]).await;
    socket.expect_text(r#"461-1[{"a":{"_placeholder":true,"num":0}}]"#).await;
    socket.expect_binary(&[3]).await;

    let mut other = WebSocket::joined(&server).await;
    other.send(r#"421["join","red"]"#).await;
    other.expect_text("431[]").await;
    socket.send(r#"422["ask room","y"]"#).await;
    other.expect_text(r#"421["y",1]"#).await;
    other.send(r#"431["here"]"#).await;
    socket.expect_text(r#"432[["here"]]"#).await;
}

#[tokio::test]
async fn found_sockets_are_sent_events_of_any_name() {
    let (server, mut socket) = joined().await;
    let relay = server.handle().namespace::<Relay>();
    let found = relay.fetch_sockets().await.expect("no cluster").pop().expect("a socket");
    found.emit_named("x", (1, 2)).expect("sent");
    socket.expect_text(r#"42["x",1,2]"#).await;
    let asking = tokio::spawn(async move { found.emit_named_with_ack::<u8>("y", (), PATIENCE).await });
    socket.expect_text(r#"420["y"]"#).await;
    socket.send(r#"430["not a number"]"#).await;
    let answer = within("the answer", asking).await.expect("no panic");
    assert!(matches!(answer, Err(AckError::Unfit { event, .. }) if event == "y"));
}
