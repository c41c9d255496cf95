//! The server emits events with acknowledgements and awaits the client's answers.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{Frame, Received, TestServer, WebSocket};
use tokio::sync::mpsc::UnboundedSender;

use crate::journal::Journal;

/// An event that the client acknowledges.
#[event("question", ack = String)]
struct Question(u32);

struct Desk {
    reports: UnboundedSender<String>,
}

#[namespace("/", emits(Question))]
impl Desk {
    /// Asks the client, and acknowledges with its answer.
    #[on("ask me")]
    async fn ask_me(&self, socket: &Socket<Self>, number: u32) -> String {
        match socket.timeout(Duration::from_secs(60)).emit_with_ack(Question(number)).await {
            Ok(answer) => answer,
            Err(error) => error.to_string(),
        }
    }

    /// Does the same concurrently with other events.
    #[on("ask me beside", concurrent)]
    async fn ask_me_beside(&self, socket: &Socket<Self>, number: u32) -> String {
        self.ask_me(socket, number).await
    }

    /// Asks with a short timeout.
    #[on("ask hastily")]
    async fn ask_hastily(&self, socket: &Socket<Self>) {
        let answer = socket.timeout(Duration::from_millis(30)).emit_with_ack(Question(0)).await;
        drop(self.reports.send(format!("answered: {}", answer.is_ok())));
    }

    #[on("sum")]
    async fn sum(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    #[on("tell")]
    async fn tell(&self, name: String) {
        drop(self.reports.send(name));
    }

    #[on_disconnect]
    async fn left(&self) {
        drop(self.reports.send("left".to_owned()));
    }
}

async fn desk(options: Server) -> (TestServer, Journal) {
    let (reports, journal) = Journal::new();
    (TestServer::start(options.namespace(Desk { reports })).await, journal)
}

#[tokio::test]
async fn the_server_asks_too() {
    let (server, _journal) = desk(Server::new()).await;
    let mut socket = WebSocket::joined(&server).await;
    // A handler may await its client: the answer is not queued behind the handler.
    socket.send(r#"421["ask me",1]"#).await;
    socket.expect_text(r#"420["question",1]"#).await;
    socket.send(r#"430["one"]"#).await;
    socket.expect_text(r#"431["one"]"#).await;

    socket.send(r#"422["ask me",2]"#).await;
    socket.expect_text(r#"421["question",2]"#).await;
    // Acknowledgements with an unknown id are ignored, and so are repeated ones.
    socket.send(r#"430["again"]"#).await;
    socket.send(r#"4399["nobody asked"]"#).await;
    socket.send("43").await;
    socket.send(r#"431["two","surplus"]"#).await;
    socket.send(r#"431["twice"]"#).await;
    socket.expect_text(r#"432["two"]"#).await;
}

/// The handler waits for an answer that arrives after many other events, which wait for the handler.
#[tokio::test]
async fn an_answer_may_be_behind_many_events() {
    let (server, mut journal) = desk(Server::new()).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"421["ask me",1]"#).await;
    socket.expect_text(r#"420["question",1]"#).await;
    for number in 0..500 {
        socket.send(&format!(r#"42["tell","{number}"]"#)).await;
    }
    socket.send(r#"430["one"]"#).await;
    socket.expect_text(r#"431["one"]"#).await;
    for number in 0..500 {
        journal.expect(&number.to_string()).await;
    }
}

/// The answers may also follow more events than usually run concurrently, because each of the handlers waits for its
/// client.
#[tokio::test]
async fn many_may_wait_for_their_answers_at_once() {
    const QUESTIONS: u32 = 200;
    let (server, _journal) = desk(Server::new()).await;
    let mut socket = WebSocket::joined(&server).await;
    for number in 0..QUESTIONS {
        socket.send(&format!(r#"42{number}["ask me beside",{number}]"#)).await;
    }
    let (mut asked, mut answered) = (0, 0);
    while answered < QUESTIONS {
        let text = socket.next_text().await;
        match text.strip_prefix("42").and_then(|event| event.split_once('[')) {
            Some((id, _)) => {
                asked += 1;
                socket.send(&format!(r#"43{id}["yes"]"#)).await;
            }
            None => {
                assert!(text.starts_with("43") && text.ends_with(r#"["yes"]"#), "{text}");
                answered += 1;
            }
        }
    }
    assert_eq!(asked, QUESTIONS);
}

/// The number of such events is limited: beyond it, the server stops reading, and the heartbeat closes the connection.
#[tokio::test(start_paused = true)]
async fn a_client_that_buries_its_answer_is_given_up() {
    let options = Server::new().ping_interval(Duration::from_secs(2)).ping_timeout(Duration::from_secs(3));
    let server = TestServer::in_memory(options.namespace(Desk { reports: Journal::new().0 }));
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"421["ask me",1]"#).await;
    while socket.next_text().await == "2" {
        socket.send("3").await;
    }
    let tell = Frame::text(r#"42["tell","x"]"#).to_bytes();
    socket.connection().send(tell.repeat(5000)).await;
    while socket.next().await == Received::Text("2".to_owned()) {
        drop(socket.connection().try_send(Frame::text("3").to_bytes()).await);
    }
    server.empty().await;
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_an_error() {
    let (server, _journal) = desk(Server::new()).await;
    let mut socket = WebSocket::joined(&server).await;
    for (id, answer) in ["[5]", "[]", "[null]", "[{}]"].into_iter().enumerate() {
        socket.send(r#"421["ask me",1]"#).await;
        socket.expect_text(&format!(r#"42{id}["question",1]"#)).await;
        socket.send(&format!("43{id}{answer}")).await;
        let ack = socket.next_text().await;
        assert!(ack.starts_with("431[\"") && ack.len() > 7, "{ack}");
    }
}

#[tokio::test]
async fn an_answer_may_come_too_late() {
    let (server, mut journal) = desk(Server::new()).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"42["ask hastily"]"#).await;
    socket.expect_text(r#"420["question",0]"#).await;
    journal.expect("answered: false").await;
    socket.send(r#"430["late"]"#).await;
    socket.send(r#"421["sum",1,1]"#).await;
    socket.expect_text("431[2]").await;
}

#[tokio::test]
async fn a_question_ends_with_its_socket() {
    let (server, mut journal) = desk(Server::new()).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"421["ask me",1]"#).await;
    socket.expect_text(r#"420["question",1]"#).await;
    socket.send("41").await;
    // The handler returns long before its timeout of one minute, and the socket disconnects.
    journal.expect("left").await;
}
