//! A metrics recorder that uses the namespace in every call. The server must not hold a lock while it calls a recorder.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use ::metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    set_default_local_recorder,
};
use switchboard::Recovery;
use switchboard::prelude::*;
use switchboard_tests::{Polling, TestServer, WebSocket};

#[event("news")]
struct News(String);

#[event("ready?", ack = bool)]
struct Ready;

struct Office;

#[namespace("/office", emits(News, Ready))]
impl Office {
    #[on("enter")]
    fn enter(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
        socket.join(room)
    }

    #[on("leave")]
    fn leave(&self, socket: &Socket<Self>, room: String) {
        socket.leave(room);
    }

    #[on("tell")]
    fn tell(&self, socket: &Socket<Self>, text: String) -> bool {
        socket.emit(News(text.clone())).is_ok() && socket.namespace().emit(News(text)).is_ok()
    }

    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>) -> bool {
        socket.emit_with_ack(Ready).await.unwrap_or(false)
    }

    #[on("fail")]
    fn fail(&self) -> Result<(), String> {
        Err("no".to_owned())
    }
}

/// Timeout of the recorder's calls, which must not have to wait.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Looker {
    office: OnceLock<NamespaceHandle<Office>>,
    /// The metrics that were recorded, and those during which the namespace was locked.
    told: Mutex<Vec<String>>,
    blind: Mutex<Vec<String>>,
}

impl Looker {
    /// Runs on another thread: if a lock is held, that thread waits for it, and this one continues.
    fn look(self: &Arc<Self>, metric: &str) {
        self.told.lock().expect("no panic").push(metric.to_owned());
        let (this, (seen, has_seen)) = (self.clone(), channel());
        thread::spawn(move || {
            let Some(office) = this.office.get() else { return seen.send(()) };
            office.rooms();
            office.members("hall");
            for socket in office.sockets() {
                // Joins a room that the socket is already in, which takes all locks of a join.
                drop(socket.join(socket.id().to_owned()));
                socket.rooms();
                socket.engine().transport();
            }
            seen.send(())
        });
        if has_seen.recv_timeout(PATIENCE).is_err() {
            self.blind.lock().expect("no panic").push(metric.to_owned());
        }
    }
}

/// One metric.
struct Instrument(Arc<Looker>, String);

impl CounterFn for Instrument {
    fn increment(&self, _: u64) {
        self.0.look(&self.1);
    }

    fn absolute(&self, _: u64) {
        self.0.look(&self.1);
    }
}

impl GaugeFn for Instrument {
    fn increment(&self, _: f64) {
        self.0.look(&self.1);
    }

    fn decrement(&self, _: f64) {
        self.0.look(&self.1);
    }

    fn set(&self, _: f64) {
        self.0.look(&self.1);
    }
}

impl HistogramFn for Instrument {
    fn record(&self, _: f64) {
        self.0.look(&self.1);
    }
}

struct Looking(Arc<Looker>);

impl Looking {
    fn instrument(&self, key: &Key) -> Arc<Instrument> {
        Arc::new(Instrument(self.0.clone(), key.name().to_owned()))
    }
}

impl Recorder for Looking {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.instrument(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.instrument(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.instrument(key))
    }
}

#[tokio::test]
async fn a_recorder_may_look_at_the_sockets() {
    let looker = Arc::new(Looker::default());
    let recorder = Looking(looker.clone());
    let _default = set_default_local_recorder(&recorder);
    let server = TestServer::start(Server::new().recovery(Recovery::new()).namespace(Office)).await;
    let office = server.handle().namespace::<Office>();
    assert!(looker.office.set(office.clone()).is_ok());

    let mut polling = Polling::open(&server).await;
    polling.post("40/office").await;
    polling.next_packet().await;
    // Without a waiting poll, the event is queued.
    polling.post(r#"42/office,["tell","x"]"#).await;
    polling.next_packet().await;

    let mut client = WebSocket::open(&server).await;
    client.join("/office").await;
    for event in [r#"["enter","hall"]"#, r#"["tell","x"]"#, r#"["fail"]"#, r#"["leave","hall"]"#] {
        client.send(&format!("42/office,0{event}")).await;
        while !client.next_text().await.starts_with("43/office,0[") {}
    }
    client.send(r#"42/office,1["ask"]"#).await;
    let question = client.next_text().await;
    client.send(&question.replace("42/office", "43/office").replace(r#""ready?""#, "true")).await;
    client.expect_text("43/office,1[true]").await;
    client.send("41/office").await;
    client.join("/office").await;
    office.disconnect_sockets();
    drop(client);
    polling.post("1").await;
    server.empty().await;

    assert_eq!(*looker.blind.lock().expect("no panic"), [""; 0], "told while something was locked");
    for metric in ["queued_bytes", "sockets", "rooms", "connections", "broadcasts_total", "acks_sent_total"] {
        let name = format!("switchboard_{metric}");
        assert!(looker.told.lock().expect("no panic").contains(&name), "{name}");
    }
}
