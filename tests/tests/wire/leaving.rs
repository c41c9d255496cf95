//! The disconnect hooks of a namespace: before the socket leaves its rooms, and afterwards.

use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[event("farewell")]
struct Farewell(String);

#[payload]
struct Wish {
    #[serde(default)]
    refused: bool,
}

struct House {
    reports: UnboundedSender<String>,
}

impl House {
    fn report(&self, who: &str, socket: &Socket<Self>, reason: DisconnectReason) {
        drop(self.reports.send(state(who, socket, reason)));
    }
}

fn state(who: &str, socket: &Socket<House>, reason: DisconnectReason) -> String {
    let members = socket.namespace().members("hall").len();
    format!(
        "{who}: {reason}, connected {}, {} rooms, {members} in the hall",
        socket.is_connected(),
        socket.rooms().len()
    )
}

#[namespace("/", emits(Farewell))]
impl House {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>, Auth(wish): Auth<Wish>) -> Result<(), ConnectError> {
        let reports = self.reports.clone();
        socket.on_disconnecting(move |socket, reason| drop(reports.send(state("going, listener", socket, reason))));
        let reports = self.reports.clone();
        socket.on_disconnect(move |socket, reason| async move {
            drop(reports.send(state("gone, listener", &socket, reason)));
        });
        if wish.refused { Err(ConnectError::new("no")) } else { Ok(()) }
    }

    #[on("join")]
    fn join(&self, socket: &Socket<Self>) -> Result<(), JoinError> {
        socket.join("hall")
    }

    #[on("kick me")]
    fn kick(&self, socket: &Socket<Self>) {
        socket.disconnect();
        drop(self.reports.send("kicked".to_owned()));
    }

    #[on("kick all")]
    fn kick_all(&self, socket: &Socket<Self>) {
        socket.to("hall").disconnect_sockets();
    }

    #[on("panic at the end")]
    fn panic(&self, socket: &Socket<Self>) {
        socket.on_disconnecting(|_, _| panic!("a panic that this test wants"));
        socket.on_disconnect(async |_, _| panic!("a panic that this test wants"));
    }

    #[on_disconnecting]
    fn going(&self, socket: &Socket<Self>, reason: DisconnectReason) {
        self.report("going", socket, reason);
        drop(socket.to("hall").emit(Farewell("I am still in the hall".to_owned())));
        // The hooks run only once, even if the socket disconnects again.
        socket.disconnect();
    }

    #[on_disconnect]
    async fn gone(&self, socket: &Socket<Self>, reason: DisconnectReason) {
        self.report("gone", socket, reason);
    }
}

async fn start() -> (TestServer, UnboundedReceiver<String>) {
    let (reports, heard) = unbounded_channel();
    let errors = reports.clone();
    let options = Server::new().namespace(House { reports });
    let server = TestServer::start(options.on_error(move |error| drop(errors.send(error.to_string())))).await;
    (server, heard)
}

async fn in_the_hall(server: &TestServer) -> WebSocket {
    let mut socket = WebSocket::joined(server).await;
    socket.send(r#"421["join"]"#).await;
    socket.expect_text("431[]").await;
    socket
}

async fn heard(reports: &mut UnboundedReceiver<String>, expected: &[&str]) {
    for expected in expected {
        assert_eq!(within("a report", reports.recv()).await.as_deref(), Some(*expected));
    }
}

#[tokio::test]
async fn the_rooms_are_there_while_it_goes_and_remembered_when_it_has_gone() {
    let (server, mut reports) = start().await;
    let mut witness = in_the_hall(&server).await;
    let mut socket = in_the_hall(&server).await;
    socket.send("41").await;
    heard(
        &mut reports,
        &[
            "going, listener: client namespace disconnect, connected true, 2 rooms, 2 in the hall",
            "going: client namespace disconnect, connected true, 2 rooms, 2 in the hall",
            "gone, listener: client namespace disconnect, connected false, 2 rooms, 1 in the hall",
            "gone: client namespace disconnect, connected false, 2 rooms, 1 in the hall",
        ],
    )
    .await;
    witness.expect_text(r#"42["farewell","I am still in the hall"]"#).await;
}

#[tokio::test]
async fn a_handler_that_disconnects_its_socket_is_told_at_once() {
    let (server, mut reports) = start().await;
    let mut socket = in_the_hall(&server).await;
    socket.send(r#"42["kick me"]"#).await;
    heard(
        &mut reports,
        &[
            "going, listener: server namespace disconnect, connected true, 2 rooms, 1 in the hall",
            "going: server namespace disconnect, connected true, 2 rooms, 1 in the hall",
            "kicked",
            "gone, listener: server namespace disconnect, connected false, 2 rooms, 0 in the hall",
            "gone: server namespace disconnect, connected false, 2 rooms, 0 in the hall",
        ],
    )
    .await;
    socket.expect_text("41").await;
}

#[tokio::test]
async fn each_of_many_is_told_once() {
    let (server, mut reports) = start().await;
    let mut sockets = [in_the_hall(&server).await, in_the_hall(&server).await];
    let mut other = WebSocket::joined(&server).await;
    other.send(r#"421["kick all"]"#).await;
    other.expect_text("431[]").await;
    drop(other);
    sockets[0].expect_text("41").await;
    let mut all = Vec::new();
    for _ in 0..12 {
        all.push(within("a report", reports.recv()).await.expect("a report"));
    }
    let count = |what: &str| all.iter().filter(|report| report.starts_with(what)).count();
    assert_eq!((count("going, listener:"), count("going:"), count("gone, listener:"), count("gone:")), (3, 3, 3, 3));
    server.handle().namespace::<House>().close_sockets();
    drop(sockets);
    server.empty().await;
    assert!(reports.try_recv().is_err());
}

#[tokio::test]
async fn one_that_was_refused_neither_goes_nor_has_gone() {
    let (server, mut reports) = start().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40{"refused":true}"#).await;
    socket.expect_text(r#"44{"message":"no"}"#).await;
    drop(socket);
    server.empty().await;
    assert!(reports.try_recv().is_err());
}

#[tokio::test]
async fn a_hook_that_panics_keeps_nobody_in() {
    let (server, mut reports) = start().await;
    let mut socket = in_the_hall(&server).await;
    socket.send(r#"421["panic at the end"]"#).await;
    socket.expect_text("431[]").await;
    drop(socket);
    let panic = |hook| format!("event `{hook}` of namespace `/`: the handler panicked: a panic that this test wants");
    heard(
        &mut reports,
        &[
            "going, listener: transport close, connected true, 2 rooms, 1 in the hall",
            &panic("disconnecting"),
            "going: transport close, connected true, 2 rooms, 1 in the hall",
            "gone, listener: transport close, connected false, 2 rooms, 0 in the hall",
            &panic("disconnect"),
            "gone: transport close, connected false, 2 rooms, 0 in the hall",
        ],
    )
    .await;
    server.empty().await;
}

/// State that this test's server does not have.
struct Missing;

struct Lacking;

#[namespace("/")]
impl Lacking {
    #[on_disconnecting]
    fn going(&self, _: State<Missing>) {}

    #[on_disconnect]
    fn gone(&self, _: State<Missing>) {}
}

#[tokio::test]
async fn a_hook_that_cannot_run_is_reported_by_its_name() {
    let (failed, mut failures) = unbounded_channel();
    let options = Server::new().namespace(Lacking).on_error(move |error| drop(failed.send(error.event.clone())));
    let server = TestServer::start(options).await;
    WebSocket::joined(&server).await.send("41").await;
    heard(&mut failures, &["disconnecting", "disconnect"]).await;
}
