//! The connection below a socket: its transport, upgrade, packets and close.

use std::sync::{Arc, Mutex};

use serde::Serialize;
use switchboard::prelude::*;
use switchboard::{EnginePacket, EngineSession, Recovery};
use switchboard_tests::endpoint::within;
use switchboard_tests::{Connection, Endpoint, Polling, Request, TestServer, WebSocket};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

struct Desk {
    reports: UnboundedSender<String>,
    kept: Arc<Mutex<Option<EngineSession>>>,
}

fn shown(packet: &EnginePacket<'_>) -> String {
    match packet {
        EnginePacket::Binary(data) => format!("{} bytes", data.len()),
        packet => format!("{packet:?}"),
    }
}

#[namespace("/")]
impl Desk {
    #[on("watch")]
    fn watch(&self, socket: &Socket<Self>) -> (&'static str, u8) {
        let engine = socket.engine();
        let report = |what: &'static str| {
            let reports = self.reports.clone();
            move |said: String| drop(reports.send(format!("{what} {said}")))
        };
        let (packet, created) = (report("in"), report("out"));
        engine.on_packet(move |seen| packet(shown(seen)));
        engine.on_packet_create(move |seen| created(shown(seen)));
        let (upgraded, closed) = (report("upgraded"), report("closed"));
        engine.on_upgrade(move |transport| upgraded(transport.name().to_owned()));
        engine.on_close(move |reason| closed(reason.to_string()));
        *self.kept.lock().expect("no panic") = Some(engine.clone());
        (engine.transport().name(), engine.protocol())
    }

    #[on("echo")]
    fn echo(&self, data: bytes::Bytes) -> bytes::Bytes {
        data
    }

    #[on("transport")]
    fn transport(&self, socket: &Socket<Self>) -> &'static str {
        socket.engine().transport().name()
    }

    #[on_disconnect]
    fn left(&self) {
        drop(self.reports.send("left".to_owned()));
    }
}

async fn start() -> (TestServer, UnboundedReceiver<String>, Arc<Mutex<Option<EngineSession>>>) {
    let (reports, heard) = unbounded_channel();
    let kept = Arc::<Mutex<Option<EngineSession>>>::default();
    let server = TestServer::start(Server::new().namespace(Desk { reports, kept: Arc::clone(&kept) })).await;
    (server, heard, kept)
}

async fn heard(reports: &mut UnboundedReceiver<String>, expected: &[&str]) {
    for expected in expected {
        assert_eq!(within("a report", reports.recv()).await.as_deref(), Some(*expected));
    }
}

