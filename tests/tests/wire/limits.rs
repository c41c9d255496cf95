//! Limits on the memory that a peer can occupy, and the server's reaction when they are reached.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{Connection, Frame, Polling, Request, TestServer, WebSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::timeout;

/// A write without progress for this long counts as stalled.
const STANDSTILL: Duration = Duration::from_millis(300);

#[event("data")]
struct Data(String);

struct Pump {
    reports: UnboundedSender<String>,
    gate: watch::Receiver<bool>,
}

#[namespace("/", emits(Data))]
impl Pump {
    /// Emits without waiting, until the socket refuses.
    #[on("flood")]
    async fn flood(&self, socket: &Socket<Self>, packets: u32, size: usize) {
        let data = "x".repeat(size);
        for _ in 0..packets {
            if let Err(error) = socket.emit(Data(data.clone())) {
                drop(self.reports.send(format!("refused: {error}")));
                return;
            }
        }
        drop(self.reports.send("all taken".to_owned()));
    }

    /// Reports the number once the gate is open.
    #[on("count")]
    async fn count(&self, number: u32, padding: String) {
        drop(padding);
        let mut gate = self.gate.clone();
        drop(gate.wait_for(|open| *open).await);
        drop(self.reports.send(number.to_string()));
    }

    #[on("echo")]
    async fn echo(&self, text: String) -> String {
        text
    }

    #[on_disconnect]
    async fn left(&self, reason: DisconnectReason) {
        drop(self.reports.send(format!("disconnected: {reason}")));
    }
}

struct Fixture {
    server: TestServer,
    reports: UnboundedReceiver<String>,
    gate: watch::Sender<bool>,
}

impl Fixture {
    async fn start(options: Server) -> Self {
        let (sender, reports) = unbounded_channel();
        let (gate, opened) = watch::channel(false);
        // Even a slow test ends before the first ping.
        let options = options.ping_interval(Duration::from_secs(3600));
        let server = TestServer::start(options.namespace(Pump { reports: sender, gate: opened })).await;
        Self { server, reports, gate }
    }

    async fn next(&mut self) -> String {
        switchboard_tests::endpoint::within("a report", self.reports.recv()).await.expect("a report")
    }

