//! Counts the server's allocations per round of messages after a warm-up, and the memory that remains allocated after
//! clients have disconnected.
//!
//! The server runs on the test's thread, the clients on another: only the server's allocations are counted.

use std::thread;
use std::time::Duration;

use bytes::Bytes;
use switchboard::Recovery;
use switchboard::prelude::*;
use switchboard_tests::{Connection, Endpoint, Frame, Received, Request, TestServer, WebSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const WARM_UP: usize = 200;
const ROUNDS: u64 = 1_000;
/// Allocations that the runtime may make in all rounds together.
const CONSTANT: u64 = 20;

#[event("said")]
struct Said(String);

struct Desk;

#[namespace("/", emits(Said))]
impl Desk {
    #[on("join")]
    fn join(&self, socket: &Socket<Self>) -> Result<(), JoinError> {
        socket.join("desk")
    }

    #[on("note")]
    fn note(&self, from: String, text: String, number: u64) -> u64 {
        (from.len() + text.len()) as u64 + number
    }

    #[on("say")]
    fn say(&self, socket: &Socket<Self>, text: String) -> usize {
        socket.to("desk").emit(Said(text)).map_or(0, |delivery| delivery.sent)
    }

    #[on("json")]
    fn json(&self, value: RawJson) -> RawJson {
        value
    }

    #[on("bytes")]
    fn bytes(&self, data: Bytes) -> Bytes {
        data
    }
}

/// A namespace with a handler whose future is large.
struct Large;

#[namespace("/large")]
impl Large {
    #[on("note")]
    async fn note(&self, from: String, text: String, number: u64) -> u64 {
        let mut scratch = [0; 4096];
        scratch[0] = number;
        tokio::task::yield_now().await;
        (from.len() + text.len()) as u64 + std::hint::black_box(scratch)[0]
    }
}

/// The messages that the clients exchange repeatedly.
#[derive(Clone)]
struct Round {
    /// The bytes that the first client sends at once, and the messages that it receives.
    sent: Vec<u8>,
    answers: Vec<Received>,
    /// The number of other clients, and the message that each of them receives.
    members: usize,
    told: Option<Received>,
}

impl Round {
    fn exchange(sent: &str, answer: &str) -> Self {
        let (sent, answers) = (Frame::text(sent).to_bytes(), vec![Received::Text(answer.into())]);
        Self { sent, answers, members: 0, told: None }
    }

    /// Returns the round with an attachment in both directions.
    fn with_bytes(mut self, bytes: &[u8]) -> Self {
        self.sent.extend(Frame::binary(bytes).to_bytes());
        self.answers.push(Received::Binary(bytes.to_vec()));
        self
    }

    /// Returns the round with the exchange repeated, and sent at once.
    fn times(self, count: usize) -> Self {
        Self { sent: self.sent.repeat(count), answers: vec![self.answers; count].concat(), ..self }
    }

    async fn play(&self, speaker: &mut WebSocket, members: &mut [WebSocket]) {
        speaker.connection().send(&self.sent).await;
        for answer in &self.answers {
            speaker.expect(answer.clone()).await;
        }
        for member in members {
            if let Some(told) = &self.told {
                member.expect(told.clone()).await;
            }
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Plays the round repeatedly, and returns the number of the server's allocations.
fn allocations(round: Round) -> u64 {
    let runtime = runtime();
    let server = Server::new().namespace(Desk).namespace(Large).ping_interval(Duration::from_secs(3600));
    let server = runtime.block_on(TestServer::start(server));
    let (begin, begun) = unbounded_channel();
    let (end, mut ended) = unbounded_channel();
    let endpoint = server.clone();
    let clients = thread::spawn(move || self::runtime().block_on(play(endpoint, round, begun, end)));
    let mut step = || runtime.block_on(ended.recv());
    let warm = step();
    // Sending fails if the client thread has panicked, which `join` reports.
    let _ = begin.send(());
    let counted = allocation_counter::measure(|| _ = step());
    drop(begin);
    while step().is_some() {}
    clients.join().expect("the clients get what they expect");
    assert_eq!(warm, Some(()));
    counted.count_total
}

/// Warms the server up and signals `end`. When `begun` receives, plays the counted rounds and signals `end` again.
async fn play(endpoint: Endpoint, round: Round, mut begun: UnboundedReceiver<()>, end: UnboundedSender<()>) {
    let mut speaker = WebSocket::joined(&endpoint).await;
    speaker.join("/large").await;
    let mut members = Vec::new();
    for _ in 0..round.members {
        let mut member = WebSocket::joined(&endpoint).await;
        member.send(r#"420["join"]"#).await;
        member.expect_text("430[]").await;
        members.push(member);
    }
    for _ in 0..WARM_UP {
        round.play(&mut speaker, &mut members).await;
    }
    end.send(()).expect("the test waits");
    begun.recv().await;
    for _ in 0..ROUNDS {
        round.play(&mut speaker, &mut members).await;
    }
    end.send(()).expect("the test waits");
    begun.recv().await;
}

/// Checks the number of allocations per round.
#[track_caller]
fn assert_allocations(what: &str, round: Round, expected: u64) {
    let counted = allocations(round);
    assert!(
        (expected * ROUNDS..=expected * ROUNDS + CONSTANT).contains(&counted),
        "{what}: {counted} allocations in {ROUNDS} rounds, expected {expected} a round and at most {CONSTANT} more",
    );
}

#[test]
fn an_event_and_its_acknowledgement_allocate_the_strings_only() {
    let round = Round::exchange(r#"427["note","alice","good morning",3]"#, "437[20]");
    assert_allocations("an event with two strings", round, 2);
}

#[test]
fn events_that_arrive_together_allocate_no_more() {
    let round = Round::exchange(r#"427["note","alice","good morning",3]"#, "437[20]").times(16);
    assert_allocations("16 events with two strings each", round, 16 * 2);
}

#[test]
fn a_large_handler_takes_one_box_more() {
    let round = Round::exchange(r#"42/large,7["note","alice","good morning",3]"#, "43/large,7[20]");
    assert_allocations("an event of a large handler", round, 3);
}

#[test]
fn raw_json_is_copied_once() {
    let round = Round::exchange(r#"427["json",{"a":[1,2,"three"],"b":null}]"#, r#"437[{"a":[1,2,"three"],"b":null}]"#);
    assert_allocations("an echo of RawJson", round, 1);
}

#[test]
fn bytes_take_their_share_for_being_put_together() {
    let event = r#"451-7["bytes",{"_placeholder":true,"num":0}]"#;
    let answer = r#"461-7[{"_placeholder":true,"num":0}]"#;
    let round = Round::exchange(event, answer).with_bytes(&[7; 100]);
    assert_allocations("an echo of Bytes", round, 9);
}

#[test]
fn a_delivery_allocates_nothing() {
    let broadcast = |members: usize| {
        let mut round = Round::exchange(r#"427["say","good morning"]"#, &format!("437[{members}]"));
        round.members = members;
        round.told = Some(Received::Text(r#"42["said","good morning"]"#.into()));
        allocations(round)
    };
    let (few, many) = (broadcast(10), broadcast(50));
    assert!(
        many.abs_diff(few) <= CONSTANT,
        "{ROUNDS} broadcasts: {few} allocations with 10 members, {many} with 50; none may be for a member",
    );
    // The text, the room's name, the list of rooms, and the snapshot of the members.
    assert_eq!(few / ROUNDS, 4, "allocations of one broadcast; of {ROUNDS}: {few}");
}

/// The number of clients that do not read, and the limit on the queue of each.
const SLOW: usize = 20;
const QUEUE: usize = 256 * 1024;

/// Connects clients that do not read, and broadcasts until the server has disconnected all of them. Repeats this when
/// `begun` receives.
async fn neglect(endpoint: Endpoint, size: usize, mut begun: UnboundedReceiver<()>, end: UnboundedSender<()>) {
    let mut speaker = WebSocket::joined(&endpoint).await;
    let say = format!(r#"427["say","{}"]"#, "x".repeat(size));
    for _ in 0..2 {
        let mut slow = Vec::new();
        for _ in 0..SLOW {
            let request = Request::upgrade(endpoint.target("transport=websocket"));
            let mut socket = WebSocket::opened(Connection::open_narrow(&endpoint).await, &request).await;
            socket.join("/").await;
            socket.send(r#"420["join"]"#).await;
            socket.expect_text("430[]").await;
            slow.push(socket);
        }
        let mut told = SLOW.to_string();
        while told != "437[0]" {
            speaker.send(&say).await;
            told = speaker.next_text().await;
        }
        drop(slow);
        end.send(()).expect("the test waits");
        begun.recv().await;
    }
}

/// Returns the maximum of bytes that the server allocates for slow readers, and the bytes that remain once they are
/// gone.
fn slow_readers(size: usize) -> (u64, i64) {
    let runtime = runtime();
    let server = Server::new().namespace(Desk).queue_limits(QUEUE, QUEUE).ping_interval(Duration::from_secs(3600));
    let server = runtime.block_on(TestServer::start(server));
    let (begin, begun) = unbounded_channel();
    let (end, mut ended) = unbounded_channel();
    let endpoint = server.clone();
    let clients = thread::spawn(move || self::runtime().block_on(neglect(endpoint, size, begun, end)));
    let mut step = || {
        runtime.block_on(async {
            ended.recv().await;
            while server.handle().client_count() > 1 && !clients.is_finished() {
                tokio::task::yield_now().await;
            }
        });
    };
    step();
    // Sending fails if the client thread has panicked, which `join` reports.
    let _ = begin.send(());
    let counted = allocation_counter::measure(&mut step);
    drop(begin);
    clients.join().expect("the clients get what they expect");
    (counted.bytes_max, counted.bytes_current)
}

#[test]
fn slow_readers_leave_nothing_behind() {
    // Small messages are queued separately for each client, large ones are shared.
    for (size, least) in [(400, SLOW * QUEUE), (60_000, QUEUE)] {
        let (most, left) = slow_readers(size);
        assert!(most >= least as u64, "messages of {size} bytes: there were never more than {most}");
        assert!(left.abs() < 16 * 1024, "messages of {size} bytes: {left} bytes are left of {most}");
        let bound = (least + SLOW * 64 * 1024) as u64 * 3 / 2;
        assert!(most <= bound, "messages of {size} bytes: {most} is more than {bound}");
    }
}

/// Limit on the recovery data, in bytes.
const KEPT: usize = 1 << 20;

/// Connects clients that join a room, and cuts their connections, in waves.
async fn come_and_go(endpoint: Endpoint, clients: usize) {
    const WAVE: usize = 50;
    for _ in 0..clients / WAVE {
        let mut wave = Vec::new();
        for _ in 0..WAVE {
            let mut socket = WebSocket::joined(&endpoint).await;
            socket.send(r#"420["join"]"#).await;
            socket.expect_text("430[]").await;
            wave.push(socket);
        }
    }
}

/// Runs clients until all of them are gone, and returns the growth of the server's memory in bytes.
fn left_of_clients(runtime: &Runtime, server: &TestServer, clients: usize) -> i64 {
    let endpoint = Endpoint::clone(server);
    let clients = thread::spawn(move || self::runtime().block_on(come_and_go(endpoint, clients)));
    let counted = allocation_counter::measure(|| {
        runtime.block_on(async {
            while !clients.is_finished() || server.handle().client_count() > 0 {
                tokio::task::yield_now().await;
            }
        });
    });
    clients.join().expect("the clients get what they expect");
    counted.bytes_current
}

fn recovering(recovery: Recovery) -> Server {
    Server::new().namespace(Desk).recovery(recovery).ping_interval(Duration::from_secs(3600))
}

/// Checks that the memory stays within the limit, and is not far below it.
#[track_caller]
fn assert_kept(what: &str, left: i64) {
    let bounds = KEPT as i64 * 6 / 10..=KEPT as i64 * 11 / 10;
    assert!(bounds.contains(&left), "{what}: {left} bytes are kept of {KEPT}");
}

#[test]
fn kept_sessions_take_the_bytes_that_they_count_for() {
    let runtime = runtime();
    let server = recovering(Recovery::new().session_limits(usize::MAX, KEPT));
    let server = runtime.block_on(TestServer::start(server));
    assert_kept("sessions", left_of_clients(&runtime, &server, 2_000));
}

#[test]
fn kept_packets_take_the_bytes_that_they_count_for() {
    const PACKETS: usize = 10_000;
    for (what, rooms) in [("packets to all", 0), ("packets to a room each", 1), ("packets to three rooms each", 3)] {
        let runtime = runtime();
        let server = runtime.block_on(TestServer::start(recovering(Recovery::new().packet_limits(usize::MAX, KEPT))));
        // Disconnected clients make the server keep packets.
        left_of_clients(&runtime, &server, 50);
        let desk = server.handle().namespace::<Desk>();
        let counted = allocation_counter::measure(|| {
            for number in 0..PACKETS {
                let rooms: Vec<_> = (0..rooms).map(|room| format!("room {number} {room}")).collect();
                desk.to(rooms).emit(Said("x".repeat(100))).expect("it is kept");
            }
        });
        assert_kept(what, counted.bytes_current);
    }
}

/// The number of silent connections.
const SILENT: usize = 200;

/// Opens silent connections when `begun` receives, and sends to `end` once the server has accepted them.
async fn keep_silent(endpoint: Endpoint, mut begun: UnboundedReceiver<()>, end: UnboundedSender<()>) {
    endpoint.settle().await;
    end.send(()).expect("the test waits");
    begun.recv().await;
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        silent.push(Connection::open(&endpoint).await);
    }
    endpoint.settle().await;
    end.send(()).expect("the test waits");
    begun.recv().await;
}

/// When thousands of clients connect at once, their connections wait to be served. Memory that they take meanwhile
/// would remain allocated between the data of their sessions.
#[test]
fn connections_that_say_nothing_take_little_memory() {
    let runtime = runtime();
    let server = runtime.block_on(TestServer::start(Server::new().namespace(Desk)));
    let (begin, begun) = unbounded_channel();
    let (end, mut ended) = unbounded_channel();
    let endpoint = server.clone();
    let clients = thread::spawn(move || self::runtime().block_on(keep_silent(endpoint, begun, end)));
    let mut step = || runtime.block_on(ended.recv());
    step();
    // Sending fails if the client thread has panicked, which `join` reports.
    let _ = begin.send(());
    let counted = allocation_counter::measure(|| _ = step());
    drop(begin);
    clients.join().expect("the clients get what they expect");
    let each = counted.bytes_current / SILENT as i64;
    assert!(each < 4096, "{each} bytes for each connection");
}
