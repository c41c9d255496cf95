//! The server that the Socket.IO protocol test suite expects.

use std::time::Duration;

use bytes::Bytes;
use serde::ser::SerializeTupleStruct as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use switchboard::prelude::*;
use tokio::net::TcpListener;

use crate::{Error, PING_INTERVAL, PING_TIMEOUT, send};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) async fn serve(port: u16) -> Result<(), Error> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening {}", listener.local_addr()?.port());
    Server::new()
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .namespace(Main)
        .namespace(Custom)
        .build()
        .serve(listener, std::future::pending())
        .await?;
    Ok(())
}

/// An argument of one of the suite's events.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Argument {
    Json(Value),
    // After `Json`, because `Bytes` also deserializes from a string.
    Binary(Bytes),
}

/// Serializes as all arguments of an event, in order.
struct Arguments(Vec<Argument>);

impl Arguments {
    fn of(first: Argument, others: [Option<Argument>; 2]) -> Self {
        Self(std::iter::once(first).chain(others.into_iter().flatten()).collect())
    }
}

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut arguments = serializer.serialize_tuple_struct("Arguments", self.0.len())?;
        self.0.iter().try_for_each(|argument| arguments.serialize_field(argument))?;
        arguments.end()
    }
}

#[derive(Event)]
#[event("message-back")]
struct MessageBack(Arguments);

impl Serialize for MessageBack {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[event("auth")]
struct Credentials(Value);

/// Returns the client's `auth`; an empty object if it sent none.
fn credentials<N: Namespace>(socket: &Socket<N>) -> Credentials {
    Credentials(serde_json::from_str(socket.auth().unwrap_or("{}")).unwrap_or_default())
}

struct Main;

#[namespace("/", emits(Credentials, MessageBack))]
impl Main {
    #[on_connect]
    async fn connect(&self, socket: &Socket<Self>) {
        send(socket.emit(credentials(socket)));
    }

    #[on("message")]
    async fn message(&self, socket: &Socket<Self>, a: Argument, b: Option<Argument>, c: Option<Argument>) {
        send(socket.emit(MessageBack(Arguments::of(a, [b, c]))));
    }

    #[on("message-with-ack")]
    async fn acknowledge(&self, a: Argument, b: Option<Argument>, c: Option<Argument>) -> Arguments {
        Arguments::of(a, [b, c])
    }
}

struct Custom;

#[namespace("/custom", emits(Credentials))]
impl Custom {
    #[on_connect]
    async fn connect(&self, socket: &Socket<Self>) {
        send(socket.emit(credentials(socket)));
    }
}
