//! Limits on the rooms of a socket.

use serde_json::Value;
use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};

use crate::journal::{Journal, Said};

struct Lobby;

#[payload]
struct Rooms {
    #[serde(default)]
    rooms: Vec<String>,
}

#[namespace("/", emits(Said))]
impl Lobby {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>, Auth(Rooms { rooms }): Auth<Rooms>) -> Result<(), ConnectError> {
        Ok(socket.join(rooms)?)
    }

    #[on("join")]
    fn join(&self, socket: &Socket<Self>, rooms: Vec<String>) -> Result<(), JoinError> {
        socket.join(rooms)
    }

    #[on("leave")]
    fn leave(&self, socket: &Socket<Self>, rooms: Vec<String>) {
        socket.leave(rooms);
    }

    /// Joins the rooms "0" to "n - 1".
    #[on("join many")]
    fn join_many(&self, socket: &Socket<Self>, n: usize) -> Result<usize, JoinError> {
        (0..n).try_for_each(|room| socket.join(room.to_string()))?;
        Ok(socket.rooms().len())
    }

    #[on("leave many")]
    fn leave_many(&self, socket: &Socket<Self>, n: usize) -> usize {
        (0..n).for_each(|room| socket.leave(room.to_string()));
        socket.rooms().len()
    }

    #[on("rooms")]
    fn rooms(&self, socket: &Socket<Self>) -> Vec<String> {
        let mut rooms = socket.rooms();
        rooms.retain(|room| room != socket.id());
        rooms.sort();
        rooms
    }

    #[on("tell")]
    fn tell(&self, socket: &Socket<Self>, room: String) -> usize {
        socket.namespace().to(room).emit(Said("here".to_owned())).map_or(0, |delivery| delivery.sent)
    }

    #[on("all join")]
    fn all_join(&self, socket: &Socket<Self>, room: String) {
        socket.namespace().sockets_join(room);
    }
}

async fn joined(server: &TestServer) -> WebSocket {
    WebSocket::joined(server).await
}

async fn ask(socket: &mut WebSocket, event: &str) -> Value {
    socket.send(&format!("427{event}")).await;
    let answer = socket.next_text().await;
    let answer = answer.strip_prefix("437").unwrap_or_else(|| panic!("an answer to {event}, not {answer}"));
    serde_json::from_str::<Vec<Value>>(answer).expect("JSON").pop().unwrap_or(Value::Null)
}

#[tokio::test]
async fn a_join_beyond_the_limit_fails() {
    let server = TestServer::start(Server::new().namespace(Lobby).max_rooms(3)).await;
    let mut socket = joined(&server).await;
    let refused =
        serde_json::json!({ "error": { "message": "cannot join the room: the limit is 3 rooms per socket" } });
    // The rooms before the limit are joined.
    assert_eq!(ask(&mut socket, r#"["join",["a","b","c","d"]]"#).await, refused);
    assert_eq!(ask(&mut socket, r#"["rooms"]"#).await, serde_json::json!(["a", "b", "c"]));
    // The socket is already in these rooms.
    assert_eq!(ask(&mut socket, r#"["join",["a","c"]]"#).await, Value::Null);
    ask(&mut socket, r#"["leave",["b"]]"#).await;
    assert_eq!(ask(&mut socket, r#"["join",["d"]]"#).await, Value::Null);
    assert_eq!(ask(&mut socket, r#"["join",["b"]]"#).await, refused);

    socket.send("41").await;
    socket.send(r#"40{"rooms":["a","b","c","d"]}"#).await;
    socket.expect_text(r#"44{"message":"cannot join the room: the limit is 3 rooms per socket"}"#).await;
}

#[tokio::test]
async fn names_of_rooms_are_bounded_together() {
    let server = TestServer::start(Server::new().namespace(Lobby).max_rooms(2)).await;
    let mut socket = joined(&server).await;
    let (long, longest) = ("x".repeat(500), "x".repeat(512));
    ask(&mut socket, &format!(r#"["join",["{long}"]]"#)).await;
    assert_eq!(
        ask(&mut socket, r#"["join",["thirteen more"]]"#).await["error"]["message"],
        "cannot join the room: the names of a socket's rooms are limited to 512 bytes"
    );
    ask(&mut socket, &format!(r#"["leave",["{long}"]]"#)).await;
    assert_eq!(ask(&mut socket, &format!(r#"["join",["{longest}"]]"#)).await, Value::Null);
}

#[tokio::test]
async fn a_join_of_many_sockets_reports_those_that_are_full() {
    let (reports, mut journal) = Journal::new();
    let told = move |error: &switchboard::HandlerError| {
        drop(reports.send(format!("{} {}: {}", error.socket, error.event, error.kind)));
    };
    let server = TestServer::start(Server::new().namespace(Lobby).max_rooms(1).on_error(told)).await;
    let (mut full, mut other) = (WebSocket::open(&server).await, joined(&server).await);
    let id = full.join("/").await;
    ask(&mut full, r#"["join",["a"]]"#).await;
    ask(&mut other, r#"["all join","b"]"#).await;
    journal.expect(&format!("{id} join: cannot join the room: the limit is 1 rooms per socket")).await;
    assert_eq!(ask(&mut full, r#"["rooms"]"#).await, serde_json::json!(["a"]));
    assert_eq!(ask(&mut other, r#"["rooms"]"#).await, serde_json::json!(["b"]));
}

#[tokio::test]
async fn few_rooms_and_many_behave_alike() {
    let server = TestServer::start(Server::new().namespace(Lobby)).await;
    let mut socket = joined(&server).await;
    for _ in 0..3 {
        assert_eq!(ask(&mut socket, r#"["join many",100]"#).await, 101);
        assert_eq!(ask(&mut socket, r#"["join many",100]"#).await, 101);
        assert_eq!(ask(&mut socket, r#"["leave many",97]"#).await, 4);
        assert_eq!(ask(&mut socket, r#"["rooms"]"#).await, serde_json::json!(["97", "98", "99"]));
        for (room, members) in [("96", 0), ("97", 1)] {
            socket.send(&format!(r#"427["tell","{room}"]"#)).await;
            if members == 1 {
                socket.expect_text(r#"42["said","here"]"#).await;
            }
            socket.expect_text(&format!("437[{members}]")).await;
        }
        assert_eq!(ask(&mut socket, r#"["leave many",100]"#).await, 1);
    }
    ask(&mut socket, r#"["join many",100]"#).await;
    drop(socket);
    server.empty().await;
    let lobby = server.handle().namespace::<Lobby>();
    switchboard_tests::endpoint::within("the rooms to vanish", async {
        while !lobby.rooms().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Would take minutes if each join iterated over all rooms of the socket.
#[tokio::test]
async fn joining_takes_the_same_time_in_any_number_of_rooms() {
    const ROOMS: usize = 50_000;
    let server = TestServer::start(Server::new().namespace(Lobby).max_rooms(ROOMS)).await;
    let mut socket = joined(&server).await;
    assert_eq!(ask(&mut socket, &format!(r#"["join many",{ROOMS}]"#)).await, ROOMS + 1);
    assert_eq!(ask(&mut socket, &format!(r#"["leave many",{ROOMS}]"#)).await, 1);
}
