//! The server that the test suite of npm's `socket.io-client` expects.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use switchboard::Recovery;
use switchboard::prelude::*;
use tokio::net::TcpListener;

use crate::{Error, send};

const PING_INTERVAL: Duration = Duration::from_secs(2);
/// The suite tests the client's own connect timeout against this delay.
const ADMISSION_DELAY: Duration = Duration::from_millis(10);
const DATE: &str = "2026-01-02T03:04:05.678Z";

pub(super) async fn serve(port: u16) -> Result<(), Error> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening {}", listener.local_addr()?.port());
    Server::new()
        .ping_interval(PING_INTERVAL)
        .recovery(Recovery::new())
        .answer_unknown_events(false)
        .allow_request(|_| async {
            tokio::time::sleep(ADMISSION_DELAY).await;
            Ok::<_, String>(())
        })
        .namespace(Root)
        .namespace(Foo)
        .namespace(TimeoutSocket)
        .namespace(Valid)
        .namespace(Asd)
        .namespace(Abc)
        .namespace(No)
        .build()
        .serve(listener, std::future::pending())
        .await?;
    Ok(())
}

/// Returns the parts of the handshake that the suite checks.
fn handshake<N: Namespace>(socket: &Socket<N>) -> Value {
    let value = |name: &str| Some((name.to_owned(), socket.handshake().query(name)?.into_owned().into()));
    let query: serde_json::Map<_, _> = ["a", "b", "c", "d", "e", "&a"].into_iter().filter_map(value).collect();
    let auth: Value = serde_json::from_str(socket.auth().unwrap_or("{}")).unwrap_or_default();
    json!({ "query": query, "auth": auth })
}

#[event("hi")]
struct Hi;

#[event("handshake")]
struct Shaken(Value);

#[event("ack", ack = u32)]
struct Confirm;

#[event("got it")]
struct GotIt;

#[event("takeDate")]
struct TakeDate(String);

#[event("takeDateObj")]
struct TakeDateObj {
    date: String,
}

#[event("takeUtf8")]
struct TakeUtf8(String);

#[event("false")]
struct False(bool);

#[derive(Event, Serialize, Deserialize)]
#[event("doge")]
struct Doge(Bytes);

#[derive(Event, Serialize, Deserialize)]
#[event("takebin")]
struct TakeBin(Bytes);

#[event("buffack")]
struct BufferReceived;

#[event("jsonbuff-ack")]
struct ObjectReceived;

#[event("abuff2-ack")]
struct InOrder;

/// An object that contains bytes.
#[derive(Deserialize)]
struct Mixed {
    hello: String,
    #[serde(rename = "message")]
    _message: Bytes,
    goodbye: String,
}

struct Root;

#[namespace(
    "/",
    emits(
        Hi,
        Confirm,
        GotIt,
        TakeDate,
        TakeDateObj,
        TakeUtf8,
        False,
        Doge,
        TakeBin,
        BufferReceived,
        ObjectReceived,
        InOrder
    ),
    guard(wanted)
)]
impl Root {
    #[on("hi")]
    async fn hi(&self, socket: &Socket<Self>) {
        send(socket.emit(Hi));
    }

    #[on("echo")]
    async fn echo(&self, value: RawJson) -> RawJson {
        value
    }

    #[on("getId")]
    async fn id(&self, socket: &Socket<Self>) -> String {
        socket.id().to_owned()
    }

    #[on("getHandshake")]
    async fn handshake(&self, socket: &Socket<Self>) -> Value {
        handshake(socket)
    }

    /// Does not acknowledge while the client leaves `ack` unanswered, as the suite's retry tests require.
    #[on("ack", concurrent)]
    async fn ack(&self, socket: &Socket<Self>) {
        if let Ok(5) = socket.emit_with_ack(Confirm).await {
            send(socket.emit(GotIt));
        }
    }

    #[on("getAckDate")]
    async fn ack_date(&self) -> &'static str {
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

    #[on("getUtf8")]
    async fn utf8(&self, socket: &Socket<Self>) {
        for text in ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"] {
            send(socket.emit(TakeUtf8(text.to_owned())));
        }
    }

    #[on("false")]
    async fn falsehood(&self, socket: &Socket<Self>) {
        send(socket.emit(False(false)));
    }

    #[on("doge")]
    async fn doge(&self, socket: &Socket<Self>) {
        send(socket.emit(Doge(Bytes::from_static(b"asdfasdf"))));
    }

    #[on("getbin")]
    async fn binary(&self, socket: &Socket<Self>) {
        send(socket.emit(TakeBin(Bytes::from_static(b"asdfasdf"))));
    }

    #[on("buffa")]
    async fn buffer(&self, socket: &Socket<Self>, _data: Bytes) {
        send(socket.emit(BufferReceived));
    }

    #[on("jsonbuff")]
    async fn object_with_buffer(&self, socket: &Socket<Self>, object: Mixed) {
        if (object.hello.as_str(), object.goodbye.as_str()) == ("lol", "gotcha") {
            send(socket.emit(ObjectReceived));
        }
    }

    #[on("abuff1")]
    async fn first_buffer(&self, socket: &Socket<Self>, _data: Bytes) {
        drop(socket.join("has sent its buffer"));
    }

    #[on("abuff2")]
    async fn after_the_buffer(&self, socket: &Socket<Self>) {
        if socket.rooms().iter().any(|room| room == "has sent its buffer") {
            send(socket.emit(InOrder));
        }
    }
}

async fn wanted(handshake: Handshake) -> Result<(), ConnectError> {
    match handshake.query("fail") {
        Some(_) => Err(ConnectError::new("Auth failed (main namespace)")),
        None => Ok(()),
    }
}

struct Foo;

#[namespace("/foo")]
impl Foo {
    #[on("getId")]
    async fn id(&self, socket: &Socket<Self>) -> String {
        socket.id().to_owned()
    }
}

struct TimeoutSocket;

#[namespace("/timeout_socket")]
impl TimeoutSocket {}

struct Valid;

#[namespace("/valid")]
impl Valid {}

struct Asd;

#[namespace("/asd")]
impl Asd {}

struct Abc;

#[namespace("/abc", emits(Shaken))]
impl Abc {
    #[on_connect]
    async fn connect(&self, socket: &Socket<Self>) {
        send(socket.emit(Shaken(handshake(socket))));
    }
}

struct No;

#[namespace("/no", guard(nobody))]
impl No {}

async fn nobody() -> Result<(), ConnectError> {
    Err(ConnectError::new("Auth failed (custom namespace)"))
}
