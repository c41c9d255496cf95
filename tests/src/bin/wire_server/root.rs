//! The namespace `/`, with most of the events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use switchboard::RemoteSocket;
use switchboard::Value;
use switchboard::prelude::*;

use crate::gates::Gates;
use crate::patterns::Made;
use crate::room_log::RoomLog;
use crate::seen::Seen;
use crate::send;

#[event("hi")]
struct Hi;

#[derive(Event, Serialize, Deserialize)]
#[event("message")]
struct Message(Value);

/// A tuple struct is several values, in acknowledgements as well as in events.
#[derive(Serialize)]
struct Three(Value, Value, Value);

#[derive(Event, Serialize, Deserialize)]
#[event("relayed")]
struct Relayed(Value, Value, Value);

#[event("takeDate")]
struct TakeDate(String);

#[event("takeDateObj")]
struct TakeDateObj {
    date: String,
}

#[event("false")]
struct False(bool);

#[derive(Event, Serialize, Deserialize)]
#[event("takebin")]
struct TakeBin(Bytes);

#[event("takeUtf8")]
struct TakeUtf8(String);

#[event("ack", ack = u32)]
struct Confirm;

#[event("got it")]
struct GotIt;

#[derive(Event, Serialize, Deserialize)]
#[event("question", ack = Value)]
struct Question(Value);

#[derive(Event, Serialize, Deserialize)]
#[event("tock")]
struct Tock(Value, Value);

#[event("flash")]
struct Flash(u64);

#[event("flooded")]
struct Flooded;

#[derive(Event, Serialize, Deserialize)]
#[event("news")]
pub(crate) struct News(pub(crate) Value);

#[event("left")]
struct Left(String, String);

#[derive(Deserialize)]
struct Say {
    #[serde(flatten)]
    who: Who,
    what: Value,
}

/// A selection of sockets: members of `to` (empty: all), without members of `except`; `me` includes the sender.
#[derive(Deserialize)]
struct Who {
    to: Vec<String>,
    except: Vec<String>,
    me: bool,
}

impl Who {
    fn among(&self, socket: &Socket<Root>) -> Broadcast<Root> {
        let all = if self.me { socket.namespace().broadcast() } else { socket.broadcast() };
        all.to(&self.to).except(&self.except)
    }
}

/// A socket that `fetch` found.
#[payload]
struct Found {
    id: String,
    rooms: Vec<String>,
    query: Option<String>,
}

/// The acknowledgements of several sockets. `complete` is true if every socket acknowledged.
#[derive(Serialize)]
struct Collected {
    answers: Vec<Value>,
    complete: bool,
}

#[payload]
struct Failure {
    code: String,
    message: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Asked {
    Reply { reply: Value },
    Timeout { timeout: bool },
}

/// Dates are text on the wire, as `JSON.stringify` writes them.
const DATE: &str = "2026-01-31T23:59:59.999Z";

/// The namespace `/`.
pub(crate) struct Root {
    gates: Arc<Gates>,
    rooms: Arc<RoomLog>,
    notes: Mutex<HashMap<String, Vec<Value>>>,
}

impl Root {
    /// Creates the namespace with these gates and this log, without notes.
    pub(crate) fn new(gates: Arc<Gates>, rooms: Arc<RoomLog>) -> Self {
        Self { gates, rooms, notes: Mutex::default() }
    }

    fn notes(&self) -> MutexGuard<'_, HashMap<String, Vec<Value>>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[namespace(
    "/",
    guard(wanted),
    emits(
        Hi,
        Message,
        Relayed,
        TakeDate,
        TakeDateObj,
        False,
        TakeBin,
        TakeUtf8,
        Confirm,
        GotIt,
        Question,
        Tock,
        Flash,
        Flooded,
        News,
        Left
    )
)]
impl Root {
    #[on("hi")]
    async fn hi(&self, socket: &Socket<Self>) {
        send(socket.emit(Hi));
    }

    #[on("message")]
    async fn message(&self, socket: &Socket<Self>, value: Value) {
        send(socket.emit(Message(value)));
    }

    #[on("echo")]
    async fn echo(&self, value: Value) -> Value {
        value
    }

