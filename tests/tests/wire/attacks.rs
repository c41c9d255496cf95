//! Attacks that were published against servers of this protocol, and similar ones.
//!
//! Each test ends with a check that the server still serves other clients.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::frame::opcode;
use switchboard_tests::{Connection, Endpoint, Frame, Polling, Received, Request, TestServer, WebSocket};
use tokio::time::Instant;

use crate::journal::seen;

pub(crate) async fn start() -> TestServer {
    let (namespace, _) = seen();
    TestServer::start(Server::new().namespace(namespace)).await
}

/// Checks that a new client is served.
pub(crate) async fn expect_service(server: &Endpoint) {
    let mut socket = WebSocket::joined(server).await;
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

/// Sends one text in a new session, which the server must close without a reply. Another session receives nothing.
async fn expect_closed_by(server: &Endpoint, packet: &str) {
    let mut bystander = WebSocket::joined(server).await;
    let mut socket = WebSocket::joined(server).await;
    socket.send(packet).await;
    let end = socket.next().await;
    assert_eq!(end, Received::Close(None), "{}", packet.chars().take(50).collect::<String>());
    bystander.send(r#"42["say","x"]"#).await;
    bystander.expect_text(r#"42["said","x"]"#).await;
}

/// CVE-2024-38355: an event named `error` without a listener ended the process.
#[tokio::test]
async fn an_event_named_error() {
    let server = start().await;
    let mut socket = WebSocket::joined(&server).await;
    for event in [r#"42["error"]"#, r#"42["error",{"message":"x"}]"#, r#"42["uncaughtException"]"#] {
        socket.send(event).await;
    }
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
}

/// CVE-2020-36048: one payload with a very large number of packets.
#[tokio::test]
async fn a_payload_of_tiny_packets() {
    let server = start().await;
    for packet in ["3\u{1e}", "4\u{1e}", "6\u{1e}", "\u{1e}", "b\u{1e}"] {
        let mut polling = Polling::joined(&server).await;
        let payload = packet.repeat(1_000_000 / packet.len());
        assert_eq!(polling.try_post(payload).await.status, 200);
        polling.expect_closed().await;
    }
    expect_service(&server).await;
}

/// CVE-2020-36049: a packet's header was assembled from its parts in quadratic time.
#[tokio::test]
async fn heads_as_long_as_a_message_may_be() {
    let server = start().await;
    let length = 300_000;
    for packet in [
        format!("45{}", "1".repeat(length)),
        format!("45{}-[\"m\"]", "1".repeat(length)),
        format!("42{}[\"m\"]", "1".repeat(length)),
        format!("43{}", "9".repeat(length)),
        format!("42/{},[\"m\"]", "n".repeat(length)),
        format!("42{}", "[".repeat(length)),
        format!("42[\"m\",{}", "{\"a\":".repeat(length / 5)),
        format!("42[\"m\",{}{}]", "[".repeat(10_000), "]".repeat(10_000)),
        format!("42[\"m\",\"{}\"", "\\".repeat(length)),
    ] {
        expect_closed_by(&server, &packet).await;
    }
    // A long name is valid.
    let mut socket = WebSocket::joined(&server).await;
    let name = "n".repeat(length);
    socket.send(&format!("42[\"{name}\"]")).await;
    socket.send(&format!("40/{name},")).await;
    socket.expect_text(&format!(r#"44/{name},{{"message":"Invalid namespace"}}"#)).await;
}

/// CVE-2022-21676: an invalid frame behind the opening handshake, before anything listened to the connection.
#[tokio::test]
async fn garbage_behind_the_opening_handshake() {
    let server = start().await;
    let polling = Polling::joined(&server).await;
    let beside = format!("transport=websocket&sid={}", polling.sid);
    let garbage =
        [Frame::text("x").reserved(0b111).to_bytes(), vec![0xFF; 100], b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![0]];
    for query in ["transport=websocket", &beside] {
        for bytes in &garbage {
            let mut connection = Connection::open(&server).await;
            connection.send([Request::upgrade(server.target(query)).to_bytes(), bytes.clone()].concat()).await;
            assert_eq!(connection.response().await.expect("an answer").status, 101);
            connection.abort();
        }
    }
    expect_service(&server).await;
}

/// CVE-2022-41940: a reset while the server responds to a refused upgrade.
#[tokio::test]
async fn resets_at_every_moment() {
    let server = start().await;
    let polling = Polling::joined(&server).await;
    let requests = [
        Request::upgrade(server.target("transport=foo")),
        Request::upgrade(server.target("transport=websocket&sid=nope")),
        Request::upgrade("/elsewhere"),
        Request::upgrade(server.target("transport=websocket")),
        Request::upgrade(server.target(&format!("transport=websocket&sid={}", polling.sid))),
        Request::get(server.target("transport=polling")),
        Request::get(server.target("transport=foo")),
        Request::post(server.target("transport=polling&sid=nope"), "x".repeat(100_000)),
    ];
    for request in requests {
        let bytes = request.to_bytes();
        for end in [bytes.len(), bytes.len() / 2, bytes.len() - 1] {
            for settle in [false, true] {
                let mut connection = Connection::open(&server).await;
                connection.send(&bytes[..end]).await;
                if settle {
                    server.settle().await;
                }
                connection.abort();
            }
        }
    }
    expect_service(&server).await;
}

/// CVE-2023-31125: unknown transports, with every method.
#[tokio::test]
async fn transports_named_like_properties() {
    let server = start().await;
    for transport in ["__proto__", "constructor", "toString", "webtransport", "flashsocket", "%00", "polling%00"] {
        for method in ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "FOO"] {
            let target = server.target(&format!("transport={transport}"));
            let response = Connection::open(&server).await.request(&Request::new(method, target)).await;
            assert_eq!(response.status, 400, "{method} {transport}");
        }
        let upgrade = Request::upgrade(server.target(&format!("transport={transport}&sid=__proto__")));
        assert_eq!(Connection::open(&server).await.request(&upgrade).await.status, 400, "{transport}");
    }
    expect_service(&server).await;
}

/// CVE-2022-2421: placeholders that do not refer to an attachment.
#[tokio::test]
async fn placeholders_of_no_attachment() {
    let server = start().await;
    for number in ["1", "-1", "0.5", "1e0", "1e99", "18446744073709551616", "\"splice\"", "\"0\"", "null", "[0]", "{}"]
    {
        let mut socket = WebSocket::joined(&server).await;
        socket.send(&format!(r#"451-["m",{{"_placeholder":true,"num":{number}}}]"#)).await;
        socket.send_binary(&[1, 2, 3]).await;
        assert_eq!(socket.next().await, Received::Close(None), "{number}");
    }
    expect_service(&server).await;
}

/// CVE-2023-32695: invalid event names.
#[tokio::test]
async fn event_names_that_are_no_names() {
    let server = start().await;
    for event in ["[{}]", "[[]]", "[null]", "[true]", r#"[{"toString":"x"}]"#, "[]", "{}", "[,]", r#"["disconnect"]"#] {
        expect_closed_by(&server, &format!("42{event}")).await;
    }
}

/// CVE-2026-33151: attachments that are announced and never arrive.
#[tokio::test]
async fn attachments_without_bound() {
    let server = start().await;
    for count in ["11", "5999999999", "99999999999999999999999", "-1", "", "0x1", "1.5", " 1", "+1"] {
        expect_closed_by(&server, &format!(r#"45{count}-["m"]"#)).await;
    }
}

/// CVE-2026-69185: after a packet with no attachments, the decoder kept collecting attachments.
#[tokio::test]
async fn attachments_of_a_packet_without_any() {
    let server = start().await;
    for packet in [r#"450-["m"]"#, r#"460-1["m"]"#, r#"4500-["m"]"#] {
        expect_closed_by(&server, packet).await;
    }
    let mut socket = WebSocket::joined(&server).await;
    socket.send_binary(&[1]).await;
    socket.expect_close(None).await;
}

/// The limit on a message applies to the sum of its attachments.
#[tokio::test]
async fn attachments_share_the_size_of_one_message() {
    let (namespace, _) = seen();
    let server = TestServer::start(Server::new().namespace(namespace).max_payload(1000)).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"4510-["m"]"#).await;
    let mut sent = 0;
    let end = loop {
        if socket.connection().try_send(Frame::binary([0; 900]).to_bytes()).await.is_err() || sent == 9 {
            break socket.next().await;
        }
        sent += 1;
    };
    assert_eq!(end, Received::Close(None));
    expect_service(&server).await;
}

/// CVE-2026-59725: POSTs with binary payloads never got a response.
#[tokio::test]
async fn binary_payloads_are_answered_at_once() {
    let server = start().await;
    for _ in 0..20 {
        let polling = Polling::joined(&server).await;
        let request = Request::new("POST", polling.target())
            .header("Content-Type", "application/octet-stream")
            .header("Transfer-Encoding", "chunked");
        let mut connection = Connection::open(&server).await;
        connection.send(request.head()).await;
        assert_eq!(connection.response().await.expect("an answer").answer(), (400, ""));
    }
    expect_service(&server).await;
}

/// CVE-2021-32640: long header values with many blanks took quadratic time.
#[tokio::test]
async fn header_values_of_blanks() {
    let server = start().await;
    let blanks = format!("b{}x", " ".repeat(50_000));
    for name in ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Connection", "Upgrade", "Accept-Encoding"] {
        for target in [server.target("transport=websocket"), server.target("transport=polling")] {
            let request = Request::upgrade(target).header(name, &blanks);
            let response = Connection::open(&server).await.request(&request).await;
            assert!(matches!(response.status, 101 | 200 | 400 | 431), "{name}: {response:?}");
        }
    }
    expect_service(&server).await;
}

/// CVE-2024-37890: more headers than the parser accepts.
#[tokio::test]
async fn an_upgrade_with_2000_headers() {
    let server = start().await;
    let mut request = Request::get(server.target("transport=websocket"));
    for number in 0..2000 {
        request = request.header(&format!("x-{number}"), "");
    }
    for (name, value) in [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")] {
        request = request.header(name, value);
    }
    let response = Connection::open(&server).await.request(&request).await;
    assert!(matches!(response.status, 400 | 431), "{response:?}");
    expect_service(&server).await;
}

/// CVE-2026-48779: a message in a very large number of fragments.
#[tokio::test]
async fn fragments_without_end() {
    let server = start().await;
    for payload in [&b""[..], b"x"] {
        let mut socket = WebSocket::joined(&server).await;
        let mut frames = Frame::new(opcode::TEXT, "4").unfinished().to_bytes();
        frames.extend(Frame::new(opcode::CONTINUATION, payload).unfinished().to_bytes().repeat(20_000));
        // The server may close before all of the frames are sent.
        drop(socket.connection().try_send(frames).await);
        assert!(matches!(socket.next().await, Received::Close(Some(1008))));
    }
    expect_service(&server).await;
}

/// python-engineio's CVE-2026-48802: every unsolicited pong started a task.
#[tokio::test(start_paused = true)]
async fn floods_of_pongs() {
    let (namespace, _) = seen();
    let interval = Duration::from_secs(2);
    let server = TestServer::in_memory(Server::new().ping_interval(interval).namespace(namespace));
    let mut socket = WebSocket::joined(&server).await;
    let flood = Frame::text("3").to_bytes().repeat(50_000);
    socket.connection().send(flood).await;
    socket.connection().send(Frame::new(opcode::PONG, "x").to_bytes().repeat(50_000)).await;
    socket.send(r#"42["say","x"]"#).await;
    socket.expect_text(r#"42["said","x"]"#).await;
    // There is one heartbeat, regardless of the extra pongs.
    let flooded = Instant::now();
    for round in 1..=3 {
        socket.expect_text("2").await;
        assert_eq!(flooded.elapsed(), interval * round);
        socket.send("3").await;
    }
}

/// A flood of pings is answered once for each batch that the server reads, and its answers do not accumulate.
#[tokio::test]
async fn floods_of_pings() {
    let server = start().await;
    let mut socket = WebSocket::joined(&server).await;
    socket.connection().send(Frame::new(opcode::PING, [7; 125]).to_bytes().repeat(5000)).await;
    socket.send(r#"42["say","x"]"#).await;
    loop {
        match socket.next().await {
            Received::Pong(payload) => assert_eq!(payload, [7; 125]),
            other => break assert_eq!(other, Received::Text(r#"42["said","x"]"#.to_owned())),
        }
    }
    expect_service(&server).await;
}

#[tokio::test]
async fn connections_that_say_nothing_hold_nobody_up() {
    let server = start().await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(Connection::open(&server).await);
        let mut half = Connection::open(&server).await;
        half.send("GET /socket.io/?EIO=4&transport=pol").await;
        silent.push(half);
    }
    expect_service(&server).await;
}

#[tokio::test]
async fn requests_that_are_no_http() {
    let server = start().await;
    for bytes in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"\r\n\r\n\r\n"]
    {
        let mut connection = Connection::open(&server).await;
        connection.send(bytes).await;
        connection.finish().await;
        connection.rest().await;
    }
    expect_service(&server).await;
}

/// Sessions are isolated: messages do not reach other sessions, and no response contains the id of another session.
#[tokio::test]
async fn sessions_are_secrets() {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut first = WebSocket::open(&server).await;
    let id = first.join("/").await;
    journal.expect("connected").await;
    // The socket id does not give access to the session.
    for query in [format!("transport=polling&sid={id}"), format!("transport=websocket&sid={id}")] {
        let response = Connection::open(&server).await.request(&Request::get(server.target(&query))).await;
        assert_eq!(response.answer(), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
    }
    journal.expect_silence();
}
