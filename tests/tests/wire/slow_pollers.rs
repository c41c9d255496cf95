//! Limits for clients that poll without reading the response, and for clients that post without polling.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{Connection, Polling, Request, TestServer, WebSocket};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

const PIECE: usize = 64 * 1024;

#[event("data")]
struct Data(String);

struct Pump {
    reports: UnboundedSender<String>,
}

#[namespace("/", emits(Data))]
impl Pump {
    #[on("flood")]
    fn flood(&self, socket: &Socket<Self>, pieces: usize) -> bool {
        let data = "x".repeat(PIECE);
        (0..pieces).all(|_| socket.emit(Data(data.clone())).is_ok())
    }

    #[on("echo")]
    fn echo(&self, number: usize, padding: String) -> (usize, String) {
        drop(self.reports.send(number.to_string()));
        (number, padding)
    }

    #[on_disconnect]
    async fn left(&self, reason: DisconnectReason) {
        drop(self.reports.send(format!("disconnected: {reason}")));
    }
}

type Reports = UnboundedReceiver<String>;

fn pump(options: Server) -> (Server, Reports) {
    let (reports, receiver) = unbounded_channel();
    (options.namespace(Pump { reports }), receiver)
}

/// Starts a server in memory, for a paused clock.
fn in_memory(options: Server) -> (TestServer, Reports) {
    let (server, reports) = pump(options);
    (TestServer::in_memory(server), reports)
}

async fn expect(reports: &mut Reports, report: &str) {
    assert_eq!(reports.recv().await.as_deref(), Some(report));
}

/// Polls on a connection of its own, and reads only the status line.
async fn poll_unread(server: &TestServer, polling: &Polling) -> Connection {
    let mut connection = Connection::open(server).await;
    connection.send(Request::get(polling.target()).to_bytes()).await;
    assert_eq!(connection.line().await.as_deref(), Some("HTTP/1.1 200 OK"));
    connection
}

fn quiet() -> Server {
    Server::new().ping_interval(Duration::from_secs(3600))
}