    /// Checks that a new client is served and reported when it disconnects.
    async fn expect_service(&mut self) {
        let mut socket = WebSocket::joined(&self.server).await;
        socket.send(r#"421["echo","x"]"#).await;
        socket.expect_text(r#"431["x"]"#).await;
        drop(socket);
        assert_eq!(self.next().await, "disconnected: transport close");
    }
}

/// A WebSocket in `/` with a small receive buffer.
async fn narrow(fixture: &Fixture) -> WebSocket {
    let request = Request::upgrade(fixture.server.target("transport=websocket"));
    let mut socket = WebSocket::opened(Connection::open_narrow(&fixture.server).await, &request).await;
    socket.join("/").await;
    socket
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_closed() {
    let mut fixture = Fixture::start(Server::new().queue_limits(1 << 20, 100_000)).await;
    let mut slow = narrow(&fixture).await;
    // 64 MiB, of which the kernel buffers a few and the queue one.
    slow.send(r#"42["flood",1000,65536]"#).await;
    let refused = fixture.next().await;
    assert!(refused.starts_with("refused: "), "{refused}");
    assert_eq!(fixture.next().await, "disconnected: slow reader");
    fixture.expect_service().await;
}

#[tokio::test]
async fn a_poller_that_does_not_poll_is_closed() {
    let mut fixture = Fixture::start(Server::new().queue_limits(1 << 20, 100_000)).await;
    let mut polling = Polling::joined(&fixture.server).await;
    polling.post(r#"42["flood",1000,65536]"#).await;
    let refused = fixture.next().await;
    assert!(refused.starts_with("refused: "), "{refused}");
    assert_eq!(fixture.next().await, "disconnected: slow reader");
    polling.expect_gone().await;
    fixture.expect_service().await;
}

#[tokio::test]
async fn packets_are_counted_too() {
    let mut fixture = Fixture::start(Server::new().queue_limits(1 << 30, 100)).await;
    let mut polling = Polling::joined(&fixture.server).await;
    polling.post(r#"42["flood",101,1]"#).await;
    assert!(fixture.next().await.starts_with("refused: "));
    assert_eq!(fixture.next().await, "disconnected: slow reader");

    let mut polling = Polling::joined(&fixture.server).await;
    polling.post(r#"42["flood",100,1]"#).await;
    assert_eq!(fixture.next().await, "all taken");
    for _ in 0..100 {
        assert_eq!(polling.next_packet().await, r#"42["data","x"]"#);
    }
}

#[tokio::test]
async fn one_packet_always_fits() {
    let mut fixture = Fixture::start(Server::new().queue_limits(100, 100)).await;
    let mut polling = Polling::joined(&fixture.server).await;
    polling.post(r#"42["flood",1,5000]"#).await;
    assert_eq!(fixture.next().await, "all taken");
    assert_eq!(polling.next_packet().await.len(), 5000 + r#"42["data",""]"#.len());
}

#[tokio::test]
async fn a_healthy_reader_of_a_large_burst_loses_nothing() {
    let mut fixture = Fixture::start(Server::new()).await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    socket.send(r#"42["flood",10000,100]"#).await;
    let data = format!(r#"42["data","{}"]"#, "x".repeat(100));
    for _ in 0..10_000 {
        socket.expect_text(&data).await;
    }
    assert_eq!(fixture.next().await, "all taken");
}

/// While a handler runs, the server stops reading from the connection once its buffers are full, so TCP holds the peer
/// back. Nothing that was read is lost, and other clients are served.
#[tokio::test]
async fn a_handler_that_does_not_end_stops_the_reading_of_its_connection() {
    let mut fixture = Fixture::start(Server::new()).await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    let padding = "x".repeat(60_000);
    let mut sent = 0;
    let unsent = loop {
        let frame = Frame::text(&format!(r#"42["count",{sent},"{padding}"]"#)).to_bytes();
        assert!(sent < 2000, "120 MB were taken while nothing was handled");
        let mut written = 0;
        match timeout(STANDSTILL, socket.connection().send_counting(&frame, &mut written)).await {
            Ok(()) => sent += 1,
            Err(_) => break frame[written..].to_vec(),
        }
    };
    fixture.expect_service().await;
    assert!(fixture.reports.is_empty());

    fixture.gate.send_replace(true);
    socket.connection().send(unsent).await;
    for number in 0..=sent {
        assert_eq!(fixture.next().await, number.to_string());
    }
    socket.send(r#"421["echo","x"]"#).await;
    socket.expect_text(r#"431["x"]"#).await;
}

/// The same over polling: the POST is answered once all of its packets fit into the queue.
#[tokio::test]
async fn a_handler_that_does_not_end_keeps_a_post_waiting() {
    let mut fixture = Fixture::start(Server::new()).await;
    let polling = Polling::joined(&fixture.server).await;
    let events: Vec<_> = (0..300).map(|number| format!(r#"42["count",{number},""]"#)).collect();
    let mut connection = Connection::open(&fixture.server).await;
    connection.send(Request::post(polling.target(), events.join("\u{1e}")).to_bytes()).await;
    fixture.expect_service().await;
    assert!(timeout(STANDSTILL, connection.line()).await.is_err(), "the packets have found room");
    fixture.gate.send_replace(true);
    assert_eq!(connection.response().await.expect("an answer").answer(), (200, "ok"));
    for number in 0..300 {
        assert_eq!(fixture.next().await, number.to_string());
    }
}

/// Attachments count towards the size of queued events.
#[tokio::test]
async fn attachments_that_wait_are_counted() {
    let mut fixture = Fixture::start(Server::new()).await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    let mut event = Frame::text(r#"451-["count",0,"",{"_placeholder":true,"num":0}]"#).to_bytes();
    event.extend(Frame::binary(vec![7; 900_000]).to_bytes());
    let mut taken = 0;
    let unsent = loop {
        assert!(taken < 40, "36 MB were taken while nothing was handled");
        let mut written = 0;
        match timeout(STANDSTILL, socket.connection().send_counting(&event, &mut written)).await {
            Ok(()) => taken += 1,
            Err(_) => break event[written..].to_vec(),
        }
    };
    fixture.gate.send_replace(true);
    socket.connection().send(unsent).await;
    for _ in 0..=taken {
        assert_eq!(fixture.next().await, "0");
    }
}

/// A client that sends events and does not read the acknowledgements is held back as well.
#[tokio::test]
async fn a_peer_that_reads_no_answers_is_not_read() {
    let mut fixture = Fixture::start(Server::new()).await;
    let mut socket = narrow(&fixture).await;
    let padding = "x".repeat(60_000);
    let frame = Frame::text(&format!(r#"421["echo","{padding}"]"#)).to_bytes();
    let mut sent = 0;
    let unsent = loop {
        assert!(sent < 2000, "120 MB were taken while no answer was read");
        let mut written = 0;
        match timeout(STANDSTILL, socket.connection().send_counting(&frame, &mut written)).await {
            Ok(()) => sent += 1,
            Err(_) => break frame[written..].to_vec(),
        }
    };
    fixture.expect_service().await;
    // Once it reads again, everything arrives. It must read and write at the same time, as every client does.
    let answer = format!(r#"431["{padding}"]"#);
    let mut unsent = &unsent[..];
    let mut read = 0;
    while !unsent.is_empty() {
        let mut written = 0;
        drop(timeout(Duration::from_millis(1), socket.connection().send_counting(unsent, &mut written)).await);
        unsent = &unsent[written..];
        if !unsent.is_empty() {
            socket.expect_text(&answer).await;
            read += 1;
        }
    }
    for _ in read..=sent {
        socket.expect_text(&answer).await;
    }
}

#[tokio::test]
async fn a_payload_has_a_bounded_number_of_packets() {
    let mut fixture = Fixture::start(Server::new()).await;
    let mut polling = Polling::joined(&fixture.server).await;
    let many = vec!["3"; 10_000].join("\u{1e}");
    polling.post(&many).await;
    polling.post(r#"421["echo","x"]"#).await;
    assert_eq!(polling.next_packet().await, r#"431["x"]"#);

    let too_many = vec!["3"; 400_000].join("\u{1e}");
    polling.post(&too_many).await;
    polling.expect_gone().await;
    assert_eq!(fixture.next().await, "disconnected: parse error");
    fixture.expect_service().await;
}

#[tokio::test]
async fn json_has_a_bounded_depth() {
    let fixture = Fixture::start(Server::new()).await;
    let nested = |depth: usize| format!(r#"421["echo",{}{}]"#, "[".repeat(depth), "]".repeat(depth));
    let mut socket = WebSocket::joined(&fixture.server).await;
    // The array of the event itself counts as one level.
    socket.send(&nested(100)).await;
    assert!(socket.next_text().await.starts_with("431["));
    socket.send(&nested(200)).await;
    socket.expect_close(None).await;
}

struct Lobby;

#[namespace("/lobby")]
impl Lobby {}

struct Hall;

#[namespace("/hall")]
impl Hall {}

/// The `auth` data of a connection may take up to `max_payload` bytes in total.
#[tokio::test]
async fn auth_of_exactly_max_payload_is_kept() {
    let server = TestServer::start(Server::new().max_payload(1000).namespace(Lobby).namespace(Hall)).await;
    let mut socket = WebSocket::open(&server).await;
    let auth = |bytes: usize| format!(r#"{{"x":"{}"}}"#, "x".repeat(bytes - r#"{"x":""}"#.len()));
    socket.send(&format!("40/lobby,{}", auth(600))).await;
    assert!(socket.next_text().await.starts_with(r#"40/lobby,{"sid":"#));
    socket.send(&format!("40/hall,{}", auth(401))).await;
    socket.expect_text(r#"44/hall,{"message":"too much auth"}"#).await;
    socket.send(&format!("40/hall,{}", auth(400))).await;
    assert!(socket.next_text().await.starts_with(r#"40/hall,{"sid":"#));
    socket.send("40{}").await;
    socket.expect_text(r#"44{"message":"too much auth"}"#).await;
    socket.send("40").await;
    assert!(socket.next_text().await.starts_with(r#"40{"sid":"#));
}

#[tokio::test]
async fn refused_namespaces_are_forgotten() {
    let fixture = Fixture::start(Server::new()).await;
    let mut socket = WebSocket::joined(&fixture.server).await;
    for number in 0..2000 {
        socket.send(&format!("40/nope{number},")).await;
        socket.expect_text(&format!(r#"44/nope{number},{{"message":"Invalid namespace"}}"#)).await;
    }
    socket.send(r#"421["echo","x"]"#).await;
    socket.expect_text(r#"431["x"]"#).await;
}

/// A client that sends many events without waiting for acknowledgements, and reads them all, is never closed as a slow
/// reader, even with low limits.
#[tokio::test]
async fn who_pipelines_and_reads_is_no_slow_reader() {
    const EVENTS: u32 = 20_000;
    let fixture = Fixture::start(Server::new().queue_limits(64 * 1024, 500)).await;
    let socket = WebSocket::joined(&fixture.server).await;
    let (mut reader, mut writer) = tokio::io::split(socket.into_connection().into_stream());
    let sending = tokio::spawn(async move {
        let events: Vec<u8> =
            (0..EVENTS).flat_map(|id| Frame::text(&format!(r#"42{id}["echo",""]"#)).to_bytes()).collect();
        writer.write_all(&events).await.expect("the server reads");
        writer
    });
    let expected: Vec<u8> = (0..EVENTS)
        .flat_map(|id| {
            let text = format!(r#"43{id}[""]"#);
            [vec![0x81, text.len() as u8], text.into_bytes()].concat()
        })
        .collect();
    let mut answers = vec![0; expected.len()];
    for some in answers.chunks_mut(10_000) {
        within("every answer", reader.read_exact(some)).await.expect("the session lives");
    }
    assert!(answers == expected, "answers in the order of the events");
    drop(sending.await);
}
