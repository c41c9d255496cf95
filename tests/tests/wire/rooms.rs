//! Broadcasts and their recipients.

use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};

#[event("news")]
struct News(String);

struct Lobby;

#[namespace("/", emits(News))]
impl Lobby {
    #[on("join")]
    async fn join(&self, socket: &Socket<Self>, rooms: Vec<String>) -> Result<usize, JoinError> {
        socket.join(rooms)?;
        Ok(socket.rooms().len())
    }

    #[on("leave")]
    async fn leave(&self, socket: &Socket<Self>, room: String) {
        socket.leave(room);
    }

    #[on("to")]
    async fn to(&self, socket: &Socket<Self>, rooms: Vec<String>, text: String) {
        if let Some((first, others)) = rooms.split_first() {
            let broadcast = others.iter().fold(socket.to(first), switchboard::Broadcast::to);
            drop(broadcast.emit(News(text)));
        }
    }

    #[on("to all of")]
    async fn to_all_of(&self, socket: &Socket<Self>, room: String, text: String) {
        drop(socket.namespace().to(room).emit(News(text)));
    }

    #[on("except")]
    async fn except(&self, socket: &Socket<Self>, room: String, text: String) {
        drop(socket.except(room).emit(News(text)));
    }
}

/// Starts a server with three sockets: the first in room `a`, the second in `b`, the third in both.
async fn three() -> (TestServer, [WebSocket; 3]) {
    let server = TestServer::start(Server::new().namespace(Lobby)).await;
    let mut sockets =
        [WebSocket::joined(&server).await, WebSocket::joined(&server).await, WebSocket::joined(&server).await];
    let joins = [(r#"["a"]"#, 2), (r#"["b"]"#, 2), (r#"["a","b","a"]"#, 3)];
    for (socket, (rooms, count)) in sockets.iter_mut().zip(joins) {
        socket.send(&format!(r#"421["join",{rooms}]"#)).await;
        socket.expect_text(&format!("431[{count}]")).await;
    }
    (server, sockets)
}

/// Checks that the next event of this socket is `text`.
async fn hears(socket: &mut WebSocket, text: &str) {
    socket.expect_text(&format!(r#"42["news","{text}"]"#)).await;
}

/// Checks that a socket has received nothing: the next packet is the acknowledgement of its own event.
async fn hears_nothing(socket: &mut WebSocket) {
    socket.send(r#"429["leave","nowhere"]"#).await;
    socket.expect_text("439[]").await;
}

#[tokio::test]
async fn a_room_hears_without_the_sender() {
    let (_server, [mut a, mut b, mut both]) = three().await;
    a.send(r#"42["to",["a"],"x"]"#).await;
    hears(&mut both, "x").await;
    hears_nothing(&mut b).await;
    hears_nothing(&mut a).await;
}

#[tokio::test]
async fn a_socket_in_two_of_the_rooms_hears_once() {
    let (_server, [mut a, mut b, mut both]) = three().await;
    a.send(r#"42["to",["a","b"],"x"]"#).await;
    hears(&mut both, "x").await;
    hears(&mut b, "x").await;
    hears_nothing(&mut both).await;
    hears_nothing(&mut a).await;
}

#[tokio::test]
async fn the_namespace_includes_the_sender() {
    let (_server, [mut a, mut b, mut both]) = three().await;
    a.send(r#"42["to all of","a","x"]"#).await;
    hears(&mut a, "x").await;
    hears(&mut both, "x").await;
    hears_nothing(&mut b).await;
}

#[tokio::test]
async fn rooms_can_be_left_out() {
    let (_server, [mut a, mut b, mut both]) = three().await;
    a.send(r#"42["except","a","x"]"#).await;
    hears(&mut b, "x").await;
    hears_nothing(&mut both).await;
    hears_nothing(&mut a).await;
}

#[tokio::test]
async fn who_has_left_hears_nothing() {
    let (_server, [mut a, mut b, mut both]) = three().await;
    both.send(r#"421["leave","a"]"#).await;
    both.expect_text("431[]").await;
    a.send(r#"42["to",["a"],"x"]"#).await;
    a.send(r#"42["to",["b"],"y"]"#).await;
    hears(&mut both, "y").await;
    hears(&mut b, "y").await;
}

#[tokio::test]
async fn a_socket_is_in_a_room_of_its_own() {
    let server = TestServer::start(Server::new().namespace(Lobby)).await;
    let mut sender = WebSocket::joined(&server).await;
    let mut receiver = WebSocket::open(&server).await;
    let id = receiver.join("/").await;
    sender.send(&format!(r#"42["to",["{id}"],"private"]"#)).await;
    hears(&mut receiver, "private").await;
    // A socket that disconnects leaves all rooms, including its own.
    receiver.send("41").await;
    receiver.join("/").await;
    sender.send(&format!(r#"421["to",["{id}"],"to nobody"]"#)).await;
    sender.expect_text("431[]").await;
    hears_nothing(&mut receiver).await;
}
