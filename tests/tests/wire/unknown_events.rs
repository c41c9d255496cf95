//! Events that no handler takes.

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
    // Other failures are answered.
    socket.send(r#"422["known","x"]"#).await;
    let answer = socket.next_text().await;
    assert!(answer.starts_with(r#"432[{"error":{"message":"argument 1"#), "{answer}");
    socket.send(r#"423["known",7]"#).await;
    socket.expect_text("433[7]").await;
    let errors = errors.lock().expect("a log").clone();
    assert_eq!(errors.iter().map(|(event, _)| &**event).collect::<Vec<_>>(), ["unknown", "unknown too", "known"]);
    assert_eq!(errors[0].1, "event `unknown` of namespace `/`: no handler has this name");
}
