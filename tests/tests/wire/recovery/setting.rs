//! A namespace whose clients can be recovered, and clients that behave as the browser's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use switchboard::prelude::*;
use switchboard::{ExpiryReason, Recovery};
use switchboard_tests::endpoint::within;
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::journal::Journal;

/// Longer than any test.
pub(super) const HOUR: Duration = Duration::from_secs(3600);

#[event("said")]
pub(super) struct Said(pub(super) String);

#[event("numbered")]
pub(super) struct Numbered(pub(super) usize);

#[derive(Event, Serialize)]
#[event("picture")]
pub(super) struct Picture(pub(super) Bytes);

#[event("asked", ack = bool)]
pub(super) struct Asked;

/// Reports connects and disconnects. The session counts how often its client has returned.
pub(super) struct Hall {
    reports: UnboundedSender<String>,
    leaves: Arc<Notify>,
}

pub(super) struct Visitor {
    returns: usize,
}

#[payload]
pub(super) struct Wishes {
    /// A room to leave in `#[on_connect]`.
    leave: Option<String>,
    /// Makes `#[on_disconnect]` wait for the test.
    linger: Option<bool>,
    pid: Option<String>,
}

impl Hall {
    fn report(&self, what: String) {
        // Ignored if the test has already ended.
        drop(self.reports.send(what));
    }
}

async fn is_open<N: Namespace>(_socket: &Socket<N>, State(closed): State<Arc<AtomicBool>>) -> Result<(), ConnectError> {
    if closed.load(Ordering::Acquire) { Err(ConnectError::new("closed")) } else { Ok(()) }
}

#[namespace("/", session = Visitor, emits(Said, Numbered, Picture, Asked), guard(is_open))]
impl Hall {
    #[on_connect]
    async fn enter(
        &self,
        socket: &Socket<Self>,
        Auth(wishes): Auth<Wishes>,
        Recovered(former): Recovered<Visitor>,
    ) -> Visitor {
        assert_eq!((former.is_some(), wishes.pid), (socket.recovered(), None));
        if let Some(room) = wishes.leave {
            socket.leave(room);
        }
        if socket.recovered() {
            drop(socket.emit(Said("welcome back".to_owned())));
        }
        let returns = former.map_or(0, |former| former.returns + 1);
        self.report(format!("entered {returns}"));
        Visitor { returns }
    }

    #[on("rooms")]
    fn rooms(&self, socket: &Socket<Self>) -> Vec<String> {
        let mut rooms = socket.rooms();
        rooms.retain(|room| room != socket.id());
        rooms.sort();
        rooms
    }

    #[on("state")]
    fn state(&self, socket: &Socket<Self>) -> (bool, usize) {
        (socket.recovered(), socket.session().returns)
    }

    #[on_disconnect]
    async fn left(&self, socket: &Socket<Self>, Auth(wishes): Auth<Wishes>, reason: DisconnectReason) {
        self.report(format!("left: {reason}"));
        if wishes.linger == Some(true) && !socket.recovered() {
            self.leaves.notified().await;
            self.report("gone at last".to_owned());
        }
    }
}

pub(super) struct Setting {
    pub(super) server: TestServer,
    strangers: Vec<Client>,
    pub(super) journal: Journal,
    pub(super) closed: Arc<AtomicBool>,
    pub(super) leaves: Arc<Notify>,
    pub(super) expired: UnboundedReceiver<(String, Vec<String>, ExpiryReason, Option<usize>)>,
}

impl Setting {
    pub(super) async fn new() -> Self {
        Self::with(Server::new(), Recovery::new()).await
    }

    pub(super) async fn with(options: Server, recovery: Recovery) -> Self {
        let (reports, journal) = Journal::new();
        let (tell, expired) = unbounded_channel();
        let recovery = recovery.on_expired(move |gone| {
            assert_eq!(gone.namespace(), "/");
            let returns = gone.session::<Visitor>().map(|visitor| visitor.returns);
            drop(tell.send((gone.id().to_owned(), gone.rooms().to_vec(), gone.reason(), returns)));
        });
        let (closed, leaves) = (Arc::<AtomicBool>::default(), Arc::<Notify>::default());
        let hall = Hall { reports, leaves: leaves.clone() };
        let server = TestServer::start(options.recovery(recovery).state(closed.clone()).namespace(hall)).await;
        Self { server, strangers: Vec::new(), journal, closed, leaves, expired }
    }

    pub(super) fn hall(&self) -> NamespaceHandle<Hall> {
        self.server.handle().namespace()
    }

    pub(super) fn say(&self, what: &str) {
        self.hall().emit(Said(what.to_owned())).expect("it is sent");
    }

    pub(super) fn say_to(&self, whom: &str, what: &str) {
        self.hall().to(whom).emit(Said(what.to_owned())).expect("it is sent");
    }