#[tokio::test(start_paused = true)]
async fn a_poll_while_the_previous_answer_is_unread_ends_the_session() {
    let (server, mut reports) = in_memory(quiet());
    let mut polling = Polling::joined(&server).await;
    polling.post(r#"42["flood",64]"#).await;
    let mut unread = poll_unread(&server, &polling).await;
    assert_eq!(polling.try_get().await.answer(), (400, ""));
    expect(&mut reports, "disconnected: transport error").await;
    polling.expect_gone().await;
    // The session has dropped the rest, so only the bytes that the connection had buffered arrive.
    assert!(unread.rest().await.len() < 16 * PIECE);
}

#[tokio::test(start_paused = true)]
async fn a_third_poll_does_not_wait() {
    let (server, mut reports) = in_memory(quiet());
    let mut polling = Polling::joined(&server).await;
    polling.post(r#"42["flood",64]"#).await;
    let _unread = poll_unread(&server, &polling).await;
    let mut waiting = Connection::open(&server).await;
    waiting.send(Request::get(polling.target()).to_bytes()).await;
    tokio::task::yield_now().await;
    assert_eq!(polling.try_get().await.answer(), (400, ""));
    assert_eq!(waiting.response().await.expect("the second poll's answer").answer(), (200, "1"));
    expect(&mut reports, "disconnected: transport error").await;
}

#[tokio::test(start_paused = true)]
async fn an_unread_answer_counts_towards_the_queue() {
    let (server, mut reports) = in_memory(quiet().queue_limits(1 << 20, 1000));
    let mut polling = Polling::joined(&server).await;
    polling.post(r#"42["flood",12]"#).await;
    let mut unread = poll_unread(&server, &polling).await;
    let everyone = server.handle().namespace::<Pump>();
    for _ in 0..12 {
        drop(everyone.emit(Data("x".repeat(PIECE))));
    }
    expect(&mut reports, "disconnected: slow reader").await;
    polling.expect_gone().await;
    assert!(unread.rest().await.len() < 12 * PIECE);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_its_answer_unread_gets_its_ping_timeout() {
    let times = Server::new().ping_interval(Duration::from_secs(2)).ping_timeout(Duration::from_secs(3));
    let (server, mut reports) = in_memory(times);
    let mut polling = Polling::joined(&server).await;
    polling.post(r#"42["flood",64]"#).await;
    let mut unread = poll_unread(&server, &polling).await;
    expect(&mut reports, "disconnected: ping timeout").await;
    polling.expect_gone().await;
    assert!(unread.rest().await.len() < 16 * PIECE);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_in_an_answer_ends_the_session() {
    let (server, mut reports) = in_memory(quiet());
    let mut polling = Polling::joined(&server).await;
    polling.post(r#"42["flood",64]"#).await;
    drop(poll_unread(&server, &polling).await);
    expect(&mut reports, "disconnected: transport error").await;
    polling.expect_gone().await;
}

/// With a new connection per poll, the next poll may arrive before the server has noticed that the response was
/// delivered.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_read_their_answers_never_overlap() {
    let (server, _reports) = pump(quiet());
    let server = TestServer::start(server).await;
    let mut clients = JoinSet::new();
    for pieces in [1, 1, 4, 16] {
        let mut polling = Polling::joined(&server).await;
        let endpoint = server.clone();
        clients.spawn(async move {
            for _ in 0..50 {
                polling.post(&format!(r#"42["flood",{pieces}]"#)).await;
                let mut received = 0;
                while received < pieces {
                    let mut connection = Connection::open(&endpoint).await;
                    let answer = connection.request(&Request::get(polling.target())).await;
                    assert_eq!(answer.status, 200);
                    received += answer.text().split('\u{1e}').filter(|packet| packet.len() > PIECE).count();
                }
            }
        });
    }
    clients.join_all().await;
}

const EVENTS: usize = 14;

/// Events whose acknowledgements exceed the high-water mark.
fn echoes() -> String {
    let padding = "x".repeat(PIECE);
    let events: Vec<_> = (0..EVENTS).map(|number| format!(r#"42{number}["echo",{number},"{padding}"]"#)).collect();
    events.join("\u{1e}")
}

fn is_answer(packet: &str, number: usize) -> bool {
    packet.starts_with(&format!(r#"43{number}[{number},"x"#))
        || packet.starts_with(&format!(r#"43{number}[[{number},"x"#))
}

#[tokio::test(start_paused = true)]
async fn a_client_that_posts_and_never_polls_is_held_back() {
    let times = Server::new().ping_interval(Duration::from_secs(2)).ping_timeout(Duration::from_secs(3));
    let (server, mut reports) = in_memory(times);
    let mut polling = Polling::joined(&server).await;
    assert_eq!(polling.try_post(echoes()).await.answer(), (200, "ok"));
    let mut handled = 0;
    while let Some(report) = reports.recv().await
        && report != "disconnected: ping timeout"
    {
        assert_eq!(report, handled.to_string());
        handled += 1;
    }
    // 256 KiB hold four acknowledgements.
    assert!((4..=5).contains(&handled), "{handled} events were handled, and no answer was read");
}

#[tokio::test(start_paused = true)]
async fn a_held_post_goes_on_when_its_client_polls() {
    let (server, _reports) = in_memory(quiet());
    let mut polling = Polling::joined(&server).await;
    let mut post = Connection::open(&server).await;
    post.send(Request::post(polling.target(), echoes()).to_bytes()).await;
    for number in 0..EVENTS {
        let packet = polling.next_packet().await;
        assert!(is_answer(&packet, number), "{number}: {}", &packet[..40]);
    }
    assert_eq!(post.response().await.expect("an answer").answer(), (200, "ok"));
}

/// An upgrading client stops polling, and completes the upgrade only after its POST is answered.
#[tokio::test(start_paused = true)]
async fn a_held_post_is_answered_while_its_client_upgrades() {
    for held_first in [false, true] {
        let (server, _reports) = in_memory(quiet());
        let polling = Polling::joined(&server).await;
        let mut post = Connection::open(&server).await;
        if held_first {
            post.send(Request::post(polling.target(), echoes()).to_bytes()).await;
        }
        let mut socket = WebSocket::beside(&server, &polling.sid).await;
        socket.send("2probe").await;
        socket.expect_text("3probe").await;
        if !held_first {
            post.send(Request::post(polling.target(), echoes()).to_bytes()).await;
        }
        assert_eq!(post.response().await.expect("an answer").answer(), (200, "ok"));
        // Another POST waits behind the first.
        let last = format!(r#"42{EVENTS}["echo",{EVENTS},"x"]"#);
        post.send(Request::post(polling.target(), last).to_bytes()).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        socket.send("5").await;
        for number in 0..=EVENTS {
            let packet = socket.next_text().await;
            assert!(is_answer(&packet, number), "{number}: {}", &packet[..packet.len().min(40)]);
        }
        assert_eq!(post.response().await.expect("an answer").answer(), (200, "ok"));
    }
}