#[tokio::test]
async fn packets_and_the_end_of_a_websocket() {
    let (server, mut reports, kept) = start().await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"421["watch"]"#).await;
    socket.expect_text(r#"431[["websocket",4]]"#).await;
    heard(&mut reports, &[r#"out Message("31[[\"websocket\",4]]")"#]).await;
    socket.send(r#"451-2["echo",{"_placeholder":true,"num":0}]"#).await;
    socket.send_binary(b"123").await;
    socket.expect_text(r#"461-2[{"_placeholder":true,"num":0}]"#).await;
    socket.expect_binary(b"123").await;
    heard(
        &mut reports,
        &[
            r#"in Message("51-2[\"echo\",{\"_placeholder\":true,\"num\":0}]")"#,
            "in 3 bytes",
            r#"out Message("61-2[{\"_placeholder\":true,\"num\":0}]")"#,
            "out 3 bytes",
        ],
    )
    .await;
    let engine = kept.lock().expect("no panic").take().expect("a session");
    assert_eq!(engine.close_reason(), None);
    socket.send("1").await;
    heard(&mut reports, &["in Close", "closed transport close", "left"]).await;
    assert_eq!(engine.close_reason(), Some(DisconnectReason::TransportClose));
}

#[tokio::test]
async fn the_upgrade_of_a_polling_session() {
    let (server, mut reports, _) = start().await;
    let mut polling = Polling::open(&server).await;
    polling.post("40").await;
    drop(polling.next_packet().await);
    polling.post(r#"421["watch"]"#).await;
    assert_eq!(polling.next_packet().await, r#"431[["polling",4]]"#);
    heard(&mut reports, &[r#"out Message("31[[\"polling\",4]]")"#]).await;
    let mut socket = WebSocket::beside(&server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.send(r#"422["transport"]"#).await;
    socket.expect_text(r#"432["websocket"]"#).await;
    // The hook runs before any packet of the new transport is reported.
    let seen = [r#"in Message("22[\"transport\"]")"#, r#"out Message("32[\"websocket\"]")"#];
    heard(&mut reports, &["upgraded websocket", seen[0], seen[1]]).await;
}

#[tokio::test]
async fn an_old_client_is_seen_without_the_form_that_it_wants() {
    let (reports, mut heard_of) = unbounded_channel();
    let server = Server::new().allow_eio3(true).namespace(Desk { reports, kept: Arc::default() });
    let server = TestServer::start(server).await;
    for base64 in ["", "&b64=1"] {
        let request = Request::upgrade(format!("/socket.io/?EIO=3&transport=websocket{base64}"));
        let mut socket = WebSocket::opened(Connection::open(&server).await, &request).await;
        socket.expect_text("40").await;
        socket.send(r#"421["watch"]"#).await;
        socket.expect_text(r#"431[["websocket",3]]"#).await;
        heard(&mut heard_of, &[r#"out Message("31[[\"websocket\",3]]")"#]).await;
        socket.send("2").await;
        socket.expect_text("3").await;
        heard(&mut heard_of, &["in Ping", "out Pong"]).await;
        socket.send(r#"451-2["echo",{"_placeholder":true,"num":0}]"#).await;
        socket.send_binary(b"\x04123").await;
        socket.expect_text(r#"461-2[{"_placeholder":true,"num":0}]"#).await;
        if base64.is_empty() {
            socket.expect_binary(b"\x04123").await;
        } else {
            socket.expect_text("b4MTIz").await;
        }
        heard(
            &mut heard_of,
            &[
                r#"in Message("51-2[\"echo\",{\"_placeholder\":true,\"num\":0}]")"#,
                "in 3 bytes",
                r#"out Message("61-2[{\"_placeholder\":true,\"num\":0}]")"#,
                "out 3 bytes",
            ],
        )
        .await;
        socket.send("1").await;
        heard(&mut heard_of, &["in Close", "closed transport close", "left"]).await;
    }
}

#[derive(Serialize, Event)]
#[event("news")]
struct News(u8);

/// Joins a room for each message that its packet hook receives.
struct Collector;

#[namespace("/", emits(News))]
impl Collector {
    #[on_connect]
    fn connect(&self, socket: &Socket<Self>) {
        let collector = socket.clone();
        socket.engine().on_packet_create(move |packet| {
            if let EnginePacket::Message(text) = packet {
                drop(collector.join(text.chars().next().into_iter().collect::<String>()));
            }
        });
    }

    #[on("tell")]
    fn tell(&self, socket: &Socket<Self>) {
        drop(socket.namespace().emit(News(1)));
    }

    #[on("rooms")]
    fn rooms(&self, socket: &Socket<Self>) -> Vec<String> {
        let mut rooms = socket.rooms();
        rooms.retain(|room| room.len() == 1);
        rooms.sort_unstable();
        rooms
    }
}

/// The CONNECT reply and broadcasts are queued while the socket's rooms and the recovery log are locked. Packet hooks
/// run after these locks are released.
#[tokio::test]
async fn nothing_is_locked_while_somebody_watches() {
    let server = Server::new().recovery(Recovery::new()).namespace(Collector);
    let server = TestServer::start(server).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"42["tell"]"#).await;
    assert!(socket.next_text().await.starts_with(r#"42["news",1,"#));
    socket.send(r#"421["rooms"]"#).await;
    socket.expect_text(r#"431[["0","2"]]"#).await;
}

#[event("said")]
struct Said(&'static str);

/// Its packet hooks use sockets.
struct Nosy(UnboundedSender<String>);

#[namespace("/", emits(Said))]
impl Nosy {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>) {
        let (reports, own) = (self.0.clone(), socket.clone());
        socket.engine().on_packet_create(move |seen| {
            // Operations that lock the socket's state, and broadcasts of its namespace.
            drop(own.join("watched"));
            own.leave("watched");
            let others = own.broadcast().emit(Said("to others")).expect("JSON").sent;
            drop(reports.send(format!("{} {others} {}", own.rooms().len(), shown(seen))));
        });
        drop(socket.emit(Said("held")));
    }
}

#[tokio::test]
async fn watchers_may_use_sockets() {
    for options in [Server::new(), Server::new().recovery(Recovery::new())] {
        let (reports, mut heard) = unbounded_channel();
        let server = TestServer::start(options.namespace(Nosy(reports))).await;
        let mut client = WebSocket::joined(&server).await;
        assert!(client.next_text().await.starts_with(r#"42["said","held""#));
        let nosy = server.handle().namespace::<Nosy>();
        nosy.emit(Said("to all")).expect("JSON");
        nosy.sockets()[0].emit(Said("to one")).expect("JSON");
        for packet in [r#"0{\"sid\""#, r#"2[\"said\",\"held\""#, r#"2[\"said\",\"to all\""#, r#"2[\"said\",\"to one\""#]
        {
            let report = within("a report", heard.recv()).await.expect("a server");
            assert!(report.starts_with(&format!("1 0 Message(\"{packet}")), "{report}");
        }
    }
}

/// Reports the close of the connection and of the socket.
struct Door(UnboundedSender<String>);

#[namespace("/door")]
impl Door {
    #[on_connect]
    fn connect(&self, socket: &Socket<Self>) {
        let reports = self.0.clone();
        socket.engine().on_close(move |reason| drop(reports.send(format!("closed {reason}"))));
    }

    #[on_disconnecting]
    fn leaving(&self, reason: DisconnectReason) {
        drop(self.0.send(format!("leaving {reason}")));
    }
}

#[test]
fn connections_that_end_with_their_runtime_are_reported() {
    let (reports, mut heard) = unbounded_channel();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (servers, clients) = (runtime(), runtime());
    let (ready, is_ready) = std::sync::mpsc::channel();
    let serving = std::thread::spawn(move || {
        servers.block_on(async {
            let server = TestServer::start(Server::new().namespace(Door(reports))).await;
            let (leave, left) = tokio::sync::oneshot::channel();
            ready.send((Endpoint::clone(&server), leave)).expect("a test");
            left.await.expect("a test");
        });
    });
    let (endpoint, leave) = is_ready.recv().expect("a server");
    let client = clients.block_on(async {
        let mut client = WebSocket::open(&endpoint).await;
        client.join("/door").await;
        client
    });
    leave.send(()).expect("a server");
    serving.join().expect("no panic");
    for expected in ["closed transport error", "leaving transport error"] {
        assert_eq!(heard.try_recv().as_deref(), Ok(expected));
    }
    drop(client);
}
