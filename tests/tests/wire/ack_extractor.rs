//! `Ack`: handlers that acknowledge before they return, or pass the `Ack` on.

use std::sync::{Arc, Mutex};

use switchboard::prelude::*;
use switchboard::{AnswerError, HandlerErrorKind};
use switchboard_tests::endpoint::within;
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[event("order", ack = String)]
struct Order {
    dish: String,
}

#[payload]
struct Refusal {
    code: u32,
}

/// An acknowledgement of two values.
#[payload]
struct Pair(u32, bool);

struct Kitchen {
    gate: Arc<Notify>,
    kept: Arc<Mutex<Option<Ack<u32>>>>,
    reports: UnboundedSender<String>,
}

impl Kitchen {
    fn report(&self, report: bool) {
        drop(self.reports.send(report.to_string()));
    }
}

#[namespace("/")]
impl Kitchen {
    #[on("before the end")]
    async fn before(&self, n: u32, ack: Ack<u32>) {
        ack.send(n + 1).expect("the client is there");
        self.gate.notified().await;
    }

    #[on("by a task")]
    fn by_a_task(&self, ack: Ack<Pair>) {
        let gate = Arc::clone(&self.gate);
        tokio::spawn(async move {
            gate.notified().await;
            ack.send(Pair(7, true)).expect("the client is there");
        });
    }

    #[on(Order)]
    async fn order(&self, order: Order, ack: Ack<String>) -> Result<(), Refusal> {
        if order.dish.is_empty() {
            return Err(Refusal { code: 4 });
        }
        self.report(ack.is_wanted());
        ack.send(order.dish).map_err(|_| Refusal { code: 5 })
    }

    #[on("nothing")]
    fn nothing(&self, ack: Ack<()>) {
        drop(ack.send(()));
    }

    #[on("fail")]
    fn fail(&self, ack: Ack<()>) {
        drop(ack.fail(Refusal { code: 1 }));
    }

    #[on("answer, then fail")]
    fn answer_then_fail(&self, ack: Ack<u32>) -> Result<(), Refusal> {
        drop(ack.send(1));
        Err(Refusal { code: 2 })
    }

    #[on("answer, then panic")]
    fn answer_then_panic(&self, ack: Ack<u32>) {
        drop(ack.send(1));
        panic!("a panic that this test wants");
    }

    #[on("panic")]
    fn panic(&self, _ack: Ack<u32>) {
        panic!("a panic that this test wants");
    }

    #[on("keep, then fail")]
    fn keep_then_fail(&self, ack: Ack<u32>) -> Result<(), Refusal> {
        *self.kept.lock().expect("no panic") = Some(ack);
        Err(Refusal { code: 3 })
    }

    #[on("keep, then panic")]
    fn keep_then_panic(&self, ack: Ack<u32>) {
        *self.kept.lock().expect("no panic") = Some(ack);
        panic!("a panic that this test wants");
    }

    #[on("keep")]
    fn keep(&self, ack: Ack<u32>) {
        *self.kept.lock().expect("no panic") = Some(ack);
    }

    #[on("drop")]
    fn drop(&self, _ack: Ack<u32>) {}

    #[on("arguments behind it")]
    fn arguments(&self, ack: Ack<u32>, n: u32) {
        drop(ack.send(n));
    }

    #[on("unwritable")]
    fn unwritable(&self, ack: Ack<std::collections::BTreeMap<(u8, u8), u8>>) {
        let answer = ack.send([((1, 2), 3)].into());
        self.report(matches!(answer, Err(AnswerError::Unwritable { .. })));
    }

    #[on("ping")]
    fn ping(&self) {}
}

struct Fixture {
    server: TestServer,
    gate: Arc<Notify>,
    kept: Arc<Mutex<Option<Ack<u32>>>>,
    reports: UnboundedReceiver<String>,
}

impl Fixture {
    async fn start() -> (Self, WebSocket) {
        let (reports, heard) = unbounded_channel();
        let (gate, kept) = (Arc::<Notify>::default(), Arc::default());
        let errors = reports.clone();
        let kitchen = Kitchen { gate: Arc::clone(&gate), kept: Arc::clone(&kept), reports };
        let options = Server::new().namespace(kitchen).on_error(move |error| {
            let unanswered = matches!(error.kind, HandlerErrorKind::Unanswered);
            drop(errors.send(if unanswered { format!("unanswered: {}", error.event) } else { error.kind.to_string() }));
        });
        let server = TestServer::start(options).await;
        let socket = WebSocket::joined(&server).await;
        (Self { server, gate, kept, reports: heard }, socket)
    }

    fn take(&self) -> Ack<u32> {
        self.kept.lock().expect("no panic").take().expect("an ack was kept")
    }

