//! Sessions over WebSocket: frames, violations of RFC 6455, and the resulting close codes.

use switchboard::prelude::*;
use switchboard_tests::frame::opcode;
use switchboard_tests::{Connection, Frame, Received, Request, TestServer, WebSocket};

use crate::journal::{Journal, seen};

/// Starts a server with a socket in `/`, and returns both with the journal.
async fn joined(options: Server) -> (TestServer, Journal, WebSocket) {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(options.namespace(namespace)).await;
    let socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    (server, journal, socket)
}

#[tokio::test]
async fn one_packet_a_frame() {
    let (_server, _journal, mut socket) = joined(Server::new()).await;
    socket.send(r#"42["say","hé"]"#).await;
    socket.expect_text(r#"42["said","hé"]"#).await;
}

#[tokio::test]
async fn frames_may_arrive_together_or_in_pieces() {
    let (_server, _journal, mut socket) = joined(Server::new()).await;
    let frame = Frame::text(r#"42["say","x"]"#).to_bytes();
    socket.connection().send(frame.repeat(20)).await;
    for _ in 0..20 {
        socket.expect_text(r#"42["said","x"]"#).await;
    }
    for byte in frame {
        socket.connection().send([byte]).await;
        tokio::task::yield_now().await;
    }
    socket.expect_text(r#"42["said","x"]"#).await;
}

#[tokio::test]
async fn every_length_of_frame_is_read_and_written() {
    let (_server, _journal, mut socket) = joined(Server::new()).await;
    for length in [0, 1, 100, 112, 113, 125, 126, 127, 1000, 65_519, 65_521, 65_535, 65_536, 100_000, 900_000] {
        let text = "x".repeat(length);
        socket.send(&format!(r#"42["say","{text}"]"#)).await;
        socket.expect_text(&format!(r#"42["said","{text}"]"#)).await;
    }
}

#[tokio::test]
async fn fragments_make_one_message() {
    let (_server, _journal, mut socket) = joined(Server::new()).await;
    socket.send_frame(&Frame::text("42[\"sa").unfinished()).await;
    socket.send_frame(&Frame::new(opcode::CONTINUATION, []).unfinished()).await;
    // Control frames may arrive between fragments.
    socket.send_frame(&Frame::new(opcode::PING, "are you there?")).await;
    socket.expect(Received::Pong(b"are you there?".to_vec())).await;
    // The two bytes of `é`, in separate fragments.
    socket.send_frame(&Frame::new(opcode::CONTINUATION, b"y\",\"\xc3".to_vec()).unfinished()).await;
    socket.send_frame(&Frame::new(opcode::CONTINUATION, b"\xa9\"]".to_vec())).await;
    socket.expect_text(r#"42["said","é"]"#).await;
}

#[tokio::test]
async fn pings_are_answered_with_their_payload() {
    let (_server, _journal, mut socket) = joined(Server::new()).await;
    for payload in [vec![], vec![0xFF; 125]] {
        socket.send_frame(&Frame::new(opcode::PING, payload.clone())).await;
        socket.expect(Received::Pong(payload)).await;
    }
    socket.send_frame(&Frame::new(opcode::PONG, "unasked")).await;
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

#[tokio::test]
async fn violations_of_the_framing_are_answered_1002() {
    let violations = [
        ("no mask", Frame::text("42[\"say\",\"x\"]").unmasked().to_bytes()),
        ("RSV1", Frame::text("x").reserved(0b100).to_bytes()),
        ("RSV2", Frame::text("x").reserved(0b010).to_bytes()),
        ("RSV3", Frame::text("x").reserved(0b001).to_bytes()),
        ("opcode 3", Frame::new(3, "x").to_bytes()),
        ("opcode 7", Frame::new(7, "x").to_bytes()),
        ("opcode 11", Frame::new(11, []).to_bytes()),
        ("opcode 15", Frame::new(15, []).to_bytes()),
        ("a continuation of nothing", Frame::new(opcode::CONTINUATION, "x").to_bytes()),
        (
            "a message within a message",
            [Frame::text("4").unfinished().to_bytes(), Frame::text("2").to_bytes()].concat(),
        ),
        ("a fragmented ping", Frame::new(opcode::PING, []).unfinished().to_bytes()),
        ("a fragmented close", Frame::close().unfinished().to_bytes()),
        ("a ping of 126 bytes", Frame::new(opcode::PING, [0; 126]).to_bytes()),
        ("a pong of 126 bytes", Frame::new(opcode::PONG, [0; 126]).to_bytes()),
        ("a close of 126 bytes", Frame::new(opcode::CLOSE, [0x03; 126]).to_bytes()),
        ("a close of one byte", Frame::new(opcode::CLOSE, [0x03]).to_bytes()),
        ("the close code 999", Frame::new(opcode::CLOSE, 999_u16.to_be_bytes()).to_bytes()),
        ("the close code 1005", Frame::new(opcode::CLOSE, 1005_u16.to_be_bytes()).to_bytes()),
    ];
    let (namespace, mut journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    for (name, bytes) in violations {
        let mut socket = WebSocket::joined(&server).await;
        journal.expect("connected").await;
        socket.connection().send(bytes).await;
        assert_eq!(socket.next().await, Received::Close(Some(1002)), "{name}");
        assert_eq!(journal.next().await, "disconnected: transport error", "{name}");
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_is_answered_1007() {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let whole = Frame::new(opcode::TEXT, b"42[\"say\",\"\xff\"]".to_vec()).to_bytes();
    let cut = Frame::new(opcode::TEXT, b"42[\"say\",\"\xc3".to_vec()).to_bytes();
    let surrogate = Frame::new(opcode::TEXT, b"42[\"\xed\xa0\x80\"]".to_vec()).to_bytes();
    let fragments = [
        Frame::new(opcode::TEXT, b"42[\"\xc3".to_vec()).unfinished().to_bytes(),
        Frame::new(opcode::CONTINUATION, b"\"]".to_vec()).to_bytes(),
    ]
    .concat();
    for bytes in [whole, cut, surrogate, fragments] {
        let mut socket = WebSocket::joined(&server).await;
        journal.expect("connected").await;
        socket.connection().send(bytes).await;
        socket.expect_close(Some(1007)).await;
        journal.expect("disconnected: transport error").await;
    }
}

#[tokio::test]
async fn messages_that_are_too_large_are_answered_1009() {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(Server::new().max_payload(100).namespace(namespace)).await;

    let exact = format!("42[\"say\",\"{}\"]", "x".repeat(88));
    assert_eq!(exact.len(), 100);
    let mut socket = WebSocket::joined(&server).await;
    journal.expect("connected").await;
    socket.send(&exact).await;
    assert!(matches!(socket.next().await, Received::Text(_)), "a message may be as long as the limit");

    let too_large = Frame::text(&"4".repeat(101)).to_bytes();
    let announced = Frame::binary([]).claiming(1 << 40).to_bytes();
    let in_fragments = [
        Frame::text(&"4".repeat(60)).unfinished().to_bytes(),
        Frame::new(opcode::CONTINUATION, vec![b'4'; 41]).unfinished().to_bytes(),
    ]
    .concat();
    for bytes in [too_large, announced, in_fragments] {
        let mut socket = WebSocket::joined(&server).await;
        journal.expect("connected").await;
        socket.connection().send(bytes).await;
        socket.expect_close(Some(1009)).await;
        journal.expect("disconnected: transport error").await;
    }
}

#[tokio::test]
async fn an_invalid_packet_ends_the_session() {
    for packet in ["", "x", "7", "abc", "é"] {
        let (_server, mut journal, mut socket) = joined(Server::new()).await;
        socket.send(packet).await;
        socket.expect_close(None).await;
        journal.expect("disconnected: parse error").await;
    }
}

#[tokio::test]
async fn an_empty_message_ends_the_session() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send("4").await;
    socket.expect_close(None).await;
    journal.expect("disconnected: forced close").await;
}

#[tokio::test]
async fn a_ping_from_the_client_ends_the_session() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send("2").await;
    socket.expect_close(None).await;
    journal.expect("disconnected: transport error").await;
}

#[tokio::test]
async fn a_close_packet_ends_the_session() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send("1").await;
    socket.expect_close(None).await;
    journal.expect("disconnected: transport close").await;
}

#[tokio::test]
async fn packets_that_mean_nothing_here_are_ignored() {
    let (_server, _journal, mut socket) = joined(Server::new()).await;
    for packet in ["0", "0{}", "5", "6", "6x", "3"] {
        socket.send(packet).await;
    }
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

#[tokio::test]
async fn a_close_frame_is_answered() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.send_frame(&Frame::close()).await;
    socket.expect(Received::Close(None)).await;
    socket.expect(Received::End).await;
    journal.expect("disconnected: transport close").await;

    for code in [1000_u16, 1001, 3000, 4999] {
        let (_server, mut journal, mut socket) = joined(Server::new()).await;
        socket.send_frame(&Frame::new(opcode::CLOSE, code.to_be_bytes())).await;
        let answer = socket.next().await;
        assert!(answer == Received::Close(Some(code)) || answer == Received::Close(None), "{code}: {answer:?}");
        socket.expect(Received::End).await;
        journal.expect("disconnected: transport close").await;
    }
}

#[tokio::test]
async fn nothing_is_handled_after_a_close_frame() {
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    let after = [Frame::close().to_bytes(), Frame::text(r#"42["tell","too late"]"#).to_bytes()].concat();
    socket.connection().send(after).await;
    journal.expect("disconnected: transport close").await;
    journal.expect_silence();
}

#[tokio::test]
async fn a_lost_connection_ends_the_session() {
    let (_server, mut journal, socket) = joined(Server::new()).await;
    drop(socket);
    journal.expect("disconnected: transport close").await;

    let (_server, mut journal, socket) = joined(Server::new()).await;
    socket.into_connection().abort();
    let end = journal.next().await;
    assert!(["disconnected: transport close", "disconnected: transport error"].contains(&end.as_str()), "{end}");

    // In the middle of a frame.
    let (_server, mut journal, mut socket) = joined(Server::new()).await;
    socket.connection().send(&Frame::text("42[\"say\"").to_bytes()[..5]).await;
    drop(socket);
    journal.expect("disconnected: transport close").await;
}

#[tokio::test]
async fn frames_may_come_with_the_opening_handshake() {
    let (namespace, _journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let request = Request::upgrade(server.target("transport=websocket"));
    let mut connection = Connection::open(&server).await;
    connection.send([request.to_bytes(), Frame::text("40").to_bytes()].concat()).await;
    assert_eq!(connection.response().await.expect("an answer").status, 101);
    let mut socket = WebSocket::over(connection);
    assert!(socket.next_text().await.starts_with("0{"));
    assert!(socket.next_text().await.starts_with(r#"40{"sid":"#));
}
