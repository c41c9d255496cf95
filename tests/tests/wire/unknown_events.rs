//! Events without a handler.

use std::sync::{Arc, Mutex};

use switchboard::{HandlerError, prelude::*};
use switchboard_tests::{TestServer, WebSocket};

struct Quiet;

#[namespace("/")]
impl Quiet {
    #[on("known")]
    fn known(&self, number: u64) -> u64 {
        number
    }
}

#[tokio::test]
async fn unknown_events_stay_unanswered_where_the_server_says_so() {
    let errors = Arc::new(Mutex::new(Vec::new()));
    let log = errors.clone();
    let hook = move |error: &HandlerError| log.lock().expect("a log").push((error.event.clone(), error.to_string()));
    let server = Server::new().namespace(Quiet).answer_unknown_events(false).on_error(hook);
    let server = TestServer::start(server).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"421["unknown",1]"#).await;
    socket.send(r#"42["unknown too"]"#).await;
    // Other failures are acknowledged.
    socket.send(r#"422["known","x"]"#).await;
    let answer = socket.next_text().await;
    assert!(answer.starts_with(r#"432[{"error":{"message":"argument 1"#), "{answer}");
    socket.send(r#"423["known",7]"#).await;
    socket.expect_text("433[7]").await;
    let errors = errors.lock().expect("a log").clone();
    assert_eq!(errors.iter().map(|(event, _)| &**event).collect::<Vec<_>>(), ["unknown", "unknown too", "known"]);
    assert_eq!(errors[0].1, "event `unknown` of namespace `/`: no handler has this name");
}

#[payload]
struct Call {
    name: String,
    count: usize,
    arguments: Vec<String>,
}

/// Counts the arguments without consuming them.
struct Count(usize);

impl<N: Namespace> FromContext<EventContext<N>> for Count {
    fn from_context(event: &mut EventContext<N>) -> Result<Self, Rejection> {
        Ok(Self(event.argument_count()))
    }
}

struct Switchboard;

#[namespace("/")]
impl Switchboard {
    #[on("sum")]
    fn sum(&self, start: i64, Rest(numbers): Rest<i64>) -> i64 {
        start + numbers.iter().sum::<i64>()
    }

    #[on("listen")]
    fn listen(&self, socket: &Socket<Self>) {
        socket.on("heard", async |ack: Ack<&'static str>| drop(ack.send("by a listener")));
        socket.on("all of it", async |first: u8, Rest(others): Rest<u8>, ack: Ack<(u8, usize)>| {
            drop(ack.send((first, others.len())));
        });
    }

    #[fallback(middleware(refuse_secrets))]
    async fn other(&self, EventName(name): EventName, count: Count, arguments: Rest<RawJson>) -> Result<Call, String> {
        if name == "fail" {
            return Err("as you wish".to_owned());
        }
        let arguments = arguments.into_iter().map(|argument| argument.as_str().to_owned()).collect();
        Ok(Call { name, count: count.0, arguments })
    }
}

async fn refuse_secrets<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    let count = event.argument_count();
    if event.name() == "secret" { event.refuse(count) } else { next.run(event).await }
}

async fn switchboard() -> (TestServer, WebSocket) {
    let server = TestServer::start(Server::new().namespace(Switchboard)).await;
    let socket = WebSocket::joined(&server).await;
    (server, socket)
}

#[tokio::test]
async fn a_fallback_takes_what_no_handler_takes() {
    let (_server, mut socket) = switchboard().await;
    for (event, answer) in [
        (r#""sum",1"#, "1"),
        (r#""sum",1,2,3"#, "6"),
        (r#""a""#, r#"{"name":"a","count":0,"arguments":[]}"#),
        (r#""a", 1 ,"b" , [ ]"#, r#"{"name":"a","count":3,"arguments":["1","\"b\"","[ ]"]}"#),
        (r#""\u0061\n",{"x":[1,2]}"#, r#"{"name":"a\n","count":1,"arguments":["{\"x\":[1,2]}"]}"#),
        (r#""fail",1"#, r#"{"error":"as you wish"}"#),
        (r#""secret",1,2"#, r#"{"error":2}"#),
        (r#""sum""#, r#"{"error":{"message":"argument 1 is missing"}}"#),
        (r#""sum",1,2,"x""#, r#"{"error":{"message":"argument 3: invalid type: string \"x\", expected i64"}}"#),
    ] {
        socket.send(&format!("421[{event}]")).await;
        socket.expect_text(&format!("431[{answer}]")).await;
    }
}

#[tokio::test]
async fn a_listener_comes_before_the_fallback() {
    let (_server, mut socket) = switchboard().await;
    socket.send(r#"421["heard"]"#).await;
    socket.expect_text(r#"431[{"name":"heard","count":0,"arguments":[]}]"#).await;
    socket.send(r#"422["listen"]"#).await;
    socket.expect_text("432[]").await;
    socket.send(r#"423["heard"]"#).await;
    socket.expect_text(r#"433["by a listener"]"#).await;
    socket.send(r#"424["all of it",7,8,9]"#).await;
    socket.expect_text("434[[7,2]]").await;
}

struct Parallel;

#[namespace("/")]
impl Parallel {
    #[on("in order")]
    fn in_order(&self) {}

    #[fallback(concurrent)]
    async fn other(&self, socket: &Socket<Self>, name: EventName) -> String {
        if name.0 == "wait" {
            socket.emit_named_with_ack::<String>("tell me", ()).await.expect("an answer")
        } else {
            name.0
        }
    }
}

#[tokio::test]
async fn a_concurrent_fallback_does_not_hold_up_others() {
    let server = TestServer::start(Server::new().namespace(Parallel)).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"421["wait"]"#).await;
    socket.expect_text(r#"420["tell me"]"#).await;
    socket.send(r#"422["go"]"#).await;
    socket.expect_text(r#"432["go"]"#).await;
    socket.send(r#"430["now"]"#).await;
    socket.expect_text(r#"431["now"]"#).await;
}

struct ByHand;

impl Namespace for ByHand {
    const PATH: &'static str = "/by-hand";
    type Params = ();
    type Session = ();

    async fn connect(&self, _: ConnectContext<Self>) -> Result<(), ConnectError> {
        Ok(())
    }

    async fn dispatch(&self, mut event: EventContext<Self>) -> Reply {
        let name = event.name().to_owned();
        match event.extract::<Rest<u8>>() {
            Ok(Rest(numbers)) => event.into_responder().answer(&(name, numbers)),
            Err(rejection) => event.reject(rejection),
        }
    }
}

#[tokio::test]
async fn a_namespace_by_hand_takes_any_event_too() {
    let server = TestServer::start(Server::new().namespace(ByHand)).await;
    let mut socket = WebSocket::open(&server).await;
    socket.join("/by-hand").await;
    socket.send(r#"42/by-hand,1["x",1,2]"#).await;
    socket.expect_text(r#"43/by-hand,1[["x",[1,2]]]"#).await;
}
