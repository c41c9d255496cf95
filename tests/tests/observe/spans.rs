//! Spans: a handler's log lines are inside the spans of its event, socket and connection, and contain no secrets.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard::{ConnectionErrorKind, Recovery};
use switchboard_tests::{Connection, Polling, Received, Request, TestServer, WebSocket};
use tracing::info;

use crate::capture::Capture;

#[event("ready?", ack = String)]
struct Ready(String);

#[payload]
struct Ticket {
    ticket: String,
}

async fn with_ticket(socket: &Socket<Desk>, Auth(Ticket { ticket }): Auth<Ticket>) -> Result<(), ConnectError> {
    info!("in a guard of {}", socket.id());
    if ticket.starts_with("valid") { Ok(()) } else { Err(ConnectError::new("no ticket")) }
}

async fn logged(event: EventContext<Desk>, next: impl Next<Desk>) -> Reply {
    info!("in a middleware");
    next.run(event).await
}

struct Desk;

#[namespace("/desk", emits(Ready), guard(with_ticket))]
impl Desk {
    #[on_connect]
    async fn come(&self) -> Result<(), ConnectError> {
        tokio::task::yield_now().await;
        info!("in on_connect");
        Ok(())
    }

    #[on("work", middleware(logged))]
    async fn work(&self, text: String) -> usize {
        info!("before an await");
        tokio::task::yield_now().await;
        info!("after an await");
        text.len()
    }

    #[on("beside", concurrent)]
    async fn beside(&self, _text: String) {
        tokio::task::yield_now().await;
        info!("beside others");
    }

    #[on("divide")]
    fn divide(&self, divisor: u32) -> Result<u32, EventError> {
        let divisor = std::num::NonZeroU32::try_from(divisor)?;
        Ok(1 / divisor)
    }

    #[on("fail")]
    async fn fail(&self, text: String) -> Result<(), String> {
        Err(text)
    }

    #[on("forget")]
    async fn forget(&self, ack: Ack<u8>) {
        drop(ack);
    }

    #[on("panic")]
    async fn panic(&self) {
        panic!("a panic that this test wants");
    }

    #[on("panic with")]
    fn panic_with(&self, text: String) {
        panic!("{text}");
    }

    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>, text: String) -> bool {
        socket.emit_with_ack(Ready(text)).await.is_ok()
    }

    #[on("ask in vain")]
    async fn ask_in_vain(&self, socket: &Socket<Self>, text: String) -> bool {
        socket.timeout(Duration::from_millis(1)).emit_with_ack(Ready(text)).await.is_err()
    }

    #[on("ask all")]
    async fn ask_all(&self, socket: &Socket<Self>, text: String) -> bool {
        socket.namespace().broadcast().emit_with_ack(Ready(text)).await.is_ok_and(|answers| answers.is_complete())
    }

    #[on_disconnect]
    async fn go(&self) {
        tokio::task::yield_now().await;
        info!("in on_disconnect");
    }
}

