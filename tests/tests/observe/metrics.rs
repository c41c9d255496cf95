//! Metrics as exported to Prometheus: known traffic yields known values.

use std::sync::Arc;
use std::time::Duration;

use ::metrics::{LocalRecorderGuard, set_default_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use switchboard::prelude::*;
use switchboard::{ConnectRequest, Drain, RateLimit, Recovery};
use switchboard_tests::endpoint::within;
use switchboard_tests::{Connection, Polling, Request, TestServer, WebSocket};
use tokio::sync::Notify;

#[event("news")]
struct News(String);

#[event("ready?", ack = bool)]
struct Ready;

#[derive(Default)]
struct Desk {
    gate: Arc<Notify>,
}

#[namespace("/desk", emits(News, Ready))]
impl Desk {
    #[on_connect]
    async fn come(&self, socket: &Socket<Self>) -> Result<(), ConnectError> {
        match socket.auth() {
            None => Ok(()),
            Some(r#"{"panic":true}"#) => panic!("a panic that this test wants"),
            Some(_) => Err(ConnectError::new("no")),
        }
    }

    #[on("sum")]
    fn sum(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    #[on("later")]
    fn later(&self, ack: Ack<bool>) {
        tokio::spawn(async move { ack.send(true) });
    }

    #[on("enter")]
    fn enter(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
        socket.join(room)
    }

    #[on("leave")]
    fn leave(&self, socket: &Socket<Self>, room: String) {
        socket.leave(room);
    }

    #[on("wait")]
    async fn wait(&self) {
        self.gate.notified().await;
    }

    #[on("fail")]
    fn fail(&self) -> Result<(), String> {
        Err("no".to_owned())
    }

    #[on("panic")]
    fn panic(&self) {
        panic!("a panic that this test wants");
    }

    #[on("limited", middleware(RateLimit::new(1, Duration::from_secs(3600))))]
    fn limited(&self) {}

    #[on("tell")]
    fn tell(&self, socket: &Socket<Self>, text: String) -> bool {
        socket.emit(News(text)).is_ok()
    }

    #[on("tell all")]
    fn tell_all(&self, socket: &Socket<Self>, text: String) -> usize {
        socket.namespace().emit(News(text)).map_or(0, |delivery| delivery.sent)
    }

    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>) -> bool {
        socket.emit_with_ack(Ready).await.unwrap_or(false)
    }

    #[on("ask in vain")]
    async fn ask_in_vain(&self, socket: &Socket<Self>) -> bool {
        socket.timeout(Duration::from_millis(1)).emit_with_ack(Ready).await.is_err()
    }

    /// Asks, and does not wait for the acknowledgement.
    #[on("ask and go")]
    async fn ask_and_go(&self, socket: &Socket<Self>) {
        tokio::select! {
            biased;
            _ = socket.emit_with_ack(Ready) => {}
            () = std::future::ready(()) => {}
        }
    }
}

struct Tenant;

#[namespace("/tenant-{id}")]
impl Tenant {
    #[on("sum")]
    fn sum(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

struct Elsewhere;

#[namespace(dynamic)]
impl Elsewhere {}

fn recorder() -> PrometheusRecorder {
    PrometheusBuilder::new().set_buckets(&[1.0]).expect("buckets").build_recorder()
}

/// The metrics that Prometheus would scrape.
struct Scrape<'a> {
    handle: PrometheusHandle,
    _default: LocalRecorderGuard<'a>,
}

impl<'a> Scrape<'a> {
    /// Makes servers that are built on this thread from now on use this recorder.
    fn of(recorder: &'a PrometheusRecorder) -> Self {
        Self { handle: recorder.handle(), _default: set_default_local_recorder(recorder) }
    }

    /// Returns the value of a series, in the notation of Prometheus; `None` if it does not exist.
    fn get(&self, series: &str) -> Option<f64> {
        let text = self.handle.render();
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map(|value| value.parse().expect("a number"))
    }

    #[track_caller]
    fn expect(&self, series: &[(&str, u32)]) {
        for (series, value) in series {
            let found = self.get(series);
            assert_eq!(found, Some(f64::from(*value)), "{series} in\n{}", self.handle.render());
        }
    }
}

/// Connects a client to the namespace.
async fn client(server: &TestServer) -> WebSocket {
    let mut client = WebSocket::open(server).await;
    client.join("/desk").await;
    client
}

/// Sends an event, and waits for its acknowledgement.
async fn ask(client: &mut WebSocket, event: &str) {
    client.send(&format!("42/desk,0{event}")).await;
    while !client.next_text().await.starts_with("43/desk,0[") {}
}

#[tokio::test]
async fn connections_are_counted_by_their_transport() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().namespace(Desk::default())).await;
    let websocket = client(&server).await;
    let polling = Polling::joined(&server).await;
    let upgrading = Polling::joined(&server).await;
    scrape.expect(&[
        (r#"switchboard_connections{transport="polling"}"#, 2),
        (r#"switchboard_connections{transport="websocket"}"#, 1),
    ]);
    let mut upgraded = WebSocket::beside(&server, &upgrading.sid).await;
    upgraded.send("2probe").await;
    upgraded.expect_text("3probe").await;
    upgraded.send("5").await;
    upgraded.send(r#"420["x"]"#).await;
    upgraded.next_text().await;
    scrape.expect(&[
        (r#"switchboard_connections{transport="polling"}"#, 1),
        (r#"switchboard_connections{transport="websocket"}"#, 2),
        (r#"switchboard_upgrades_total{outcome="completed"}"#, 1),
    ]);
    let mut failing = WebSocket::beside(&server, &polling.sid).await;
    failing.send("6").await;
    failing.expect_close(None).await;
    drop((websocket, upgraded));
    let mut polling = polling;
    polling.post("1").await;
    server.empty().await;
    scrape.expect(&[
        (r#"switchboard_connections{transport="polling"}"#, 0),
        (r#"switchboard_connections{transport="websocket"}"#, 0),
        (r#"switchboard_connections_opened_total{transport="polling"}"#, 2),
        (r#"switchboard_connections_opened_total{transport="websocket"}"#, 1),
        (r#"switchboard_connections_closed_total{transport="polling",reason="transport close"}"#, 1),
        (r#"switchboard_connections_closed_total{transport="websocket",reason="transport close"}"#, 2),
        (r#"switchboard_upgrades_total{outcome="completed"}"#, 1),
        (r#"switchboard_upgrades_total{outcome="failed"}"#, 1),
    ]);
}

#[tokio::test]
async fn sockets_and_rooms_are_counted_by_their_namespace() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().namespace(Desk::default())).await;
    let (mut one, mut other) = (client(&server).await, client(&server).await);
    ask(&mut one, r#"["enter","a"]"#).await;
    ask(&mut one, r#"["enter","b"]"#).await;
    ask(&mut other, r#"["enter","a"]"#).await;
    scrape.expect(&[
        (r#"switchboard_sockets{namespace="/desk"}"#, 2),
        (r#"switchboard_rooms{namespace="/desk"}"#, 2),
        (r#"switchboard_connect_seconds_count{namespace="/desk"}"#, 2),
    ]);
    ask(&mut one, r#"["leave","a"]"#).await;
    scrape.expect(&[(r#"switchboard_rooms{namespace="/desk"}"#, 2)]);
    ask(&mut one, r#"["leave","b"]"#).await;
    scrape.expect(&[(r#"switchboard_rooms{namespace="/desk"}"#, 1)]);
    one.send("41/desk").await;
    drop(other);
    one.send("40/desk,{}").await;
    one.expect_text(r#"44/desk,{"message":"no"}"#).await;
    one.send(r#"40/desk,{"panic":true}"#).await;
    one.expect_text(r#"44/desk,{"message":"internal error"}"#).await;
    one.send("40/nowhere").await;
    one.expect_text(r#"44/nowhere,{"message":"Invalid namespace"}"#).await;
    one.join("/desk").await;
    drop(one);
    server.empty().await;
    scrape.expect(&[
        (r#"switchboard_sockets{namespace="/desk"}"#, 0),
        (r#"switchboard_rooms{namespace="/desk"}"#, 0),
        (r#"switchboard_sockets_connected_total{namespace="/desk"}"#, 3),
        (r#"switchboard_sockets_disconnected_total{namespace="/desk",reason="client namespace disconnect"}"#, 1),
        (r#"switchboard_sockets_disconnected_total{namespace="/desk",reason="transport close"}"#, 2),
        (r#"switchboard_connect_errors_total{namespace="/desk",reason="refused"}"#, 1),
        (r#"switchboard_connect_errors_total{namespace="/desk",reason="panicked"}"#, 1),
        (r#"switchboard_connect_errors_total{namespace="other",reason="Invalid namespace"}"#, 1),
        (r#"switchboard_connect_seconds_count{namespace="/desk"}"#, 5),
        (r#"switchboard_handler_errors_total{namespace="/desk",event="connect",kind="panicked"}"#, 1),
    ]);
}

#[tokio::test]
async fn events_are_counted_by_the_names_that_the_program_declares() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().namespace(Desk::default())).await;
    let mut client = client(&server).await;
    for event in
        [r#"["sum",1,2]"#, r#"["sum",1,"x"]"#, r#"["fail"]"#, r#"["panic"]"#, r#"["limited"]"#, r#"["limited"]"#]
    {
        ask(&mut client, event).await;
    }
    for number in 0..20 {
        ask(&mut client, &format!(r#"["made up {number}"]"#)).await;
    }
    scrape.expect(&[
        (r#"switchboard_events_received_total{namespace="/desk",event="sum"}"#, 2),
        (r#"switchboard_events_received_total{namespace="/desk",event="other"}"#, 20),
        (r#"switchboard_handler_seconds_count{namespace="/desk",event="sum"}"#, 2),
        (r#"switchboard_handler_seconds_count{namespace="/desk",event="other"}"#, 20),
        (r#"switchboard_event_wait_seconds_count{namespace="/desk"}"#, 26),
        (r#"switchboard_handler_errors_total{namespace="/desk",event="sum",kind="failed"}"#, 1),
        (r#"switchboard_handler_errors_total{namespace="/desk",event="fail",kind="failed"}"#, 1),
        (r#"switchboard_handler_errors_total{namespace="/desk",event="panic",kind="panicked"}"#, 1),
        (r#"switchboard_handler_errors_total{namespace="/desk",event="limited",kind="failed"}"#, 1),
        (r#"switchboard_handler_errors_total{namespace="/desk",event="other",kind="unhandled"}"#, 20),
        (r#"switchboard_rate_limited_total{namespace="/desk"}"#, 1),
        (r#"switchboard_acks_sent_total{namespace="/desk"}"#, 26),
    ]);
    assert!(!scrape.handle.render().contains("made up"), "clients make no labels");
}

#[tokio::test]
async fn events_that_wait_are_counted_until_they_are_handled_or_dropped() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let desk = Desk::default();
    let gate = desk.gate.clone();
    let server = TestServer::start(Server::new().namespace(desk)).await;
    let mut client = client(&server).await;
    client.send(r#"42/desk,["wait"]"#).await;
    for _ in 0..3 {
        client.send(r#"42/desk,1["sum",1,2]"#).await;
    }
    server.settle().await;
    scrape.expect(&[
        (r#"switchboard_events_waiting{namespace="/desk"}"#, 3),
        (r#"switchboard_events_received_total{namespace="/desk",event="sum"}"#, 3),
    ]);
    gate.notify_one();
    for _ in 0..3 {
        client.expect_text("43/desk,1[3]").await;
    }
    scrape.expect(&[(r#"switchboard_events_waiting{namespace="/desk"}"#, 0)]);
    // Events that are queued when the server disconnects the socket are dropped.
    client.send(r#"42/desk,["wait"]"#).await;
    client.send(r#"42/desk,["sum",1,2]"#).await;
    server.settle().await;
    scrape.expect(&[(r#"switchboard_events_waiting{namespace="/desk"}"#, 1)]);
    server.handle().namespace::<Desk>().disconnect_sockets();
    client.expect_text("41/desk,").await;
    scrape.expect(&[
        (r#"switchboard_events_waiting{namespace="/desk"}"#, 0),
        (r#"switchboard_handler_seconds_count{namespace="/desk",event="sum"}"#, 3),
    ]);
    gate.notify_one();
}

#[tokio::test]
async fn emits_broadcasts_and_acknowledgements_are_counted() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().namespace(Desk::default())).await;
    let (mut client, mut idle) = (client(&server).await, client(&server).await);
    ask(&mut client, r#"["tell","x"]"#).await;
    ask(&mut client, r#"["tell all","x"]"#).await;
    ask(&mut client, r#"["ask in vain"]"#).await;
    ask(&mut client, r#"["ask and go"]"#).await;
    client.send(r#"42/desk,0["ask"]"#).await;
    let question = client.next_text().await;
    client.send(&question.replace("42/desk", "43/desk").replace(r#""ready?""#, "true")).await;
    client.expect_text("43/desk,0[true]").await;
    idle.next_text().await;
    scrape.expect(&[
        (r#"switchboard_events_emitted_total{namespace="/desk",outcome="queued"}"#, 4),
        (r#"switchboard_broadcasts_total{namespace="/desk"}"#, 1),
        (r#"switchboard_deliveries_total{namespace="/desk",outcome="sent"}"#, 2),
        (r#"switchboard_deliveries_total{namespace="/desk",outcome="failed"}"#, 0),
        (r#"switchboard_acks_awaited_total{namespace="/desk",outcome="answered"}"#, 1),
        (r#"switchboard_acks_awaited_total{namespace="/desk",outcome="timeout"}"#, 1),
        (r#"switchboard_acks_awaited_total{namespace="/desk",outcome="given up"}"#, 1),
        (r#"switchboard_ack_seconds_count{namespace="/desk"}"#, 1),
    ]);
    drop(idle);
    let question = server.handle().namespace::<Desk>();
    let answers = tokio::spawn(async move { question.broadcast().emit_with_ack(Ready).await });
    let asked = client.next_text().await;
    client.send(&asked.replace("42/desk", "43/desk").replace(r#""ready?""#, r#""perhaps""#)).await;
    within("the answers", answers).await.expect("no panic").expect("an event that can be written");
    scrape.expect(&[(r#"switchboard_acks_awaited_total{namespace="/desk",outcome="unfit"}"#, 1)]);
}

#[tokio::test]
async fn a_question_to_many_is_a_broadcast() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().namespace(Desk::default())).await;
    let mut clients = [client(&server).await, client(&server).await];
    let desk = server.handle().namespace::<Desk>();
    let answers = tokio::spawn(async move { desk.broadcast().emit_with_ack(Ready).await });
    for client in &mut clients {
        let question = client.next_text().await;
        client.send(&question.replace("42/desk", "43/desk").replace(r#""ready?""#, "true")).await;
    }
    let answers = within("the answers", answers).await.expect("no panic").expect("an event that can be written");
    assert_eq!(answers.values().count(), 2);
    scrape.expect(&[
        (r#"switchboard_broadcasts_total{namespace="/desk"}"#, 1),
        (r#"switchboard_deliveries_total{namespace="/desk",outcome="sent"}"#, 2),
        (r#"switchboard_acks_awaited_total{namespace="/desk",outcome="answered"}"#, 2),
        (r#"switchboard_events_emitted_total{namespace="/desk",outcome="queued"}"#, 0),
    ]);
}

#[tokio::test]
async fn acknowledgements_that_were_handed_out_are_counted() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().namespace(Desk::default())).await;
    let mut client = client(&server).await;
    client.send(r#"42/desk,0["later"]"#).await;
    client.expect_text("43/desk,0[true]").await;
    ask(&mut client, r#"["sum",1,2]"#).await;
    scrape.expect(&[(r#"switchboard_acks_sent_total{namespace="/desk"}"#, 2)]);
}

#[tokio::test]
async fn what_can_be_recovered_is_counted_too() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().recovery(Recovery::new()).namespace(Desk::default())).await;
    let (mut client, _idle) = (client(&server).await, client(&server).await);
    ask(&mut client, r#"["tell","x"]"#).await;
    ask(&mut client, r#"["tell all","x"]"#).await;
    scrape.expect(&[
        (r#"switchboard_events_emitted_total{namespace="/desk",outcome="queued"}"#, 1),
        (r#"switchboard_broadcasts_total{namespace="/desk"}"#, 1),
        (r#"switchboard_deliveries_total{namespace="/desk",outcome="sent"}"#, 2),
    ]);
}

#[tokio::test]
async fn what_is_refused_is_counted_by_its_reason() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().max_connections(1)).await;
    let mut connection = Connection::open(&server).await;
    for query in ["transport=pigeon", "transport=polling&sid=none"] {
        assert_eq!(connection.request(&Request::get(server.target(query))).await.status, 400);
    }
    let mut client = WebSocket::open(&server).await;
    assert_eq!(connection.request(&Request::get(server.target("transport=polling"))).await.status, 503);
    client.send("4nonsense").await;
    client.expect_close(None).await;
    server.empty().await;
    scrape.expect(&[
        (r#"switchboard_requests_refused_total{reason="unknown transport"}"#, 1),
        (r#"switchboard_requests_refused_total{reason="unknown session"}"#, 1),
        (r#"switchboard_requests_refused_total{reason="too many connections"}"#, 1),
        ("switchboard_packets_refused_total", 1),
        (r#"switchboard_connections_closed_total{transport="websocket",reason="forced close"}"#, 1),
    ]);
}

#[tokio::test]
async fn children_of_a_pattern_share_its_label() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let anywhere = |request: ConnectRequest| async move { request.path().starts_with("/else") };
    let server = Server::new().namespace(Tenant).namespace_where(anywhere, Elsewhere);
    let server = TestServer::start(server).await;
    let mut client = WebSocket::open(&server).await;
    for path in ["/tenant-7", "/tenant-8", "/elsewhere", "/elsewhere2"] {
        client.join(path).await;
    }
    client.send(r#"42/tenant-7,1["sum",1,2]"#).await;
    client.expect_text("43/tenant-7,1[3]").await;
    scrape.expect(&[
        (r#"switchboard_sockets{namespace="/tenant-{id}"}"#, 2),
        (r#"switchboard_sockets{namespace="observe::metrics::Elsewhere"}"#, 2),
        (r#"switchboard_events_received_total{namespace="/tenant-{id}",event="sum"}"#, 1),
    ]);
    assert!(!scrape.handle.render().contains("tenant-7"), "clients make no labels");
}

#[tokio::test]
async fn bytes_that_wait_to_be_read_are_measured() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().namespace(Desk::default())).await;
    let mut polling = Polling::open(&server).await;
    polling.post("40/desk").await;
    polling.next_packet().await;
    scrape.expect(&[("switchboard_queued_bytes", 0)]);
    let text = "x".repeat(10_000);
    polling.post(&format!(r#"42/desk,["tell","{text}"]"#)).await;
    let waiting = scrape.get("switchboard_queued_bytes").expect("a gauge");
    assert!((10_000.0..10_100.0).contains(&waiting), "{waiting} bytes");
    polling.next_packet().await;
    polling.post("1").await;
    server.empty().await;
    scrape.expect(&[("switchboard_queued_bytes", 0)]);
}

#[tokio::test]
async fn a_drain_is_measured() {
    let recorder = recorder();
    let scrape = Scrape::of(&recorder);
    let server = TestServer::start(Server::new().namespace(Desk::default())).await;
    let clients = [client(&server).await, client(&server).await];
    let handle = server.handle().clone();
    let drain = tokio::spawn(async move { handle.drain(Drain::new()).await });
    for mut client in clients {
        client.expect_close(None).await;
    }
    let report = within("the drain", drain).await;
    assert_eq!(report.expect("no panic").drained, 2);
    scrape.expect(&[
        (r#"switchboard_clients_let_go_total{outcome="drained"}"#, 2),
        (r#"switchboard_clients_let_go_total{outcome="cut"}"#, 0),
        ("switchboard_drain_seconds_count", 1),
        (r#"switchboard_sockets_disconnected_total{namespace="/desk",reason="server shutting down"}"#, 2),
    ]);
}
