//! Draining a server: clients are disconnected in batches, work in progress is finished, and new clients are refused.

use std::sync::Arc;
use std::time::Duration;

use switchboard::prelude::*;
use switchboard::{Drain, Handle, ShutdownReport};
use switchboard_tests::endpoint::within;
use switchboard_tests::{Connection, Polling, Received, Request, TestServer, WebSocket};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// Longer than any test.
const HOUR: Duration = Duration::from_secs(3600);

#[event("question", ack = String)]
struct Question;

/// A namespace with handlers that run until the test ends them. Reports the reasons of disconnects.
struct Works {
    begun: Arc<Notify>,
    done: Arc<Notify>,
    left: UnboundedSender<DisconnectReason>,
}

#[namespace("/", emits(Question))]
impl Works {
    #[on("echo")]
    fn echo(&self, text: String) -> String {
        text
    }

    #[on("work")]
    async fn work(&self) -> &'static str {
        self.begun.notify_one();
        self.done.notified().await;
        "done"
    }

    #[on("work beside", concurrent)]
    async fn work_beside(&self) -> &'static str {
        self.work().await
    }

    #[on("work together")]
    async fn work_together(&self, socket: &Socket<Self>) -> Result<String, String> {
        self.begun.notify_one();
        self.done.notified().await;
        socket.emit_with_ack(Question).await.map_err(|error| error.to_string())
    }

    #[on_disconnect]
    fn left(&self, reason: DisconnectReason) {
        self.left.send(reason).ok();
    }
}

struct Somewhere;

#[namespace(dynamic)]
impl Somewhere {}

struct Setting {
    server: TestServer,
    begun: Arc<Notify>,
    done: Arc<Notify>,
    left: UnboundedReceiver<DisconnectReason>,
}

impl Setting {
    async fn new(options: Server) -> Self {
        let (works, setting) = Self::prepared();
        setting(TestServer::start(options.namespace(works)).await)
    }