    #[on("echoAll")]
    async fn echo_all(&self, a: Value, b: Value, c: Value) -> Three {
        Three(a, b, c)
    }

    #[on("relay")]
    async fn relay(&self, socket: &Socket<Self>, a: Value, b: Value, c: Value) {
        send(socket.emit(Relayed(a, b, c)));
    }

    #[on("getId")]
    async fn id(&self, socket: &Socket<Self>) -> String {
        socket.id().to_owned()
    }

    #[on("getHandshake")]
    async fn handshake(&self, socket: &Socket<Self>) -> Seen {
        Seen::of(socket)
    }

    #[on("getAckDate")]
    async fn date_as_ack(&self) -> &'static str {
        DATE
    }

    #[on("getDate")]
    async fn date(&self, socket: &Socket<Self>) {
        send(socket.emit(TakeDate(DATE.to_owned())));
    }

    #[on("getDateObj")]
    async fn date_in_object(&self, socket: &Socket<Self>) {
        send(socket.emit(TakeDateObj { date: DATE.to_owned() }));
    }

    #[on("false")]
    async fn falsehood(&self, socket: &Socket<Self>) {
        send(socket.emit(False(false)));
    }

    #[on("getbin")]
    async fn binary(&self, socket: &Socket<Self>) {
        send(socket.emit(TakeBin(Bytes::from_static(b"asdfasdf"))));
    }

    #[on("getUtf8")]
    async fn utf8(&self, socket: &Socket<Self>) {
        for text in ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "🦀 \u{2028} \u{0} \""] {
            send(socket.emit(TakeUtf8(text.to_owned())));
        }
    }

    #[on("error")]
    async fn named_error(&self) -> &'static str {
        "error"
    }

    #[on("constructor")]
    async fn named_constructor(&self) -> &'static str {
        "constructor"
    }

    #[on("__proto__")]
    async fn named_proto(&self) -> &'static str {
        "__proto__"
    }

    #[on("toString")]
    async fn named_to_string(&self) -> &'static str {
        "toString"
    }

    #[on("naïve ✓")]
    async fn named_naively(&self) -> &'static str {
        "naïve ✓"
    }

    #[on("ack")]
    async fn confirm(&self, socket: &Socket<Self>) {
        if let Ok(5) = socket.emit_with_ack(Confirm).await {
            send(socket.emit(GotIt));
        }
    }

    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>, text: Value, timeout: u64) -> Asked {
        match socket.timeout(Duration::from_millis(timeout)).emit_with_ack(Question(text)).await {
            Ok(reply) => Asked::Reply { reply },
            Err(_) => Asked::Timeout { timeout: true },
        }
    }

    #[on("fail")]
    async fn fail(&self) -> Result<(), Failure> {
        Err(Failure { code: "E_FAIL".to_owned(), message: "as asked".to_owned() })
    }

    #[on("panic")]
    async fn panic(&self, text: String) {
        panic!("{text}");
    }

    #[on("silence")]
    async fn silence(&self) {
        std::future::pending::<()>().await;
    }

    #[on("wait")]
    async fn wait(&self, key: String) -> String {
        self.gates.pass(&key).await;
        key
    }

    #[on("release")]
    async fn release(&self, key: String) {
        self.gates.open(&key);
    }

    #[on("note")]
    async fn note(&self, key: String, value: Value) {
        self.notes().entry(key).or_default().push(value);
    }

    #[on("made")]
    async fn made(&self, State(made): State<Made>, path: String) -> u32 {
        made.times(&path)
    }

    #[on("notes")]
    async fn noted(&self, key: String) -> Vec<Value> {
        self.notes().get(&key).cloned().unwrap_or_default()
    }

    #[on("tick")]
    async fn tick(&self, socket: &Socket<Self>, n: Value, extra: Option<Value>) {
        send(socket.emit(Tock(n, extra.unwrap_or(Value::Null))));
    }

    #[on("burst")]
    async fn burst(&self, socket: &Socket<Self>, count: u64) {
        for n in 0..count {
            send(socket.emit(Tock(Value::from(n), Value::Null)));
        }
    }

    #[on("flash")]
    async fn flash(&self, socket: &Socket<Self>, n: u64) {
        let _ = socket.volatile().emit(Flash(n));
    }

    #[on("flood")]
    async fn flood(&self, socket: &Socket<Self>, count: u64) {
        for n in 0..count {
            let _ = socket.volatile().emit(Flash(n));
        }
        send(socket.emit(Flooded));
    }

    #[on("join")]
    async fn join(&self, socket: &Socket<Self>, rooms: Vec<String>) -> Result<(), JoinError> {
        socket.join(rooms)
    }

    #[on("leave")]
    async fn leave(&self, socket: &Socket<Self>, room: String) {
        socket.leave(room);
    }

    #[on("rooms")]
    async fn rooms(&self, socket: &Socket<Self>) -> Vec<String> {
        let mut rooms = socket.rooms();
        rooms.sort();
        rooms
    }

    #[on("say")]
    async fn say(&self, socket: &Socket<Self>, say: Say) {
        send(say.who.among(socket).emit(News(say.what)));
    }

    #[on("askAll")]
    async fn ask_all(&self, socket: &Socket<Self>, who: Who, what: Value, timeout: u64) -> Result<Collected, String> {
        let limit = Duration::from_millis(timeout);
        let answers = who.among(socket).timeout(limit).emit_with_ack(Question(what)).await;
        let answers = answers.map_err(|error| error.to_string())?;
        Ok(Collected { complete: answers.is_complete(), answers: answers.into_values().collect() })
    }

    #[on("fetch")]
    async fn fetch(&self, socket: &Socket<Self>, who: Who) -> Result<Vec<Found>, String> {
        let found = who.among(socket).fetch_sockets().await.map_err(|error| error.to_string())?;
        let describe = |found: &RemoteSocket<Self>| {
            let mut rooms = found.rooms();
            rooms.sort();
            let query = found.handshake().query("name").map(Into::into);
            Found { id: found.id().to_owned(), rooms, query }
        };
        Ok(found.iter().map(describe).collect())
    }

    #[on("tellEach")]
    async fn tell_each(&self, socket: &Socket<Self>, who: Who, what: Value) -> Result<(), String> {
        let found = who.among(socket).fetch_sockets().await.map_err(|error| error.to_string())?;
        found.iter().for_each(|found| send(found.emit(News(what.clone()))));
        Ok(())
    }

    #[on("joinAll")]
    async fn join_all(&self, socket: &Socket<Self>, who: Who, rooms: Vec<String>) {
        who.among(socket).sockets_join(rooms);
    }

    #[on("leaveAll")]
    async fn leave_all(&self, socket: &Socket<Self>, who: Who, rooms: Vec<String>) {
        who.among(socket).sockets_leave(rooms);
    }

    #[on("disconnectAll")]
    async fn disconnect_all(&self, socket: &Socket<Self>, who: Who, close: bool) {
        let those = who.among(socket);
        if close { those.close_sockets() } else { those.disconnect_sockets() }
    }

    #[on("roomEvents")]
    async fn room_events(&self, prefix: String) -> Vec<Vec<String>> {
        self.rooms.of(&prefix)
    }

    #[on("kick")]
    async fn kick(&self, socket: &Socket<Self>, ticks: u64) {
        self.burst(socket, ticks).await;
        socket.disconnect();
        let _ = socket.emit(Tock(Value::from("after the end"), Value::Null));
    }

    #[on("close")]
    async fn close(&self, socket: &Socket<Self>, ticks: u64) {
        self.burst(socket, ticks).await;
        socket.close();
    }

    #[on("observe")]
    async fn observe(&self, socket: &Socket<Self>) -> Result<(), JoinError> {
        socket.join("observers")
    }

    #[on_disconnect]
    async fn left(&self, socket: &Socket<Self>, reason: DisconnectReason) {
        send(socket.namespace().to("observers").emit(Left(socket.id().to_owned(), reason.to_string())));
    }
}

async fn wanted(handshake: Handshake) -> Result<(), ConnectError> {
    match handshake.query("fail") {
        Some(_) => Err(ConnectError::new("Auth failed (main namespace)")),
        None => Ok(()),
    }
}
