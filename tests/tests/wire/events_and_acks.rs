//! Events, their order, and their acknowledgements.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use switchboard::prelude::*;
use switchboard_tests::{Polling, TestServer, WebSocket};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[event("news")]
struct News(String);

#[payload]
struct Refusal {
    code: u32,
}

struct Office {
    reports: UnboundedSender<String>,
    gate: Arc<Notify>,
}

#[namespace("/", emits(News))]
impl Office {
    #[on("sum")]
    async fn sum(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    #[on("nothing")]
    async fn nothing(&self) {}

    #[on("echo")]
    async fn echo(&self, value: Value) -> Value {
        value
    }

    #[on("text")]
    async fn text(&self, text: String) -> String {
        text
    }

    #[on("optional")]
    async fn optional(&self, first: String, second: Option<u32>) -> (String, Option<u32>) {
        (first, second)
    }

    #[on("refuse")]
    async fn refuse(&self) -> Result<u32, Refusal> {
        Err(Refusal { code: 7 })
    }

    #[on("panic")]
    async fn panic(&self) {
        panic!("a secret (a panic that this test wants)");
    }

    /// Waits for the gate, then reports to the test.
    #[on("wait")]
    async fn wait(&self, name: String) {
        self.gate.notified().await;
        drop(self.reports.send(name));
    }

    #[on("tell")]
    async fn tell(&self, name: String) {
        drop(self.reports.send(name));
    }

    #[on("tell everybody else")]
    async fn tell_others(&self, socket: &Socket<Self>, text: String) {
        drop(socket.broadcast().emit(News(text)));
    }

    #[on("burst")]
    async fn burst(&self, socket: &Socket<Self>, count: u32) {
        for number in 0..count {
            drop(socket.emit(News(number.to_string())));
        }
    }

    /// Emits three volatile events at once, then a normal one.
    #[on("volatile")]
    async fn volatile(&self, socket: &Socket<Self>) {
        for number in 0..3 {
            drop(socket.volatile().emit(News(number.to_string())));
        }
        drop(socket.emit(News("lasting".to_owned())));
        drop(socket.volatile().emit(News("behind".to_owned())));
    }

    #[on("wait beside", concurrent)]
    async fn wait_beside(&self, name: String) {
        self.wait(name).await;
    }

    #[on_disconnect]
    async fn left(&self) {
        drop(self.reports.send("left".to_owned()));
    }
}

struct Fixture {
    server: TestServer,
    reports: UnboundedReceiver<String>,
    gate: Arc<Notify>,
    failures: Arc<Mutex<Vec<String>>>,
}

impl Fixture {
    async fn start() -> Self {
        let (sender, reports) = unbounded_channel();
        let gate = Arc::new(Notify::new());
        let failures = Arc::new(Mutex::new(Vec::new()));
        let journal = Arc::clone(&failures);
        let options = Server::new()
            .namespace(Office { reports: sender, gate: Arc::clone(&gate) })
            .on_error(move |error| journal.lock().expect("the journal").push(error.to_string()));
        Self { server: TestServer::start(options).await, reports, gate, failures }
    }