    async fn expect(&mut self, report: &str) {
        assert_eq!(within("a report", self.reports.recv()).await.as_deref(), Some(report));
    }
}

#[tokio::test]
async fn an_answer_before_the_handler_ends() {
    let (fixture, mut socket) = Fixture::start().await;
    socket.send(r#"421["before the end",5]"#).await;
    socket.expect_text("431[6]").await;
    // The handler is still running: the next event waits.
    socket.send(r#"422["ping"]"#).await;
    fixture.gate.notify_one();
    socket.expect_text("432[]").await;
}

#[tokio::test]
async fn an_answer_by_another_task_while_later_events_are_handled() {
    let (fixture, mut socket) = Fixture::start().await;
    socket.send(r#"421["by a task"]"#).await;
    socket.send(r#"422["ping"]"#).await;
    socket.expect_text("432[]").await;
    fixture.gate.notify_one();
    socket.expect_text("431[7,true]").await;
}

#[tokio::test]
async fn an_event_of_a_type() {
    let (mut fixture, mut socket) = Fixture::start().await;
    socket.send(r#"421["order",{"dish":"soup"}]"#).await;
    socket.expect_text(r#"431["soup"]"#).await;
    fixture.expect("true").await;
    // The client did not request an acknowledgement: the answer is discarded without an error.
    socket.send(r#"42["order",{"dish":"soup"}]"#).await;
    fixture.expect("false").await;
    socket.send(r#"422["order",{"dish":""}]"#).await;
    socket.expect_text(r#"432[{"error":{"code":4}}]"#).await;
    fixture.expect(r#"{"code":4}"#).await;
    socket.send(r#"423["nothing"]"#).await;
    socket.expect_text("433[]").await;
    socket.send(r#"424["fail"]"#).await;
    socket.expect_text(r#"434[{"error":{"code":1}}]"#).await;
}

#[tokio::test]
async fn the_client_gets_one_answer_whatever_fails_afterwards() {
    let (mut fixture, mut socket) = Fixture::start().await;
    socket.send(r#"421["answer, then fail"]"#).await;
    socket.expect_text("431[1]").await;
    fixture.expect(r#"{"code":2}"#).await;
    socket.send(r#"422["answer, then panic"]"#).await;
    socket.expect_text("432[1]").await;
    fixture.expect("the handler panicked: a panic that this test wants").await;
    socket.send(r#"423["panic"]"#).await;
    socket.expect_text(r#"433[{"error":{"message":"internal error"}}]"#).await;
    fixture.expect("the handler panicked: a panic that this test wants").await;
    socket.send(r#"424["keep, then fail"]"#).await;
    socket.expect_text(r#"434[{"error":{"code":3}}]"#).await;
    fixture.take().send(9).expect("too late is no error");
    fixture.expect(r#"{"code":3}"#).await;
    socket.send(r#"425["ping"]"#).await;
    socket.expect_text("435[]").await;
}

#[tokio::test]
async fn a_panic_leaves_the_answer_to_whoever_has_it() {
    let (mut fixture, mut socket) = Fixture::start().await;
    socket.send(r#"421["keep, then panic"]"#).await;
    fixture.expect("the handler panicked: a panic that this test wants").await;
    fixture.take().send(9).expect("the client is there");
    socket.expect_text("431[9]").await;
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_answered_all_the_same() {
    let (mut fixture, mut socket) = Fixture::start().await;
    socket.send(r#"421["arguments behind it"]"#).await;
    socket.expect_text(r#"431[{"error":{"message":"argument 1 is missing"}}]"#).await;
    fixture.expect("argument 1 is missing").await;
    socket.send(r#"422["unwritable"]"#).await;
    socket.expect_text(r#"432[{"error":{"message":"the server's answer cannot be written"}}]"#).await;
    fixture.expect("true").await;
}

#[tokio::test]
async fn one_that_is_dropped_unanswered_is_reported() {
    let (mut fixture, mut socket) = Fixture::start().await;
    socket.send(r#"421["drop"]"#).await;
    fixture.expect("unanswered: drop").await;
    socket.send(r#"422["keep"]"#).await;
    socket.send(r#"423["ping"]"#).await;
    socket.expect_text("433[]").await;
    drop(fixture.take());
    fixture.expect("unanswered: keep").await;
    // The client does not request an acknowledgement of these.
    socket.send(r#"42["drop"]"#).await;
    socket.send(r#"425["keep"]"#).await;
    socket.send(r#"426["ping"]"#).await;
    socket.expect_text("436[]").await;
    let kept = fixture.take();
    drop(socket);
    fixture.server.empty().await;
    assert!(kept.is_wanted());
    assert!(matches!(kept.send(1), Err(AnswerError::Disconnected { event }) if event == "keep"));
    assert!(fixture.reports.try_recv().is_err());
}
