//! The namespaces other than `/`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use switchboard::Value;
use switchboard::prelude::*;

use crate::gates::Gates;
use crate::seen::Seen;
use crate::send;

#[derive(Event, Serialize, Deserialize)]
#[event("handshake")]
struct Shaken(Seen);

#[event("welcome")]
struct Welcome(u64);

/// A namespace other than `/`.
pub(crate) struct Foo {
    gates: Arc<Gates>,
}

impl Foo {
    /// Creates the namespace with these gates.
    pub(crate) fn new(gates: Arc<Gates>) -> Self {
        Self { gates }
    }
}

#[namespace("/foo")]
impl Foo {
    #[on("getId")]
    async fn id(&self, socket: &Socket<Self>) -> String {
        socket.id().to_owned()
    }

    #[on("echo")]
    async fn echo(&self, value: Value) -> Value {
        value
    }

    #[on("wait")]
    async fn wait(&self, key: String) -> String {
        self.gates.pass(&key).await;
        key
    }

    #[on("close")]
    async fn close(&self, socket: &Socket<Self>) {
        socket.close();
    }
}

/// A namespace whose name starts with the name of another.
pub(crate) struct FooBar;

#[namespace("/foo/bar")]
impl FooBar {
    #[on("echo")]
    async fn echo(&self, value: Value) -> Value {
        value
    }
}

/// Sends the handshake to each client.
pub(crate) struct Abc;

#[namespace("/abc", emits(Shaken))]
impl Abc {
    #[on_connect]
    async fn connect(&self, socket: &Socket<Self>) {
        send(socket.emit(Shaken(Seen::of(socket))));
    }
}

/// Emits an event before the client is connected.
pub(crate) struct Welcomes;

#[namespace("/welcome", emits(Welcome))]
impl Welcomes {
    #[on_connect]
    async fn connect(&self, socket: &Socket<Self>) {
        for n in 0..3 {
            send(socket.emit(Welcome(n)));
        }
    }
}

/// Rejects every client.
pub(crate) struct No;

#[namespace("/no")]
impl No {
    #[on_connect]
    async fn connect(&self) -> Result<(), ConnectError> {
        Err(ConnectError::new("Auth failed (custom namespace)"))
    }
}

/// Rejects every client, with data.
pub(crate) struct Refused;

#[namespace("/refused")]
impl Refused {
    #[on_connect]
    async fn connect(&self) -> Result<(), ConnectError> {
        let why = Value::from(vec![Value::from("rain"), Value::from([("wind", Value::Bool(true))])]);
        Err(ConnectError::new("not today").data(&Value::from([("code", Value::from(42)), ("why", why)])))
    }
}

/// Has two guards that run in order.
pub(crate) struct Ordered;

#[namespace("/ordered", guard(first, second))]
impl Ordered {}

#[payload]
struct Stop {
    #[serde(default)]
    stop: Vec<String>,
}

async fn first(Auth(Stop { stop }): Auth<Stop>) -> Result<(), ConnectError> {
    if stop.iter().any(|name| name == "first") { Err(ConnectError::new("first")) } else { Ok(()) }
}

async fn second(Auth(Stop { stop }): Auth<Stop>) -> Result<(), ConnectError> {
    if stop.iter().any(|name| name == "second") { Err(ConnectError::new("second")) } else { Ok(()) }
}

/// Delays each connection until a gate opens.
pub(crate) struct Slow {
    gates: Arc<Gates>,
}

impl Slow {
    /// Creates the namespace with these gates.
    pub(crate) fn new(gates: Arc<Gates>) -> Self {
        Self { gates }
    }
}

#[payload]
struct Gate {
    key: String,
}

#[namespace("/slow")]
impl Slow {
    #[on_connect]
    async fn connect(&self, Auth(gate): Auth<Gate>) {
        self.gates.pass(&gate.key).await;
    }
}

/// Accepts clients that know the secret.
pub(crate) struct Members;

#[payload]
struct Credentials {
    name: Option<String>,
    token: Option<String>,
}

/// The session of a member.
pub(crate) struct Member {
    name: String,
}

#[namespace("/members", session = Member)]
impl Members {
    #[on_connect]
    async fn connect(&self, Auth(given): Auth<Credentials>) -> Result<Member, ConnectError> {
        match given {
            Credentials { name: Some(name), token: Some(token) } if token == "secret" => Ok(Member { name }),
            Credentials { token, .. } => {
                let token = token.map_or(Value::Null, Value::Text);
                Err(ConnectError::new("who are you?").data(&Value::from([("token", token)])))
            }
        }
    }

    #[on("whoami")]
    async fn whoami(&self, socket: &Socket<Self>) -> String {
        socket.session().name.clone()
    }
}