    async fn expect(&mut self, report: &str) {
        let next = switchboard_tests::endpoint::within("a report", self.reports.recv()).await;
        assert_eq!(next.as_deref(), Some(report));
    }
}

/// Returns the message of an error acknowledgement, which must be its only argument.
fn message_of_error(ack: &str, id: u32) -> String {
    let json = ack.strip_prefix(&format!("43{id}")).unwrap_or_else(|| panic!("not the ack of {id}: {ack}"));
    let json: Value = serde_json::from_str(json).expect("JSON");
    let [error] = json.as_array().expect("an array").as_slice() else { panic!("one argument: {ack}") };
    assert_eq!(error.as_object().expect("an object").len(), 1, "{ack}");
    let message = error["error"]["message"].as_str().unwrap_or_else(|| panic!("an error with a message: {ack}"));
    assert!(!message.is_empty());
    message.to_owned()
}

#[tokio::test]
async fn a_return_value_is_the_acknowledgement() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    for (event, ack) in [
        (r#"421["sum",2,3]"#, "431[5]"),
        (r#"420["sum",2,3]"#, "430[5]"),
        (r#"42007["sum",2,3]"#, "437[5]"),
        (r#"4218446744073709551615["sum",2,3]"#, "4318446744073709551615[5]"),
        (r#"422["nothing"]"#, "432[]"),
        (r#"423["optional","a",5]"#, r#"433[["a",5]]"#),
        (r#"424["optional","a"]"#, r#"434[["a",null]]"#),
        (r#"425["optional","a",null]"#, r#"435[["a",null]]"#),
        (r#"426["sum",2,3,"surplus",{}]"#, "436[5]"),
        (r#"427[ "sum" , 2 , 3 ] "#, "437[5]"),
        (r#"42/,8["sum",2,3]"#, "438[5]"),
        (r#"429["\u0073um",2,3]"#, "439[5]"),
    ] {
        socket.send(event).await;
        socket.expect_text(ack).await;
    }
}

#[tokio::test]
async fn without_an_id_nothing_is_answered() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    for event in [r#"42["sum",2,3]"#, r#"42["sum","x"]"#, r#"42["refuse"]"#, r#"42["unknown"]"#, r#"42["panic"]"#] {
        socket.send(event).await;
    }
    socket.send(r#"421["sum",1,1]"#).await;
    socket.expect_text("431[2]").await;
    // No acknowledgement was requested, but the server's error hook is called for the failures.
    assert!(fixture.failures.lock().expect("the journal").len() >= 3);
}

#[tokio::test]
async fn an_error_is_answered() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    socket.send(r#"421["refuse"]"#).await;
    socket.expect_text(r#"431[{"error":{"code":7}}]"#).await;
    assert_eq!(fixture.failures.lock().expect("the journal").len(), 1);
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_answered() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    for event in [
        r#"["sum"]"#,
        r#"["sum",1]"#,
        r#"["sum","1",2]"#,
        r#"["sum",1,null]"#,
        r#"["sum",1e400,2]"#,
        r#"["sum",99999999999999999999,2]"#,
        r#"["sum",[1],{}]"#,
        r#"["text",5]"#,
        r#"["text","\ud800"]"#,
        r#"["text",{"_placeholder":true,"num":0}]"#,
        r#"["optional"]"#,
    ] {
        socket.send(&format!("425{event}")).await;
        message_of_error(&socket.next_text().await, 5);
    }
    assert_eq!(fixture.failures.lock().expect("the journal").len(), 11);
}

#[tokio::test]
async fn unknown_events_are_answered() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    for name in ["unknown", "", "error", "message", "ping", "toString", "__proto__", "constructor", "hasOwnProperty"] {
        socket.send(&format!(r#"421["{name}"]"#)).await;
        message_of_error(&socket.next_text().await, 1);
    }
    socket.send("422[1,2]").await;
    message_of_error(&socket.next_text().await, 2);
}

#[tokio::test]
async fn a_panic_is_answered_and_ends_nothing() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    socket.send(r#"421["panic"]"#).await;
    let message = message_of_error(&socket.next_text().await, 1);
    assert!(!message.contains("secret"), "what a panic says is the server's business: {message}");
    socket.send(r#"422["sum",1,1]"#).await;
    socket.expect_text("432[2]").await;
    assert_eq!(fixture.failures.lock().expect("the journal").len(), 1);
}

#[tokio::test]
async fn json_of_every_kind_comes_back() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    for json in [
        "null",
        "true",
        "0",
        "-1.5",
        "1e3",
        "9007199254740993",
        r#""""#,
        r#""h€llo 😀""#,
        r#""\ud83d\ude00\u0000\n\"\\\/""#,
        r#""</script>\u2028""#,
        "[]",
        "{}",
        r#"{"3":[true]}"#,
        r#"[[[[]]]]"#,
        r#"{"_placeholder":true,"num":0}"#,
        r#"{"__proto__":{"a":1},"constructor":2}"#,
    ] {
        socket.send(&format!(r#"421["echo",{json}]"#)).await;
        let ack = socket.next_text().await;
        let ack: Value = serde_json::from_str(ack.strip_prefix("431").expect("the ack")).expect("JSON");
        let sent: Value = serde_json::from_str(json).expect("JSON");
        assert_eq!(ack, json!([sent]), "{json}");
    }
}

#[tokio::test]
async fn an_acknowledgement_is_answered_for_each_use_of_an_id() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    socket.send(r#"421["sum",1,1]"#).await;
    socket.send(r#"421["sum",1,2]"#).await;
    socket.expect_text("431[2]").await;
    socket.expect_text("431[3]").await;
}

#[tokio::test]
async fn events_are_handled_one_at_a_time_in_order() {
    let mut fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    socket.send(r#"42["wait","first"]"#).await;
    socket.send(r#"42["tell","second"]"#).await;
    socket.send(r#"42["tell","third"]"#).await;
    // Another socket does not have to wait.
    let mut other = WebSocket::joined(&fixture.server).await;
    other.send(r#"42["tell","other"]"#).await;
    fixture.expect("other").await;
    fixture.gate.notify_one();
    fixture.expect("first").await;
    fixture.expect("second").await;
    fixture.expect("third").await;
}

#[tokio::test]
async fn concurrent_events_wait_for_nobody() {
    let mut fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    socket.send(r#"42["wait beside","first"]"#).await;
    socket.send(r#"42["tell","second"]"#).await;
    fixture.expect("second").await;
    fixture.gate.notify_one();
    fixture.expect("first").await;
}

#[tokio::test]
async fn volatile_events_are_dropped_unless_the_transport_is_ready() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    socket.send(r#"421["volatile"]"#).await;
    for expected in [r#"42["news","0"]"#, r#"42["news","lasting"]"#, "431[]"] {
        socket.expect_text(expected).await;
    }

    // A session with a waiting poll can send at once.
    let mut polling = Polling::joined(&fixture.server).await;
    let mut waiting = polling.wait().await;
    polling.post(r#"421["volatile"]"#).await;
    let first = waiting.response().await.expect("the poll's answer");
    let mut packets = first.text().to_owned();
    while !packets.ends_with("431[]") {
        packets = format!("{packets}\u{1e}{}", polling.next_packet().await);
    }
    assert_eq!(packets, "42[\"news\",\"0\"]\u{1e}42[\"news\",\"lasting\"]\u{1e}431[]");

    // A session without a waiting poll cannot.
    polling.post(r#"421["volatile"]"#).await;
    assert_eq!(polling.next_packet().await, r#"42["news","lasting"]"#);
    assert_eq!(polling.next_packet().await, "431[]");
}

#[tokio::test]
async fn events_that_arrived_before_a_disconnect_are_dropped_or_handled_before_it() {
    let mut fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    socket.send(r#"42["tell","before"]"#).await;
    socket.send("41").await;
    fixture.expect("before").await;
    fixture.expect("left").await;
}

#[tokio::test]
async fn others_hear_a_broadcast_and_the_sender_does_not() {
    let fixture = Fixture::start().await;
    let mut sender = WebSocket::joined(&fixture.server).await;
    let mut over_websocket = WebSocket::joined(&fixture.server).await;
    let mut over_polling = Polling::joined(&fixture.server).await;
    sender.send(r#"421["tell everybody else","hello"]"#).await;
    sender.expect_text("431[]").await;
    over_websocket.expect_text(r#"42["news","hello"]"#).await;
    assert_eq!(over_polling.get().await, r#"42["news","hello"]"#);
}

#[tokio::test]
async fn bursts_arrive_whole_and_in_order() {
    let fixture = Fixture::start().await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    socket.send(r#"421["burst",2000]"#).await;
    for number in 0..2000 {
        socket.expect_text(&format!(r#"42["news","{number}"]"#)).await;
    }
    socket.expect_text("431[]").await;

    let mut polling = Polling::joined(&fixture.server).await;
    polling.post(r#"421["burst",500]"#).await;
    for number in 0..500 {
        assert_eq!(polling.next_packet().await, format!(r#"42["news","{number}"]"#));
    }
    assert_eq!(polling.next_packet().await, "431[]");
}
