//! The namespace `/runtime`: listeners and data that are added to a socket while it is connected.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use switchboard::RemoteSocket;
use switchboard::Value;
use switchboard::prelude::*;

use crate::gates::Gates;
use crate::send;

#[derive(Event, Serialize, Deserialize)]
#[event("heard")]
struct Heard(String, Value);

#[event("any")]
struct Any(String);

#[event("going")]
struct Going(String, Vec<String>);

#[event("gone")]
struct Gone(String);

#[event("upgraded")]
struct Upgraded(String);

#[derive(Serialize)]
struct Both(Value, Value);

#[payload]
struct Below {
    transport: String,
    protocol: u8,
}

/// Adds the listeners that its clients ask for.
pub(crate) struct Runtime {
    gates: Arc<Gates>,
}

impl Runtime {
    /// Creates the namespace with these gates.
    pub(crate) fn new(gates: Arc<Gates>) -> Self {
        Self { gates }
    }
}

/// Returns a listener that sends the value back, with `mark` added.
fn listener(mark: String) -> impl Fn(Socket<Runtime>, Value) -> std::future::Ready<()> + Send + Sync {
    move |socket, value| {
        send(socket.emit(Heard(mark.clone(), value)));
        std::future::ready(())
    }
}

#[namespace("/runtime", emits(Heard, Any, Going, Gone, Upgraded))]
impl Runtime {
    #[on("listen")]
    fn listen(&self, socket: &Socket<Self>, name: String, mark: String) {
        socket.on(&name, listener(mark));
    }

    #[on("listenOnce")]
    fn listen_once(&self, socket: &Socket<Self>, name: String, mark: String) {
        socket.once(&name, listener(mark));
    }

    #[on("stop")]
    fn stop(&self, socket: &Socket<Self>, name: String) {
        socket.off(&name);
    }

    #[on("answerAll")]
    fn answer_all(&self, socket: &Socket<Self>, name: String, answers: Vec<Value>) {
        for answer in answers {
            socket.on(&name, move |ack: Ack<Value>| {
                send(ack.send(answer.clone()));
                std::future::ready(())
            });
        }
    }

    #[on("listenToAny")]
    fn listen_to_any(&self, socket: &Socket<Self>) {
        socket.on_any(|socket, event| send(socket.emit(Any(event.name().to_owned()))));
    }

    #[on("listenToOutgoing")]
    fn listen_to_outgoing(&self, socket: &Socket<Self>) {
        socket.on_any_outgoing(|socket, event| {
            if event.name() != "any" {
                send(socket.emit(Any(event.name().to_owned())));
            }
        });
    }

    #[on("tellAll")]
    fn tell_all(&self, socket: &Socket<Self>, value: Value) {
        send(socket.namespace().emit(Heard("all".to_owned(), value)));
    }

    #[on("refuse")]
    fn refuse(&self, socket: &Socket<Self>, word: String) {
        socket.use_middleware(move |event, next| {
            let word = word.clone();
            async move { if event.raw().contains(&word) { event.refuse("refused") } else { next.run(event).await } }
        });
    }

    #[on("echo")]
    fn echo(&self, value: Value) -> Value {
        value
    }

    #[on("later")]
    fn later(&self, key: String, ack: Ack<String>) {
        let gates = Arc::clone(&self.gates);
        tokio::spawn(async move {
            gates.pass(&key).await;
            send(ack.send(key));
        });
    }

    #[on("release")]
    fn release(&self, key: String) {
        self.gates.open(&key);
    }

    #[on("send")]
    fn send(&self, socket: &Socket<Self>, a: Value, b: Value) {
        send(socket.send(Both(a, b)));
    }

    #[on("join")]
    fn join(&self, socket: &Socket<Self>, rooms: Vec<String>) -> Result<(), JoinError> {
        socket.join(rooms)
    }

    #[on("keep")]
    fn keep(&self, socket: &Socket<Self>, key: String, value: Value) {
        send(socket.data().insert(&key, &value));
    }

    #[on("kept")]
    async fn kept(&self, socket: &Socket<Self>, id: String) -> Option<RawJson> {
        let found = socket.namespace().to(id).fetch_sockets().await.unwrap_or_default();
        found.first().and_then(RemoteSocket::data)
    }

    #[on("engine")]
    fn engine(&self, socket: &Socket<Self>) -> Below {
        let engine = socket.engine();
        Below { transport: engine.transport().name().to_owned(), protocol: engine.protocol() }
    }

    #[on("tellUpgrade")]
    fn tell_upgrade(&self, socket: &Socket<Self>) {
        let told = socket.clone();
        socket.engine().on_upgrade(move |transport| send(told.emit(Upgraded(transport.name().to_owned()))));
    }

    #[on_disconnecting]
    fn going(&self, socket: &Socket<Self>) {
        let mut rooms: Vec<_> = socket.rooms().into_iter().filter(|room| room != socket.id()).collect();
        rooms.sort();
        // With no room, `to` would select every socket.
        if !rooms.is_empty() {
            send(socket.to(&rooms).emit(Going(socket.id().to_owned(), rooms)));
        }
    }

    #[on_disconnect]
    fn gone(&self, socket: &Socket<Self>) {
        send(socket.broadcast().emit(Gone(socket.id().to_owned())));
    }
}