    /// Cuts a client's connection, and waits until the server has noticed.
    pub(super) async fn cut(&mut self, client: Client) -> Before {
        let before = client.cut();
        // An error if the server was writing.
        let report = self.journal.next().await;
        assert!(["left: transport close", "left: transport error"].contains(&&*report), "{report}");
        before
    }

    pub(super) async fn new_client(&mut self) -> Client {
        let client = Client::new(&self.server).await;
        self.journal.expect("entered 0").await;
        client
    }

    /// Returns a client that has been recovered for the `returns`th time.
    pub(super) async fn recovered(&mut self, before: &Before, returns: usize) -> Client {
        let mut client = Client::back(&self.server, before, json!({})).await;
        self.journal.expect(&format!("entered {returns}")).await;
        assert_eq!((&client.id, &client.pid), (&before.id, &before.pid));
        client.offset.clone_from(&before.offset);
        client
    }

    /// Returns a client that has been recovered for the `returns`th time while its old connection was open.
    pub(super) async fn taken_over(&mut self, before: &Before, returns: usize) -> Client {
        let mut client = Client::back(&self.server, before, json!({})).await;
        self.journal.expect("left: taken over").await;
        self.journal.expect(&format!("entered {returns}")).await;
        assert_eq!((&client.id, &client.pid), (&before.id, &before.pid));
        client.offset.clone_from(&before.offset);
        client
    }

    /// Checks that the client is not recovered. Its new socket stays connected.
    pub(super) async fn stranger(&mut self, before: &Before) {
        let client = Client::back(&self.server, before, json!({})).await;
        self.journal.expect("entered 0").await;
        assert_ne!(client.id, before.id);
        assert_ne!(client.pid, before.pid);
        self.strangers.push(client);
    }

    pub(super) async fn expect_expired(&mut self, id: &str, reason: ExpiryReason) {
        let (gone, rooms, why, _) = within("an expired session", self.expired.recv()).await.expect("a server");
        assert_eq!((&*gone, why), (id, reason));
        assert!(rooms.contains(&gone));
    }
}

/// A connected client that behaves as the browser's.
pub(super) struct Client {
    pub(super) socket: WebSocket,
    pub(super) id: String,
    pub(super) pid: String,
    pub(super) offset: Option<String>,
}

/// A client's knowledge of its former connection.
#[derive(Clone)]
pub(super) struct Before {
    pub(super) id: String,
    pub(super) pid: String,
    pub(super) offset: Option<String>,
}

impl Before {
    pub(super) fn auth(&self, mut auth: Value) -> Value {
        auth["pid"] = json!(self.pid);
        if let Some(offset) = &self.offset {
            auth["offset"] = json!(offset);
        }
        auth
    }
}

impl Client {
    pub(super) async fn new(server: &TestServer) -> Self {
        Self::with(server, json!({})).await
    }

    pub(super) async fn back(server: &TestServer, before: &Before, auth: Value) -> Self {
        Self::with(server, before.auth(auth)).await
    }

    pub(super) async fn with(server: &TestServer, auth: Value) -> Self {
        let mut socket = WebSocket::open(server).await;
        socket.send(&format!("40{auth}")).await;
        let reply = socket.next_text().await;
        let (id, pid) = identity(&reply);
        Self { socket, id, pid, offset: None }
    }

    /// Returns the next event without its offset, which is stored.
    pub(super) async fn event(&mut self) -> Value {
        let text = self.socket.next_text().await;
        let json = text.strip_prefix("42").unwrap_or_else(|| panic!("not an event: {text:?}"));
        let mut event: Vec<Value> = serde_json::from_str(json).expect("an event in JSON");
        let offset = event.pop().expect("an offset");
        self.offset = Some(offset.as_str().expect("an offset is a string").to_owned());
        Value::from(event)
    }

    pub(super) async fn expect_said(&mut self, what: &[&str]) {
        for what in what {
            assert_eq!(self.event().await, json!(["said", what]));
        }
    }

    pub(super) async fn ask(&mut self, event: &str) -> String {
        self.socket.send(&format!(r#"427["{event}"]"#)).await;
        self.socket.next_text().await
    }

    pub(super) async fn expect_nothing_more(&mut self) {
        assert!(self.ask("state").await.starts_with("437["));
    }

    pub(super) fn before(&self) -> Before {
        Before { id: self.id.clone(), pid: self.pid.clone(), offset: self.offset.clone() }
    }

    /// Cuts the connection, as unplugging a cable for a moment does.
    pub(super) fn cut(self) -> Before {
        let before = self.before();
        self.socket.into_connection().abort();
        before
    }
}

pub(super) fn identity(reply: &str) -> (String, String) {
    let json = reply.strip_prefix("40").unwrap_or_else(|| panic!("not accepted: {reply:?}"));
    let json: Value = serde_json::from_str(json).expect("a reply in JSON");
    let text = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("no {name} in {reply}")).to_owned();
    (text("sid"), text("pid"))
}