    /// Returns the namespace, and a function that creates the setting from the server.
    fn prepared() -> (Works, impl FnOnce(TestServer) -> Self) {
        let (begun, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (left, reasons) = unbounded_channel();
        let works = Works { begun: begun.clone(), done: done.clone(), left };
        (works, |server| Self { server, begun, done, left: reasons })
    }

    /// Connects a client and returns once its handler is running.
    async fn busy(&self, event: &str) -> WebSocket {
        let mut socket = WebSocket::joined(&self.server).await;
        socket.send(&format!(r#"427["{event}"]"#)).await;
        within("the handler begins", self.begun.notified()).await;
        socket
    }

    fn drain(&self, plan: Drain) -> JoinHandle<ShutdownReport> {
        let handle: Handle = self.server.handle().clone();
        tokio::spawn(async move { handle.drain(plan).await })
    }

    async fn expect_left(&mut self) {
        let reason = within("somebody leaves", self.left.recv()).await;
        assert_eq!(reason, Some(DisconnectReason::ServerShuttingDown));
    }
}

async fn report(draining: JoinHandle<ShutdownReport>) -> (usize, usize, usize) {
    let report = within("draining", draining).await.expect("no panic");
    (report.drained, report.cut, report.unfinished)
}

fn all_at_once() -> Drain {
    Drain::new().batch(usize::MAX).deadline(HOUR)
}

#[tokio::test]
async fn handlers_finish_and_their_answers_arrive() {
    for event in ["work", "work beside"] {
        let mut setting = Setting::new(Server::new()).await;
        let mut busy = setting.busy(event).await;
        let mut idle = WebSocket::joined(&setting.server).await;
        let draining = setting.drain(all_at_once());
        idle.expect_close(None).await;
        setting.expect_left().await;
        // Events that arrive before the socket is disconnected are handled, too.
        busy.send(r#"428["echo","one more"]"#).await;
        setting.server.settle().await;
        setting.done.notify_one();
        let (mut texts, expected) = (Vec::new(), [r#"437["done"]"#, r#"438["one more"]"#]);
        for _ in expected {
            texts.push(busy.next_text().await);
        }
        texts.sort();
        assert_eq!(texts, expected);
        busy.expect_close(None).await;
        setting.expect_left().await;
        assert_eq!(report(draining).await, (2, 0, 0));
    }
}

#[tokio::test]
async fn a_handler_may_still_ask_its_client() {
    let mut setting = Setting::new(Server::new()).await;
    let mut busy = setting.busy("work together").await;
    let draining = setting.drain(all_at_once());
    setting.done.notify_one();
    busy.expect_text(r#"420["question"]"#).await;
    busy.send(r#"430["an answer"]"#).await;
    busy.expect_text(r#"437["an answer"]"#).await;
    busy.expect_close(None).await;
    setting.expect_left().await;
    assert_eq!(report(draining).await, (1, 0, 0));
}

#[tokio::test]
async fn newcomers_are_refused_and_others_go_on() {
    let mut setting = Setting::new(Server::new()).await;
    let server = &setting.server;
    let mut polling = Polling::joined(server).await;
    polling.post(r#"427["work beside"]"#).await;
    within("the handler begins", setting.begun.notified()).await;
    let draining = setting.drain(all_at_once());
    server.settle().await;
    let open = Request::get(server.target("transport=polling"));
    let answer = Connection::open(server).await.request(&open).await;
    assert_eq!(answer.answer(), (503, r#"{"code":4,"message":"server shutting down"}"#));
    let upgrade = Request::upgrade(server.target("transport=websocket"));
    assert_eq!(Connection::open(server).await.request(&upgrade).await.answer(), (503, "server shutting down"));
    // A session that is not closed yet accepts requests on new connections, and upgrades.
    polling.post(r#"428["echo","by POST"]"#).await;
    assert_eq!(polling.get().await, r#"438["by POST"]"#);
    let mut socket = WebSocket::beside(server, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.send(r#"429["echo","by WebSocket"]"#).await;
    socket.expect_text(r#"439["by WebSocket"]"#).await;
    setting.done.notify_one();
    socket.expect_text(r#"437["done"]"#).await;
    socket.expect_close(None).await;
    setting.expect_left().await;
    assert_eq!(report(draining).await, (1, 0, 0));
}

#[tokio::test]
async fn a_batch_at_a_time() {
    let mut setting = Setting::new(Server::new()).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(WebSocket::joined(&setting.server).await);
    }
    let draining = setting.drain(Drain::new().batch(2).every(HOUR).deadline(10 * HOUR));
    setting.expect_left().await;
    setting.expect_left().await;
    assert_eq!(setting.server.handle().client_count(), 3);
    let mut served = 0;
    for client in &mut clients {
        // Clients whose sessions are being closed do not get a reply, only the close frame.
        client.send(r#"421["echo","still here"]"#).await;
        match client.next().await {
            Received::Text(text) => {
                assert_eq!(text, r#"431["still here"]"#);
                served += 1;
            }
            end => assert_eq!(end, Received::Close(None)),
        }
    }
    assert_eq!(served, 3);
    draining.abort();
}

#[tokio::test]
async fn those_who_poll_are_told_by_their_poll() {
    let mut setting = Setting::new(Server::new()).await;
    let (waits, mut pauses) = (Polling::joined(&setting.server).await, Polling::joined(&setting.server).await);
    let mut poll = waits.wait().await;
    let draining = setting.drain(all_at_once());
    assert_eq!(poll.response().await.expect("an answer").answer(), (200, "1"));
    setting.expect_left().await;
    // The other client learns it from its next poll.
    assert_eq!(pauses.get().await, "6\u{1e}1");
    setting.expect_left().await;
    assert_eq!(report(draining).await, (2, 0, 0));
}

#[tokio::test]
async fn a_post_under_way_is_handled() {
    let mut setting = Setting::new(Server::new()).await;
    let mut polling = Polling::joined(&setting.server).await;
    let body = r#"421["echo","in two pieces"]"#;
    let mut post = Connection::open(&setting.server).await;
    let request = Request::post(polling.target(), body).header("Expect", "100-continue");
    post.send(request.head()).await;
    assert_eq!(post.response().await.expect("an interim answer").status, 100);
    let draining = setting.drain(all_at_once());
    setting.server.settle().await;
    post.send(body).await;
    assert_eq!(post.response().await.expect("an answer").answer(), (200, "ok"));
    assert_eq!(polling.next_packet().await, r#"431["in two pieces"]"#);
    assert_eq!(polling.next_packet().await, "1");
    setting.expect_left().await;
    assert_eq!(report(draining).await, (1, 0, 0));
}

#[tokio::test]
async fn a_search_for_a_namespace_comes_to_its_end() {
    let (begun, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let waits = {
        let (begun, done) = (begun.clone(), done.clone());
        move |_| {
            let (begun, done) = (begun.clone(), done.clone());
            async move {
                begun.notify_one();
                done.notified().await;
                true
            }
        }
    };
    let setting = Setting::new(Server::new().namespace_where(waits, Somewhere)).await;
    let mut socket = WebSocket::open(&setting.server).await;
    socket.send("40/somewhere,").await;
    within("the search begins", begun.notified()).await;
    let draining = setting.drain(all_at_once());
    setting.server.settle().await;
    done.notify_one();
    assert!(socket.next_text().await.starts_with(r#"40/somewhere,{"sid":""#));
    socket.expect_close(None).await;
    assert_eq!(report(draining).await, (1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_the_rest_is_cut_off_and_counted() {
    let short = Duration::from_secs(3);
    let (works, setting) = Setting::prepared();
    let mut setting = setting(TestServer::in_memory(Server::new().shutdown_timeout(short).namespace(works)));
    let mut stuck = setting.busy("work").await;
    let mut idle = WebSocket::joined(&setting.server).await;
    let draining = setting.drain(all_at_once().deadline(short));
    idle.expect_close(None).await;
    setting.expect_left().await;
    stuck.expect_close(None).await;
    drop((stuck, idle));
    assert_eq!(report(draining).await, (1, 1, 1));
    // The handler still runs after the drain; once it returns, the disconnect hook runs.
    setting.done.notify_one();
    setting.expect_left().await;
}

#[tokio::test]
async fn close_cuts_everybody_off_and_counts_them() {
    let mut setting = Setting::new(Server::new()).await;
    let mut clients = vec![WebSocket::joined(&setting.server).await, WebSocket::joined(&setting.server).await];
    let closing = tokio::spawn({
        let handle = setting.server.handle().clone();
        async move { handle.close().await }
    });
    for client in &mut clients {
        client.expect_close(None).await;
        setting.expect_left().await;
    }
    assert_eq!(report(closing).await, (0, 2, 0));
}

#[tokio::test]
async fn serving_ends_with_a_drain() {
    let mut setting = Setting::new(Server::new().drain(all_at_once())).await;
    let mut busy = setting.busy("work").await;
    setting.server.stop();
    setting.server.settle().await;
    setting.done.notify_one();
    busy.expect_text(r#"437["done"]"#).await;
    busy.expect_close(None).await;
    setting.expect_left().await;
    let address = setting.server.address;
    drop(busy);
    setting.server.stopped().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn with_nobody_there_it_is_over_at_once() {
    let setting = Setting::new(Server::new()).await;
    assert_eq!(report(setting.drain(all_at_once())).await, (0, 0, 0));
}
