//! CONNECT packets for a namespace that the client has already joined, or is about to join.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use switchboard::{ConnectRequest, prelude::*};
use switchboard_tests::{Polling, TestServer, WebSocket};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

use crate::journal::Journal;

/// Accepts slow clients one at a time, when the test allows it.
#[derive(Clone)]
struct Gate {
    open: Arc<Semaphore>,
    reports: UnboundedSender<String>,
    waiting: Arc<AtomicUsize>,
}

#[payload]
struct Visit {
    #[serde(default)]
    n: usize,
    #[serde(default)]
    slow: bool,
    #[serde(default)]
    refused: bool,
}

impl Gate {
    fn new() -> (Self, Journal) {
        let (reports, journal) = Journal::new();
        (Self { open: Arc::new(Semaphore::new(0)), reports, waiting: Arc::default() }, journal)
    }

    async fn pass(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.open.acquire().await.expect("an open semaphore").forget();
    }

    fn report(&self, what: String) {
        // Ignored if the test has already ended.
        drop(self.reports.send(what));
    }
}

struct Main(Gate);

#[namespace("/", session = usize)]
impl Main {
    #[on_connect]
    async fn enter(&self, Auth(visit): Auth<Visit>) -> Result<usize, ConnectError> {
        self.0.report(format!("enter {}", visit.n));
        if visit.slow {
            self.0.pass().await;
        }
        if visit.refused { Err(ConnectError::new("refused")) } else { Ok(visit.n) }
    }

    #[on("which")]
    fn which(&self, socket: &Socket<Self>) -> usize {
        *socket.session()
    }

    #[on("out")]
    fn out(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }

    #[on_disconnect]
    fn left(&self, socket: &Socket<Self>, reason: DisconnectReason) {
        self.0.report(format!("left {}: {reason}", socket.session()));
    }
}

/// Another namespace on the same connection.
struct Beside;

#[namespace("/beside")]
impl Beside {
    #[on("echo")]
    fn echo(&self, value: Value) -> Value {
        value
    }
}

/// A namespace whose paths are accepted slowly.
struct Room;

#[namespace(dynamic)]
impl Room {
    #[on("path")]
    fn path(&self, socket: &Socket<Self>) -> String {
        socket.namespace().path().to_owned()
    }
}

fn options(gate: &Gate) -> Server {
    let search = gate.clone();
    let rooms = move |request: ConnectRequest| {
        let gate = search.clone();
        async move {
            gate.report(format!("search {}", request.path()));
            if request.auth::<Visit>().is_ok_and(|visit| visit.slow) {
                gate.pass().await;
            }
            true
        }
    };
    Server::new().namespace(Main(gate.clone())).namespace(Beside).namespace_where(rooms, Room)
}

async fn server() -> (TestServer, Gate, Journal) {
    let (gate, journal) = Gate::new();
    (TestServer::start(options(&gate)).await, gate, journal)
}

/// Opens a connection that has joined only `/beside`.
async fn open(server: &TestServer) -> WebSocket {
    let mut socket = WebSocket::open(server).await;
    socket.join("/beside").await;
    socket
}

