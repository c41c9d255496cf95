//! HTTP long-polling: every kind of request to a session, its response, and its effect on the session.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{Connection, Endpoint, Polling, Request, TestServer};

use tokio::time::Instant;

use crate::journal::{Journal, seen};

/// A server that reports what happens to the sockets in `/`.
async fn watched(options: Server) -> (TestServer, Journal) {
    let (namespace, journal) = seen();
    (TestServer::start(options.namespace(namespace)).await, journal)
}

#[tokio::test]
async fn a_poll_takes_what_is_buffered() {
    let (server, _journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    polling.post("42[\"say\",\"one\"]\u{1e}42[\"say\",\"two\"]").await;
    assert_eq!(polling.get().await, "42[\"said\",\"one\"]\u{1e}42[\"said\",\"two\"]");
}

#[tokio::test]
async fn a_poll_waits_for_something_to_say() {
    let (server, _journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    let mut waiting = polling.wait().await;
    polling.post(r#"42["say","now"]"#).await;
    let response = waiting.response().await.expect("the poll's answer");
    assert_eq!(response.answer(), (200, r#"42["said","now"]"#));
    assert_eq!(response.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(response.header("content-length"), Some("16"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_post_is_answered_ok() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::open(&server).await;
    let response = polling.try_post("40").await;
    assert_eq!(response.answer(), (200, "ok"));
    assert_eq!(response.header("content-type"), Some("text/html"));
    assert_eq!(response.header("content-length"), Some("2"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    journal.expect("connected").await;
}

#[tokio::test]
async fn posts_may_be_chunked_and_of_any_type() {
    let (server, _journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    let chunked = Request::new("POST", polling.target()).header("Transfer-Encoding", "chunked");
    let mut connection = Connection::open(&server).await;
    connection.send(chunked.head()).await;
    connection.send("5\r\n42[\"s\r\n").await;
    connection.send("a\r\nay\",\"hé\"]\r\n0\r\n\r\n").await;
    assert_eq!(connection.response().await.expect("an answer").answer(), (200, "ok"));
    assert_eq!(polling.get().await, r#"42["said","hé"]"#);

    let request = Request::post(polling.target(), r#"42["say","x"]"#);
    for content_type in ["application/x-www-form-urlencoded", "application/json", "text/plain"] {
        let answer = connection.request(&request.clone().header("Content-Type", content_type)).await;
        assert_eq!(answer.answer(), (200, "ok"), "{content_type}");
        assert_eq!(polling.get().await, r#"42["said","x"]"#);
    }
    assert_eq!(connection.request(&request).await.answer(), (200, "ok"));
}

#[tokio::test]
async fn a_post_that_arrives_byte_by_byte_is_taken() {
    let (server, _journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    let mut connection = Connection::open(&server).await;
    for byte in Request::post(polling.target(), r#"42["say","slow"]"#).to_bytes() {
        connection.send([byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(connection.response().await.expect("an answer").answer(), (200, "ok"));
    assert_eq!(polling.get().await, r#"42["said","slow"]"#);
}

#[tokio::test]
async fn a_second_poll_ends_the_session() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    let mut waiting = polling.wait().await;
    assert_eq!(polling.try_get().await.answer(), (400, ""));
    assert_eq!(waiting.response().await.expect("the first poll's answer").answer(), (200, "1"));
    journal.expect("disconnected: transport error").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn an_aborted_poll_ends_the_session() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    polling.wait().await.abort();
    journal.expect("disconnected: transport error").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn a_second_post_ends_the_session() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    let mut slow = begin_post(&server, &polling).await;
    assert_eq!(polling.try_post("42[\"say\",\"x\"]").await.answer(), (400, ""));
    assert!(slow.rest().await.is_empty(), "the first post is not answered");
    journal.expect("disconnected: transport error").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn an_aborted_post_ends_the_session() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    begin_post(&server, &polling).await.abort();
    journal.expect("disconnected: transport error").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn a_post_under_way_ends_with_its_session() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    let mut slow = begin_post(&server, &polling).await;
    let _waiting = polling.wait().await;
    assert_eq!(polling.try_get().await.answer(), (400, ""));
    journal.expect("disconnected: transport error").await;
    assert!(slow.rest().await.is_empty(), "the post is not answered");
}

/// Starts a POST and returns when the server reads its body, which is when it responds with `100 Continue`.
async fn begin_post(server: &TestServer, polling: &Polling) -> Connection {
    let request = Request::post(polling.target(), "42[\"say\",\"never\"]").header("Expect", "100-continue");
    let mut connection = Connection::open(server).await;
    connection.send(request.head()).await;
    assert_eq!(connection.response().await.expect("an interim answer").status, 100);
    connection.send("42").await;
    connection
}

#[tokio::test]
async fn a_binary_post_ends_the_session() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    let request = Request::post(polling.target(), "40").header("Content-Type", "application/octet-stream");
    assert_eq!(Connection::open(&server).await.request(&request).await.answer(), (400, ""));
    journal.expect("disconnected: transport error").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn a_binary_post_is_refused_before_its_body() {
    let (server, _journal) = watched(Server::new()).await;
    let polling = Polling::joined(&server).await;
    let request = Request::new("POST", polling.target())
        .header("Content-Type", "application/octet-stream")
        .header("Content-Length", "100000");
    let mut connection = Connection::open(&server).await;
    connection.send(request.head()).await;
    assert_eq!(connection.response().await.expect("an answer").answer(), (400, ""));
}

#[tokio::test]
async fn a_post_that_is_too_large_is_refused_and_the_session_lives() {
    let (server, _journal) = watched(Server::new().max_payload(100)).await;
    let mut polling = Polling::joined(&server).await;

    let exact = format!("42[\"say\",\"{}\"]", "x".repeat(89));
    assert_eq!(exact.len(), 101);
    assert_eq!(polling.try_post(exact.clone()).await.answer(), (413, ""));
    // The refused body may still be in transit, so the connection is not used again after a 413.
    let target = polling.target();
    let post = |payload: String| Request::post(&target, payload);
    let fits = exact.replacen('x', "", 1);
    assert_eq!(Connection::open(&server).await.request(&post(fits)).await.answer(), (200, "ok"));

    // The length is announced: refused before any of the body is sent.
    let announced = Request::new("POST", polling.target()).header("Content-Length", "101");
    let mut connection = Connection::open(&server).await;
    connection.send(announced.head()).await;
    assert_eq!(connection.response().await.expect("an answer").answer(), (413, ""));

    // The length is not announced: refused once the body is too long.
    let chunked = Request::new("POST", polling.target()).header("Transfer-Encoding", "chunked");
    let mut connection = Connection::open(&server).await;
    connection.send(chunked.head()).await;
    connection.send(format!("65\r\n{}\r\n", "4".repeat(101))).await;
    assert_eq!(connection.response().await.expect("an answer").answer(), (413, ""));

    assert!(polling.get().await.starts_with(r#"42["said","xxx"#));
    assert_eq!(Connection::open(&server).await.request(&post(r#"42["say","y"]"#.to_owned())).await.status, 200);
    assert_eq!(polling.get().await, r#"42["said","y"]"#);
}

/// Sends whole POSTs with bodies that the server refuses, and checks that each gets its response and that its
/// connection can be reused.
pub(crate) async fn expect_answers_to_refused_bodies(endpoint: &Endpoint) {
    let body = vec![b'x'; 6_000_000];
    let mut polling = Polling::joined(endpoint).await;
    let session = polling.target();
    let binary = Polling::joined(endpoint).await.target();
    let unknown = endpoint.target("transport=polling&sid=unknown");
    let posts = [
        (Request::post(&session, body.clone()), 413),
        (Request::post(&unknown, body.clone()), 400),
        (Request::post(endpoint.target("transport=polling"), body.clone()), 400),
        (Request::post(&binary, body.clone()).header("Content-Type", "application/octet-stream"), 400),
        (Request::post("/elsewhere", body.clone()), 404),
    ];
    for (post, status) in posts {
        let mut connection = Connection::open(endpoint).await;
        assert_eq!(connection.request(&post).await.status, status);
        let again = Request::get(endpoint.target("transport=settle"));
        assert_eq!(connection.request(&again).await.status, 400);
    }
    let chunked = Request::new("POST", &session).header("Transfer-Encoding", "chunked");
    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    let mut connection = Connection::open(endpoint).await;
    connection.send([chunked.head(), chunk].concat()).await;
    assert_eq!(connection.response().await.expect("an answer").answer(), (413, ""));
    // The session and the connection still work after both POSTs.
    assert_eq!(connection.request(&Request::post(&session, r#"42["say","x"]"#)).await.answer(), (200, "ok"));
    assert_eq!(polling.get().await, r#"42["said","x"]"#);
}

#[tokio::test]
async fn refused_bodies_are_answered() {
    let (server, _journal) = watched(Server::new()).await;
    expect_answers_to_refused_bodies(&server).await;
}

#[tokio::test]
async fn the_rest_of_a_refused_body_is_bounded() {
    let (server, _journal) = watched(Server::new()).await;
    let polling = Polling::joined(&server).await;
    let endless = Request::new("POST", polling.target()).header("Content-Length", "1000000000000");
    let mut connection = Connection::open(&server).await;
    connection.send(endless.head()).await;
    let body = vec![b'x'; 1 << 20];
    let mut sent = 0;
    while connection.try_send(&body).await.is_ok() {
        sent += 1;
        assert!(sent < 64, "64 MiB of a refused body were read");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_body_has_no_more_time_than_another() {
    let (namespace, _journal) = seen();
    let server = TestServer::in_memory(Server::new().namespace(namespace).body_timeout(Duration::from_secs(3)));
    let polling = Polling::joined(&server).await;
    let announced = Request::new("POST", polling.target()).header("Content-Length", "2000000");
    let mut connection = Connection::open(&server).await;
    connection.send(announced.head()).await;
    assert_eq!(connection.response().await.expect("an answer").answer(), (413, ""));
    let refused = Instant::now();
    assert!(connection.rest().await.is_empty());
    assert_eq!(refused.elapsed().as_secs(), 3);
}

#[tokio::test]
async fn a_refused_body_is_not_asked_for() {
    let (server, _journal) = watched(Server::new()).await;
    let polling = Polling::joined(&server).await;
    let request = Request::post(polling.target(), vec![b'x'; 2_000_000]).header("Expect", "100-continue");
    let mut connection = Connection::open(&server).await;
    connection.send(request.head()).await;
    assert_eq!(connection.response().await.expect("an answer").answer(), (413, ""));
    assert!(connection.rest().await.is_empty());
}

#[tokio::test]
async fn an_invalid_payload_ends_the_session() {
    for payload in ["", "\u{1e}", "x", "abc", "7", "4\u{1e}", "\u{1e}40", "43[]\u{1e}", "bAQ", "b!!!!", "b", "é"] {
        let (server, mut journal) = watched(Server::new()).await;
        let mut polling = Polling::joined(&server).await;
        journal.expect("connected").await;
        assert_eq!(polling.try_post(payload).await.answer(), (200, "ok"), "{payload:?}");
        polling.expect_closed().await;
        // The session's decoder rejects some of these payloads, the sockets' decoder the others.
        let end = journal.next().await;
        let expected = ["disconnected: parse error", "disconnected: forced close"];
        assert!(expected.contains(&end.as_str()), "{payload:?}: {end}");
    }
}

#[tokio::test]
async fn packets_that_only_servers_send_are_ignored() {
    let (server, _journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    polling.post("0{}\u{1e}5\u{1e}6\u{1e}42[\"say\",\"x\"]").await;
    assert_eq!(polling.get().await, r#"42["said","x"]"#);
}

#[tokio::test]
async fn packets_before_an_invalid_one_are_delivered() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    polling.post("42[\"tell\",\"first\"]\u{1e}x\u{1e}42[\"tell\",\"last\"]").await;
    journal.expect("told: first").await;
    journal.expect("disconnected: parse error").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn text_that_is_not_utf8_never_panics() {
    let (server, _journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    let mut payload = b"42[\"say\",\"".to_vec();
    payload.extend_from_slice(b"\xff\xfe\"]");
    // Either replaced, as browsers' decoders do, or refused, but always answered.
    assert!(matches!(polling.try_post(payload).await.status, 200 | 400));
    Polling::joined(&server).await;
}

#[tokio::test]
async fn a_close_packet_ends_the_session() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    let mut waiting = polling.wait().await;
    polling.post("1").await;
    assert_eq!(waiting.response().await.expect("the poll's answer").answer(), (200, "6"));
    journal.expect("disconnected: transport close").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn a_ping_from_the_client_ends_the_session() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    polling.post("2").await;
    journal.expect("disconnected: transport error").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn other_methods_are_refused_and_the_session_lives() {
    let (server, _journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    for method in ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"] {
        let request = Request::new(method, polling.target());
        assert_eq!(Connection::open(&server).await.request(&request).await.answer(), (500, ""), "{method}");
    }
    polling.post(r#"42["say","still here"]"#).await;
    assert_eq!(polling.get().await, r#"42["said","still here"]"#);
}

#[tokio::test]
async fn a_session_closed_by_the_server_answers_the_waiting_poll() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::open(&server).await;
    let mut waiting = polling.wait().await;
    polling.post("4abc").await;
    assert_eq!(waiting.response().await.expect("the poll's answer").answer(), (200, "1"));
    polling.expect_gone().await;
    journal.expect_silence();
}

#[tokio::test]
async fn a_session_closed_by_the_server_tells_the_next_poll() {
    let (server, mut journal) = watched(Server::new()).await;
    let mut polling = Polling::joined(&server).await;
    journal.expect("connected").await;
    polling.post(r#"42["close"]"#).await;
    assert_eq!(polling.next_packet().await, "41");
    assert_eq!(polling.next_packet().await, "1");
    journal.expect("disconnected: server namespace disconnect").await;
    polling.expect_gone().await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let (server, _journal) = watched(Server::new()).await;
    let polling = Polling::joined(&server).await;
    let mut connection = Connection::open(&server).await;
    let mut both = Request::post(polling.target(), r#"42["say","a"]"#).to_bytes();
    both.extend(Request::get(polling.target()).to_bytes());
    connection.send(both).await;
    assert_eq!(connection.response().await.expect("the post's answer").answer(), (200, "ok"));
    assert_eq!(connection.response().await.expect("the poll's answer").answer(), (200, r#"42["said","a"]"#));
}