/// Connects a client to the namespace, and returns it with its socket's id.
async fn client(server: &TestServer) -> (WebSocket, String) {
    let mut client = WebSocket::open(server).await;
    client.send(r#"40/desk,{"ticket":"valid-c0ffee"}"#).await;
    let reply = client.next_text().await;
    let id = reply.strip_prefix(r#"40/desk,{"sid":""#).and_then(|rest| rest.strip_suffix(r#""}"#));
    let id = id.unwrap_or_else(|| panic!("not let in: {reply}")).to_owned();
    (client, id)
}

async fn server() -> TestServer {
    TestServer::start(Server::new().namespace(Desk)).await
}

#[tokio::test]
async fn what_a_handler_logs_is_within_its_event() {
    let capture = Capture::begin();
    let server = server().await;
    let (mut client, id) = client(&server).await;
    client.send(r#"42/desk,7["work","four"]"#).await;
    client.expect_text("43/desk,7[4]").await;
    for message in ["in a middleware", "before an await", "after an await"] {
        let line = capture.line(message);
        assert_eq!(line.names(), ["connection", "namespace", "event"]);
        let connection = line.span("connection");
        assert_eq!(connection.get("transport"), Some("websocket"));
        assert!(connection.get("remote").is_some_and(|remote| remote.starts_with("127.0.0.1:")), "{connection:?}");
        assert!(connection.get("connection").is_some_and(|number| number.parse::<u64>().is_ok()), "{connection:?}");
        let namespace = line.span("namespace");
        assert_eq!((namespace.get("namespace"), namespace.get("socket")), (Some("/desk"), Some(&*id)));
        let event = line.span("event");
        assert_eq!((event.get("event"), event.get("ack"), event.get("outcome")), (Some("work"), Some("true"), None));
    }
    let ended = capture.ended("event");
    let work = ended.iter().find(|event| event.get("event") == Some("work")).expect("it has ended");
    assert_eq!(work.get("outcome"), Some("handled"));
}

#[tokio::test]
async fn a_concurrent_handler_has_its_event_too() {
    let capture = Capture::begin();
    let server = server().await;
    let (mut client, id) = client(&server).await;
    client.send(r#"42/desk,7["beside","x"]"#).await;
    client.expect_text("43/desk,7[]").await;
    let line = capture.line("beside others");
    assert_eq!(line.names(), ["connection", "namespace", "event"]);
    assert_eq!(line.span("namespace").get("socket"), Some(&*id));
    assert_eq!(line.span("event").get("event"), Some("beside"));
}

#[tokio::test]
async fn hooks_and_guards_are_events_by_their_names() {
    let capture = Capture::begin();
    let server = server().await;
    let (mut client, id) = client(&server).await;
    client.send("41/desk").await;
    client.send(r#"40/desk,{"ticket":"valid too"}"#).await;
    client.next_text().await;
    let guard = &format!("in a guard of {id}");
    for (message, hook) in [(&**guard, "connect"), ("in on_disconnect", "disconnect")] {
        let line = capture.line(message);
        assert_eq!(line.names(), ["connection", "namespace", "event"]);
        assert_eq!(line.span("namespace").get("socket"), Some(&*id));
        assert_eq!(line.span("event").get("event"), Some(hook));
    }
    let hooks = capture.lines("in on_connect");
    assert_eq!(hooks.len(), 2);
    assert_eq!(hooks[0].span("namespace").get("socket"), Some(&*id));
    assert_eq!(hooks[0].span("event").get("event"), Some("connect"));
    assert_eq!(capture.line("socket disconnected").fields.get("reason"), Some("client namespace disconnect"));
}

#[tokio::test]
async fn an_acknowledgement_that_is_waited_for_has_a_span() {
    let capture = Capture::begin();
    let server = server().await;
    let (mut client, id) = client(&server).await;
    for (event, outcome) in [("ask", "answered"), ("ask in vain", "timeout"), ("ask all", "answered")] {
        client.send(&format!(r#"42/desk,7["{event}","?"]"#)).await;
        let question = client.next_text().await;
        let ack = question.strip_prefix("42/desk,").and_then(|rest| rest.strip_suffix(r#"["ready?","?"]"#));
        let ack = ack.unwrap_or_else(|| panic!("no question: {question}"));
        if outcome == "answered" {
            client.send(&format!(r#"43/desk,{ack}["yes"]"#)).await;
        }
        client.expect_text("43/desk,7[true]").await;
        let asked = capture.ended("ack").pop().expect("it has ended");
        assert_eq!((asked.get("event"), asked.get("outcome")), (Some("ready?"), Some(outcome)), "{event}");
        match event {
            "ask all" => assert_eq!((asked.get("namespace"), asked.get("sockets")), (Some("/desk"), Some("1"))),
            _ => assert_eq!(asked.get("socket"), Some(&*id)),
        }
    }
}

#[tokio::test]
async fn failures_are_logged_within_their_event() {
    let capture = Capture::begin();
    let server = server().await;
    let (mut client, _) = client(&server).await;
    for (packet, message, event, outcome) in [
        (r#"["fail","x"]"#, "the event failed", "fail", "failed"),
        (r#"["panic"]"#, "the handler panicked", "panic", "panicked"),
        (r#"["divide",0]"#, "the handler failed with an internal error", "divide", "internal"),
        (r#"["nobody's"]"#, "nobody handles the event", "nobody's", "unhandled"),
    ] {
        client.send(&format!("42/desk,7{packet}")).await;
        client.next_text().await;
        let line = capture.line(message);
        assert_eq!(line.names(), ["connection", "namespace", "event"]);
        let span = line.span("event");
        assert_eq!((span.get("event"), span.get("outcome")), (Some(event), Some(outcome)));
    }
}

#[tokio::test]
async fn the_address_of_the_listener_is_logged() {
    let capture = Capture::begin();
    let server = server().await;
    // By then, the server accepts connections.
    client(&server).await;
    let line = capture.line("listening");
    assert_eq!(line.fields.get("address"), Some(&*server.address.to_string()));
}

#[tokio::test]
async fn an_acknowledgement_that_is_dropped_is_logged() {
    let capture = Capture::begin();
    let server = server().await;
    let (mut client, id) = client(&server).await;
    client.send(r#"42/desk,7["forget"]"#).await;
    client.send(r#"42/desk,8["work","x"]"#).await;
    client.expect_text("43/desk,8[1]").await;
    let line = capture.line("the acknowledgement was dropped unanswered");
    let field = |name| line.fields.get(name);
    assert_eq!((field("event"), field("namespace"), field("socket")), (Some("forget"), Some("/desk"), Some(&*id)));
}

#[tokio::test]
async fn a_socket_that_cannot_come_back_is_logged() {
    let capture = Capture::begin();
    let server = TestServer::start(Server::new().namespace(Desk).recovery(Recovery::new())).await;
    let mut client = WebSocket::open(&server).await;
    client.send(r#"40/desk,{"ticket":"valid"}"#).await;
    assert!(client.next_text().await.contains("pid"));
    client.into_connection().abort();
    server.empty().await;
    server.handle().close().await;
    let line = capture.line("the socket cannot come back");
    assert_eq!((line.fields.get("namespace"), line.fields.get("reason")), (Some("/desk"), Some("ServerClosed")));
}

#[tokio::test]
async fn no_payload_and_no_session_id_is_recorded() {
    let capture = Capture::begin();
    let server = server().await;
    let (mut client, _) = client(&server).await;
    for packet in [
        r#"42/desk,1["work","c0ffee"]"#,
        r#"42/desk,2["work",["c0ffee"]]"#,
        r#"42/desk,3["work"]"#,
        r#"42/desk,4["fail","c0ffee"]"#,
        r#"42/desk,5["beside","c0ffee"]"#,
        r#"42/desk,6["nobody's","c0ffee"]"#,
    ] {
        client.send(packet).await;
        client.next_text().await;
    }
    client.send(r#"42/desk,7["ask","c0ffee"]"#).await;
    let question = client.next_text().await;
    client.send(&question.replace("42/desk", "43/desk").replace(r#""ready?","#, "")).await;
    client.expect_text("43/desk,7[true]").await;
    client.send(r#"40/nowhere,{"ticket":"c0ffee"}"#).await;
    client.next_text().await;

    let mut polling = Polling::open(&server).await;
    polling.post(r#"40/desk,{"ticket":"c0ffee"}"#).await;
    assert!(polling.next_packet().await.starts_with("44/desk,"));
    let mut upgraded = WebSocket::beside(&server, &polling.sid).await;
    upgraded.send("2probe").await;
    upgraded.expect_text("3probe").await;
    upgraded.send("5").await;
    upgraded.send(r#"42/desk,["work","c0ffee"]"#).await;
    let mut connection = Connection::open(&server).await;
    let refused = Request::get(server.target("transport=polling&sid=c0ffee"));
    assert_eq!(connection.request(&refused).await.status, 400);
    drop((client, upgraded));
    server.empty().await;

    for expected in ["upgraded to WebSocket", "request refused", "connection closed", "packet refused"] {
        assert!(!capture.lines(expected).is_empty(), "nothing says {expected:?}");
    }
    let text = capture.text();
    for secret in ["c0ffee", &polling.sid] {
        assert!(!text.contains(secret), "{secret:?} is in {text}");
    }
}

#[tokio::test]
async fn long_names_are_cut() {
    let capture = Capture::begin();
    let server = server().await;
    let (mut client, _) = client(&server).await;
    let name = "é".repeat(1000);
    client.send(&format!(r#"42/desk,1["{name}"]"#)).await;
    client.next_text().await;
    client.send(&format!("40/{name}")).await;
    assert!(matches!(client.next().await, Received::Text(_)));
    let line = capture.line("nobody handles the event");
    let cut = format!("{}…", "é".repeat(32));
    assert_eq!(line.fields.get("event"), Some(&*cut));
    assert_eq!(line.span("event").get("event"), Some(&*cut));
    assert!(!capture.text().contains(&"é".repeat(33)));
}

#[tokio::test]
async fn client_text_cannot_forge_log_lines() {
    let capture = Capture::begin();
    let server = server().await;
    let (mut client, _) = client(&server).await;
    for packet in
        [r#"1["x\n[ok] admin logged in\u001b[31m"]"#, r#"2["panic with","x\n[ok] admin logged in\u001b[31m"]"#]
    {
        client.send(&format!("42/desk,{packet}")).await;
        client.next_text().await;
    }
    client.send("40/x\n[ok]\u{1b}[31m\u{202e}").await;
    client.next_text().await;
    let request = Request::upgrade(server.target("transport=websocket"));
    let request = request.header("Origin", "https://evil.example\u{80}").header("Cookie", "session=1");
    assert_eq!(Connection::open(&server).await.request(&request).await.status, 403);

    let shown = r"x\n[ok] admin logged in\u{1b}[31m";
    let unhandled = capture.line("nobody handles the event");
    assert_eq!(unhandled.fields.get("event"), Some(shown));
    assert_eq!(unhandled.span("event").get("event"), Some(shown));
    assert_eq!(capture.line("the handler panicked").fields.get("panic"), Some(shown));
    let nowhere = capture.line("connect refused");
    assert_eq!(nowhere.fields.get("namespace"), Some(r"/x\n[ok]\u{1b}[31m\u{202e}"));
    assert!(!capture.has_control_characters());
}

#[tokio::test]
async fn a_refused_origin_is_logged_with_the_option_that_allows_it() {
    let capture = Capture::begin();
    let server = server().await;
    let request = Request::upgrade(server.target("transport=websocket"));
    let request = request.header("Origin", "https://evil.example").header("Cookie", "session=secret");
    assert_eq!(Connection::open(&server).await.request(&request).await.status, 403);
    let line =
        capture.line(&ConnectionErrorKind::ForeignOrigin { origin: String::new(), host: String::new() }.to_string());
    let message = line.fields.get("message").unwrap();
    assert!(message.contains("`Server::cors`") && message.contains("`Server::trust_forwarded_host`"), "{message}");
    let fields = (line.fields.get("origin"), line.fields.get("host"));
    assert_eq!(fields, (Some("https://evil.example"), Some("127.0.0.1")));
    assert!(!capture.text().contains("secret"));
}