async fn expect_echo(socket: &mut WebSocket) {
    socket.send(r#"42/beside,7["echo","here"]"#).await;
    socket.expect_text(r#"43/beside,7["here"]"#).await;
}

#[tokio::test]
async fn connect_on_a_connected_namespace_replaces_the_socket() {
    let (server, _, mut journal) = server().await;
    let mut socket = open(&server).await;
    let first = socket.join("/").await;
    let second = socket.join("/").await;
    assert_ne!(first, second);
    for report in ["enter 0", "left 0: client namespace disconnect", "enter 0"] {
        journal.expect(report).await;
    }
    let sockets = server.handle().namespace::<Main>().socket_ids();
    assert_eq!(sockets, [second]);
    expect_echo(&mut socket).await;

    let mut polling = Polling::joined(&server).await;
    polling.post("40\u{1e}421[\"which\"]").await;
    assert!(polling.next_packet().await.starts_with("40{"));
    assert_eq!(polling.next_packet().await, "431[0]");
}

#[tokio::test]
async fn connect_while_another_is_pending_gets_the_only_reply() {
    let (server, gate, mut journal) = server().await;
    let mut socket = open(&server).await;
    socket.send(r#"40{"n":1,"slow":true}"#).await;
    journal.expect("enter 1").await;
    socket.send(r#"40{"n":2,"slow":true}"#).await;
    journal.expect("enter 2").await;
    gate.open.add_permits(2);
    // The first socket was accepted too late and is disconnected, so that each connect hook has its disconnect hook.
    journal.expect("left 1: client namespace disconnect").await;
    assert!(socket.next_text().await.starts_with(r#"40{"sid":""#));
    socket.send(r#"421["which"]"#).await;
    socket.expect_text("431[2]").await;
    assert_eq!(server.handle().namespace::<Main>().socket_count(), 1);
    expect_echo(&mut socket).await;
    journal.expect_silence();
}

#[tokio::test]
async fn disconnect_cancels_a_pending_connect() {
    let (server, gate, mut journal) = server().await;
    let mut socket = open(&server).await;
    socket.send(r#"40{"n":1,"slow":true}"#).await;
    socket.send("41").await;
    journal.expect("enter 1").await;
    expect_echo(&mut socket).await;
    gate.open.add_permits(1);
    journal.expect("left 1: client namespace disconnect").await;
    socket.send(r#"40{"n":2}"#).await;
    assert!(socket.next_text().await.starts_with(r#"40{"sid":""#));
    socket.send(r#"421["which"]"#).await;
    socket.expect_text("431[2]").await;
}

/// The client may have mistaken the first reply for the reply to its second CONNECT.
#[tokio::test]
async fn events_behind_a_replacing_connect_are_handled_by_the_new_socket() {
    let (server, gate, mut journal) = server().await;
    let mut socket = open(&server).await;
    socket.join("/").await;
    socket.send(r#"40{"n":2,"slow":true}"#).await;
    socket.send(r#"421["which"]"#).await;
    socket.send(r#"435["late"]"#).await;
    for report in ["enter 0", "left 0: client namespace disconnect", "enter 2"] {
        journal.expect(report).await;
    }
    expect_echo(&mut socket).await;
    gate.open.add_permits(1);
    assert!(socket.next_text().await.starts_with(r#"40{"sid":""#));
    socket.expect_text("431[2]").await;
}

#[tokio::test]
async fn events_behind_a_refused_replacing_connect_are_dropped() {
    let (server, gate, mut journal) = server().await;
    let mut socket = open(&server).await;
    socket.join("/").await;
    socket.send(r#"40{"n":2,"slow":true,"refused":true}"#).await;
    socket.send(r#"421["which"]"#).await;
    for report in ["enter 0", "left 0: client namespace disconnect", "enter 2"] {
        journal.expect(report).await;
    }
    gate.open.add_permits(1);
    socket.expect_text(r#"44{"message":"refused"}"#).await;
    socket.send(r#"422["which"]"#).await;
    socket.send("41").await;
    expect_echo(&mut socket).await;
    journal.expect_silence();
}

#[tokio::test]
async fn a_search_is_replaced_and_cancelled_alike() {
    let (server, gate, mut journal) = server().await;
    let mut socket = open(&server).await;
    socket.send(r#"40/a,{"slow":true}"#).await;
    socket.send(r#"40/a,{"slow":true}"#).await;
    journal.expect("search /a").await;
    journal.expect("search /a").await;
    gate.open.add_permits(1);
    assert!(socket.next_text().await.starts_with(r#"40/a,{"sid":""#));
    socket.send(r#"42/a,1["path"]"#).await;
    socket.expect_text(r#"43/a,1["/a"]"#).await;

    // Events after a CONNECT that replaces a socket also wait until the path is accepted.
    socket.send(r#"40/a,{"slow":true}"#).await;
    socket.send(r#"42/a,2["path"]"#).await;
    journal.expect("search /a").await;
    expect_echo(&mut socket).await;
    gate.open.add_permits(1);
    assert!(socket.next_text().await.starts_with(r#"40/a,{"sid":""#));
    socket.expect_text(r#"43/a,2["/a"]"#).await;

    socket.send(r#"40/b,{"slow":true}"#).await;
    socket.send("41/b,").await;
    journal.expect("search /b").await;
    expect_echo(&mut socket).await;
    gate.open.add_permits(1);
    expect_echo(&mut socket).await;
    assert!(server.handle().namespace_at::<Room>("/b").is_none());
}

#[tokio::test]
async fn connects_that_are_given_up_do_not_pile_up() {
    const STORM: usize = 1000;
    let (server, gate, _journal) = server().await;
    let mut socket = open(&server).await;
    for _ in 0..STORM {
        socket.send(r#"40{"slow":true}"#).await;
        socket.send("41").await;
    }
    expect_refusals(&mut socket, STORM - 64).await;
    assert_eq!(gate.waiting.load(Ordering::Relaxed), 64);
    gate.open.add_permits(64);
    // There is room again.
    while !joins(&mut socket).await {}
    socket.send(r#"421["which"]"#).await;
    socket.expect_text("431[0]").await;
}

async fn expect_refusals(socket: &mut WebSocket, count: usize) {
    for _ in 0..count {
        socket.expect_text(r#"44{"message":"too many namespaces"}"#).await;
    }
    expect_echo(socket).await;
}

async fn joins(socket: &mut WebSocket) -> bool {
    socket.send("40").await;
    socket.next_text().await.starts_with(r#"40{"sid""#)
}

#[tokio::test]
async fn clients_of_socket_io_2_connect_again_too() {
    let (gate, mut journal) = Gate::new();
    let server = TestServer::start(options(&gate).allow_eio3(true)).await;
    let mut socket = crate::eio3::websocket(&server).await;
    socket.send("40/beside,").await;
    socket.expect_text("40/beside,").await;
    socket.send("40").await;
    socket.expect_text("40").await;
    for report in ["enter 0", "left 0: client namespace disconnect", "enter 0"] {
        journal.expect(report).await;
    }
    socket.send("40/beside?again=1,").await;
    socket.expect_text("40/beside,").await;
    socket.send(r#"42/beside?again=1,7["echo","here"]"#).await;
    socket.expect_text(r#"43/beside,7["here"]"#).await;
    assert_eq!(server.handle().namespace::<Main>().socket_count(), 1);
}

#[tokio::test]
async fn a_client_that_comes_back_may_ask_twice() {
    let (gate, mut journal) = Gate::new();
    let server = TestServer::start(options(&gate).recovery(switchboard::Recovery::new())).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send("40").await;
    let (id, pid) = ids(&socket.next_text().await);
    drop(socket);
    journal.expect("enter 0").await;
    journal.expect("left 0: transport close").await;

    let mut socket = open(&server).await;
    socket.send(&format!(r#"40{{"n":1,"slow":true,"pid":"{pid}"}}"#)).await;
    journal.expect("enter 1").await;
    socket.send(&format!(r#"40{{"n":2,"pid":"{pid}"}}"#)).await;
    expect_echo(&mut socket).await;
    gate.open.add_permits(1);
    assert_eq!(ids(&socket.next_text().await), (id, pid));
    socket.send(r#"421["which"]"#).await;
    socket.expect_text("431[2]").await;
}

fn ids(reply: &str) -> (String, String) {
    let reply: Value = serde_json::from_str(reply.strip_prefix("40").expect("a CONNECT")).expect("JSON");
    let text = |key: &str| reply[key].as_str().expect("a text").to_owned();
    (text("sid"), text("pid"))
}

/// Counts the existing sessions.
struct Kept(Arc<AtomicUsize>);

struct Session(Arc<AtomicUsize>);

impl Drop for Session {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[namespace("/kept-{n}", params(n: usize), session = Session)]
impl Kept {
    #[on_connect]
    fn enter(&self) -> Session {
        self.0.fetch_add(1, Ordering::Relaxed);
        Session(self.0.clone())
    }

    #[on("out")]
    fn out(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }
}

/// The data of a socket that the server disconnected is removed when the client joins again.
#[tokio::test]
async fn rejoining_after_a_disconnect_by_the_server_keeps_nothing() {
    let kept = Arc::<AtomicUsize>::default();
    let server = TestServer::start(Server::new().namespace(Kept(kept.clone()))).await;
    let mut socket = WebSocket::open(&server).await;
    for _ in 0..100 {
        socket.join("/kept-1").await;
        assert_eq!(kept.load(Ordering::Relaxed), 1);
        socket.send(r#"42/kept-1,["out"]"#).await;
        socket.expect_text("41/kept-1,").await;
    }
}

#[tokio::test]
async fn namespaces_that_the_server_ended_do_not_count() {
    let kept = Arc::<AtomicUsize>::default();
    let server = TestServer::start(Server::new().namespace(Kept(kept.clone())).max_namespaces(4)).await;
    let mut socket = WebSocket::open(&server).await;
    for n in 0..100 {
        socket.join(&format!("/kept-{n}")).await;
        assert!(kept.load(Ordering::Relaxed) <= 5);
        socket.send(&format!(r#"42/kept-{n},["out"]"#)).await;
        socket.expect_text(&format!("41/kept-{n},")).await;
    }
}
