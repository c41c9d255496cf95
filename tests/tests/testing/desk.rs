//! The server under test.

use std::time::Duration;

use bytes::Bytes;
use switchboard::prelude::*;
use switchboard::testing::{Client, TestServer};

#[payload]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Card {
    pub(crate) name: String,
}

#[event("note", ack = usize)]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Note {
    pub(crate) text: String,
}

#[event("moved")]
#[derive(Debug, PartialEq)]
pub(crate) struct Moved(pub(crate) i32, pub(crate) Option<String>);

#[event("picture")]
#[derive(Debug, PartialEq)]
pub(crate) struct Picture {
    #[schemars(with = "Vec<u8>")]
    pub(crate) pixels: Bytes,
}

#[event("confirm", ack = bool)]
#[derive(Debug, PartialEq)]
pub(crate) struct Confirm(pub(crate) String);

#[payload]
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
}

/// A namespace with events of every kind.
pub(crate) struct Desk;

#[namespace("/desk", session = Card, emits(Note, Moved, Picture, Confirm))]
impl Desk {
    #[on_connect]
    async fn enter(&self, Auth(card): Auth<Card>) -> Result<Card, ConnectError> {
        match &*card.name {
            "Mallory" => Err(ConnectError::new("you are not welcome").data(&["since", "1978"])),
            "Godot" => std::future::pending().await,
            _ => Ok(card),
        }
    }

    /// Broadcasts a note to the other sockets.
    #[on(Note)]
    fn note(&self, socket: &Socket<Self>, note: Note) -> Result<usize, Refusal> {
        if note.text.is_empty() {
            return Err(Refusal { code: 7 });
        }
        let delivery = socket.broadcast().emit(&note);
        Ok(delivery.map_or(0, |delivery| delivery.sent))
    }

    #[on("join")]
    fn join(&self, socket: &Socket<Self>, rooms: Vec<String>) -> Result<(), JoinError> {
        socket.join(rooms)
    }

    /// Sends an event to a room, without the members of another room.
    #[on("move")]
    fn shift(&self, socket: &Socket<Self>, to: String, by: i32, except: Option<String>) {
        let targets = socket.to(&to);
        let targets = if let Some(except) = &except { targets.except(except) } else { targets };
        drop(targets.emit(Moved(by, except)));
    }

    /// Sends a picture back to its sender.
    #[on("show")]
    fn show(&self, socket: &Socket<Self>, pixels: Bytes) -> Bytes {
        drop(socket.emit(Picture { pixels: pixels.clone() }));
        pixels
    }

    /// Asks the client, and returns the outcome.
    #[on("sell")]
    async fn sell(&self, socket: &Socket<Self>, what: String) -> String {
        match socket.timeout(Duration::from_secs(10)).emit_with_ack(Confirm(what)).await {
            Ok(true) => "sold".to_owned(),
            Ok(false) => "kept".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// Asks the other members of a room, and returns how many agree.
    #[on("vote")]
    async fn vote(&self, socket: &Socket<Self>, room: String) -> Result<usize, String> {
        let answers = socket.to(room).timeout(Duration::from_secs(10)).emit_with_ack(Confirm("all?".to_owned())).await;
        Ok(answers.map_err(|error| error.to_string())?.values().filter(|agrees| **agrees).count())
    }

    /// Sends a note after some seconds.
    #[on("remind")]
    async fn remind(&self, socket: &Socket<Self>, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        drop(socket.emit(Note { text: format!("{seconds} seconds have passed") }));
    }

    #[on("dismiss")]
    fn dismiss(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }

    #[on("close")]
    fn close(&self, socket: &Socket<Self>) {
        socket.close();
    }

    #[on("fail")]
    fn fail(&self) {
        panic!("this handler fails");
    }
}

/// A namespace per number.
pub(crate) struct Cabin;

#[namespace("/cabin-{number}", params(number: u32), emits(Moved))]
impl Cabin {
    #[on("go")]
    fn go(&self, socket: &Socket<Self>, Params(number): Params<u32>, up: bool) {
        let floors = if up { *number as i32 } else { -(*number as i32) };
        drop(socket.namespace().emit(Moved(floors, None)));
    }
}

pub(crate) fn desk() -> TestServer {
    TestServer::new(Server::new().namespace(Desk).namespace(Cabin))
}

pub(crate) async fn enter(app: &TestServer, name: &str) -> Client<Desk> {
    app.client(name).auth(&Card { name: name.to_owned() }).connect().await.expect("nobody is refused by this name")
}

pub(crate) async fn ann_and_bob() -> (TestServer, Client<Desk>, Client<Desk>) {
    let app = desk();
    let (ann, bob) = (enter(&app, "Ann").await, enter(&app, "Bob").await);
    (app, ann, bob)
}

pub(crate) fn note(text: &str) -> Note {
    Note { text: text.to_owned() }
}
