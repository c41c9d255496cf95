//! Rate limits of events: which events pass, the reply to the others, and which handlers share a limit.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};

/// So long that no token is refilled during a test.
const LONG: Duration = Duration::from_secs(24 * 3600);

struct Limited {
    configured: RateLimit,
}

#[namespace("/", middleware(RateLimit::new(6, LONG)))]
impl Limited {
    #[on("free")]
    fn free(&self) -> u8 {
        0
    }

    #[on("twice", middleware(RateLimit::new(2, LONG)))]
    fn twice(&self) -> u8 {
        2
    }

    #[on("once", middleware(self.configured))]
    fn once(&self) -> u8 {
        1
    }

    #[on("quiet", middleware(RateLimit::new(1, LONG).dropping()))]
    fn quiet(&self) -> u8 {
        3
    }
}

async fn start() -> (TestServer, Arc<Mutex<Vec<String>>>) {
    let errors = Arc::new(Mutex::new(Vec::new()));
    let told = errors.clone();
    let options = Server::new()
        .namespace(Limited { configured: RateLimit::new(1, LONG) })
        .on_error(move |error| told.lock().expect("no panic").push(error.to_string()));
    (TestServer::start(options).await, errors)
}

/// Emits an event with acknowledgement id 1, and returns the arguments of the acknowledgement.
async fn ask(socket: &mut WebSocket, event: &str) -> String {
    socket.send(&format!(r#"421["{event}"]"#)).await;
    let answer = socket.next_text().await;
    answer.strip_prefix("431").unwrap_or_else(|| panic!("not an answer: {answer}")).to_owned()
}

fn is_refusal(answer: &str) -> bool {
    let answer: serde_json::Value = serde_json::from_str(answer).expect("JSON");
    let error = &answer[0]["error"];
    let wait = error["data"]["retry_after"].as_u64();
    error["message"] == "too many events" && wait.is_some_and(|wait| (1..=24 * 3_600_000).contains(&wait))
}

#[tokio::test]
async fn what_is_too_much_is_refused_with_message_and_data() {
    let (server, errors) = start().await;
    let mut socket = WebSocket::joined(&server).await;
    assert_eq!(ask(&mut socket, "twice").await, "[2]");
    assert_eq!(ask(&mut socket, "twice").await, "[2]");
    assert!(is_refusal(&ask(&mut socket, "twice").await));
    // Each handler has its own limit.
    assert_eq!(ask(&mut socket, "once").await, "[1]");
    assert!(is_refusal(&ask(&mut socket, "once").await));
    // The namespace has one for all handlers. This is its sixth event, since events that a handler's limit refused
    // count too.
    assert_eq!(ask(&mut socket, "free").await, "[0]");
    assert!(is_refusal(&ask(&mut socket, "free").await));
    let told = errors.lock().expect("no panic").clone();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|error| error.contains("too many events")), "{told:?}");
}

#[tokio::test]
async fn each_socket_is_counted_by_itself() {
    let (server, _) = start().await;
    for _ in 0..3 {
        let mut socket = WebSocket::joined(&server).await;
        assert_eq!(ask(&mut socket, "once").await, "[1]");
        assert!(is_refusal(&ask(&mut socket, "once").await));
    }
}

#[tokio::test]
async fn dropped_events_are_not_answered() {
    let (server, errors) = start().await;
    let mut socket = WebSocket::joined(&server).await;
    assert_eq!(ask(&mut socket, "quiet").await, "[3]");
    socket.send(r#"427["quiet"]"#).await;
    socket.send(r#"42["quiet"]"#).await;
    // The next reply belongs to the next event.
    assert_eq!(ask(&mut socket, "free").await, "[0]");
    assert!(errors.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn nobody_is_answered_who_did_not_ask() {
    let (server, errors) = start().await;
    let mut socket = WebSocket::joined(&server).await;
    assert_eq!(ask(&mut socket, "once").await, "[1]");
    socket.send(r#"42["once"]"#).await;
    assert_eq!(ask(&mut socket, "free").await, "[0]");
    assert_eq!(errors.lock().expect("no panic").len(), 1, "the hook is told all the same");
}
