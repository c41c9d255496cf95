//! Connections that are cut, and clients that come back: with everything that they had, once, or as somebody new.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use switchboard::prelude::*;
use switchboard::{ConnectRequest, ExpiryReason, Recovery};
use switchboard_tests::endpoint::within;
use switchboard_tests::{Frame, Polling, TestServer, WebSocket};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::journal::Journal;

/// Longer than any test.
const HOUR: Duration = Duration::from_secs(3600);

#[event("said")]
struct Said(String);

#[event("numbered")]
struct Numbered(usize);

#[derive(Event, Serialize)]
#[event("picture")]
struct Picture(Bytes);

#[event("asked", ack = bool)]
struct Asked;

/// Who comes and goes is reported; a session counts how often its client has come back.
struct Hall {
    reports: UnboundedSender<String>,
    leaves: Arc<Notify>,
}

struct Visitor {
    returns: usize,
}

#[payload]
struct Wishes {
    /// A room to leave at once.
    leave: Option<String>,
    /// Whether to stay in `#[on_disconnect]` for a while.
    linger: Option<bool>,
    pid: Option<String>,
}

impl Hall {
    fn report(&self, what: String) {
        // A test that has ended needs no reports.
        drop(self.reports.send(what));
    }
}

async fn is_open<N: Namespace>(_socket: &Socket<N>, State(closed): State<Arc<AtomicBool>>) -> Result<(), ConnectError> {
    if closed.load(Ordering::Acquire) { Err(ConnectError::new("closed")) } else { Ok(()) }
}

#[namespace("/", session = Visitor, emits(Said, Numbered, Picture, Asked), guard(is_open))]
impl Hall {
    #[on_connect]
    async fn enter(
        &self,
        socket: &Socket<Self>,
        Auth(wishes): Auth<Wishes>,
        Recovered(former): Recovered<Visitor>,
    ) -> Visitor {
        assert_eq!((former.is_some(), wishes.pid), (socket.recovered(), None));
        if let Some(room) = wishes.leave {
            socket.leave(room);
        }
        if socket.recovered() {
            drop(socket.emit(Said("welcome back".to_owned())));
        }
        let returns = former.map_or(0, |former| former.returns + 1);
        self.report(format!("entered {returns}"));
        Visitor { returns }
    }

    #[on("rooms")]
    fn rooms(&self, socket: &Socket<Self>) -> Vec<String> {
        let mut rooms = socket.rooms();
        rooms.retain(|room| room != socket.id());
        rooms.sort();
        rooms
    }

    #[on("state")]
    fn state(&self, socket: &Socket<Self>) -> (bool, usize) {
        (socket.recovered(), socket.session().returns)
    }

    #[on_disconnect]
    async fn left(&self, socket: &Socket<Self>, Auth(wishes): Auth<Wishes>, reason: DisconnectReason) {
        self.report(format!("left: {reason}"));
        if wishes.linger == Some(true) && !socket.recovered() {
            self.leaves.notified().await;
            self.report("gone at last".to_owned());
        }
    }
}

struct Setting {
    server: TestServer,
    strangers: Vec<Client>,
    journal: Journal,
    closed: Arc<AtomicBool>,
    leaves: Arc<Notify>,
    expired: UnboundedReceiver<(String, Vec<String>, ExpiryReason, Option<usize>)>,
}

impl Setting {
    async fn new() -> Self {
        Self::with(Server::new(), Recovery::new()).await
    }

    async fn with(options: Server, recovery: Recovery) -> Self {
        let (reports, journal) = Journal::new();
        let (tell, expired) = unbounded_channel();
        let recovery = recovery.on_expired(move |gone| {
            assert_eq!(gone.namespace(), "/");
            let returns = gone.session::<Visitor>().map(|visitor| visitor.returns);
            drop(tell.send((gone.id().to_owned(), gone.rooms().to_vec(), gone.reason(), returns)));
        });
        let (closed, leaves) = (Arc::<AtomicBool>::default(), Arc::<Notify>::default());
        let hall = Hall { reports, leaves: leaves.clone() };
        let server = TestServer::start(options.recovery(recovery).state(closed.clone()).namespace(hall)).await;
        Self { server, strangers: Vec::new(), journal, closed, leaves, expired }
    }

    fn hall(&self) -> NamespaceHandle<Hall> {
        self.server.handle().namespace()
    }

    fn say(&self, what: &str) {
        self.hall().emit(Said(what.to_owned())).expect("it is sent");
    }

    fn say_to(&self, whom: &str, what: &str) {
        self.hall().to(whom).emit(Said(what.to_owned())).expect("it is sent");
    }

    /// Ends a client's connection, and waits until the server knows.
    async fn cut(&mut self, client: Client) -> Before {
        let before = client.cut();
        // An error where the server was writing.
        let report = self.journal.next().await;
        assert!(["left: transport close", "left: transport error"].contains(&&*report), "{report}");
        before
    }

    async fn new_client(&mut self) -> Client {
        let client = Client::new(&self.server).await;
        self.journal.expect("entered 0").await;
        client
    }

    /// A client that comes back and is recognized, for the `returns`th time.
    async fn recovered(&mut self, before: &Before, returns: usize) -> Client {
        let mut client = Client::back(&self.server, before, json!({})).await;
        self.journal.expect(&format!("entered {returns}")).await;
        assert_eq!((&client.id, &client.pid), (&before.id, &before.pid));
        client.offset.clone_from(&before.offset);
        client
    }

    /// A client that comes back and is not recognized. It stays.
    async fn stranger(&mut self, before: &Before) {
        let client = Client::back(&self.server, before, json!({})).await;
        self.journal.expect("entered 0").await;
        assert_ne!(client.id, before.id);
        assert_ne!(client.pid, before.pid);
        self.strangers.push(client);
    }

    async fn expect_expired(&mut self, id: &str, reason: ExpiryReason) {
        let (gone, rooms, why, _) = within("an expired session", self.expired.recv()).await.expect("a server");
        assert_eq!((&*gone, why), (id, reason));
        assert!(rooms.contains(&gone));
    }
}

/// A connected client that does what the browser's does.
struct Client {
    socket: WebSocket,
    id: String,
    pid: String,
    offset: Option<String>,
}

/// What a client knows of the connection that it had.
#[derive(Clone)]
struct Before {
    id: String,
    pid: String,
    offset: Option<String>,
}

impl Before {
    fn auth(&self, mut auth: Value) -> Value {
        auth["pid"] = json!(self.pid);
        if let Some(offset) = &self.offset {
            auth["offset"] = json!(offset);
        }
        auth
    }
}

impl Client {
    async fn new(server: &TestServer) -> Self {
        Self::with(server, json!({})).await
    }

    async fn back(server: &TestServer, before: &Before, auth: Value) -> Self {
        Self::with(server, before.auth(auth)).await
    }

    async fn with(server: &TestServer, auth: Value) -> Self {
        let mut socket = WebSocket::open(server).await;
        socket.send(&format!("40{auth}")).await;
        let reply = socket.next_text().await;
        let (id, pid) = identity(&reply);
        Self { socket, id, pid, offset: None }
    }

    /// The next event's arguments. The offset is remembered and left out.
    async fn event(&mut self) -> Value {
        let text = self.socket.next_text().await;
        let json = text.strip_prefix("42").unwrap_or_else(|| panic!("not an event: {text:?}"));
        let mut event: Vec<Value> = serde_json::from_str(json).expect("an event in JSON");
        let offset = event.pop().expect("an offset");
        self.offset = Some(offset.as_str().expect("an offset is a string").to_owned());
        Value::from(event)
    }

    async fn expect_said(&mut self, what: &[&str]) {
        for what in what {
            assert_eq!(self.event().await, json!(["said", what]));
        }
    }

    async fn ask(&mut self, event: &str) -> String {
        self.socket.send(&format!(r#"427["{event}"]"#)).await;
        self.socket.next_text().await
    }

    async fn expect_nothing_more(&mut self) {
        assert!(self.ask("state").await.starts_with("437["));
    }

    fn before(&self) -> Before {
        Before { id: self.id.clone(), pid: self.pid.clone(), offset: self.offset.clone() }
    }

    /// Cuts the connection, as a cable that is pulled and plugged in again.
    fn cut(self) -> Before {
        let before = self.before();
        self.socket.into_connection().abort();
        before
    }
}

fn identity(reply: &str) -> (String, String) {
    let json = reply.strip_prefix("40").unwrap_or_else(|| panic!("not accepted: {reply:?}"));
    let json: Value = serde_json::from_str(json).expect("a reply in JSON");
    let text = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("no {name} in {reply}")).to_owned();
    (text("sid"), text("pid"))
}

// ---- what is on the wire ----

#[tokio::test]
async fn a_socket_has_a_secret_of_its_own() {
    let mut setting = Setting::new().await;
    let (a, b) = (setting.new_client().await, setting.new_client().await);
    let ids = HashSet::from([&a.id, &a.pid, &b.id, &b.pid]);
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| id.len() == 20));
}

#[tokio::test]
async fn without_recovery_there_is_neither_a_secret_nor_an_offset() {
    let (namespace, _journal) = crate::journal::seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40{"pid":"a","offset":"b"}"#).await;
    let reply = socket.next_text().await;
    assert!(reply.starts_with(r#"40{"sid":""#) && !reply.contains("pid"), "{reply}");
    socket.send(r#"42["say","hello"]"#).await;
    socket.expect_text(r#"42["said","hello"]"#).await;
}

#[tokio::test]
async fn events_that_can_be_recovered_have_an_offset_behind_their_arguments() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    let socket = setting.hall().socket(&client.id).expect("a socket");
    let mut offsets = HashSet::new();

    socket.emit(Said("alone".to_owned())).expect("it is sent");
    client.expect_said(&["alone"]).await;
    offsets.extend(client.offset.clone());
    setting.say("to all");
    client.expect_said(&["to all"]).await;
    offsets.extend(client.offset.clone());

    socket.emit(Picture(Bytes::from_static(b"png"))).expect("it is sent");
    let head = client.socket.next_text().await;
    let (arguments, offset) = head.rsplit_once(',').expect("arguments");
    assert_eq!(arguments, r#"451-["picture",{"_placeholder":true,"num":0}"#);
    offsets.insert(offset.trim_matches(['"', ']']).to_owned());
    client.socket.expect_binary(b"png").await;
    assert_eq!(offsets.len(), 3);

    socket.volatile().emit(Said("volatile".to_owned())).expect("it is sent");
    client.socket.expect_text(r#"42["said","volatile"]"#).await;
    setting.hall().broadcast().volatile().emit(Said("volatile".to_owned())).expect("it is sent");
    client.socket.expect_text(r#"42["said","volatile"]"#).await;
    assert_eq!(client.ask("state").await, "437[[false,0]]");
    let asking = tokio::spawn(async move { socket.emit_with_ack(Asked).await });
    client.socket.expect_text(r#"420["asked"]"#).await;
    client.socket.send("430[true]").await;
    assert!(within("an answer", asking).await.expect("no panic").expect("an answer"));
}

// ---- coming back ----

#[tokio::test]
async fn who_is_cut_off_gets_everything_back() {
    let mut setting = Setting::new().await;
    let (mut client, mut other) = (setting.new_client().await, setting.new_client().await);
    let hall = setting.hall();
    let socket = hall.socket(&client.id).expect("a socket");
    socket.join(["a", "b"]);
    setting.say("before");
    client.expect_said(&["before"]).await;
    other.expect_said(&["before"]).await;
    assert_eq!(client.ask("state").await, "437[[false,0]]");
    let before = setting.cut(client).await;
    assert!(hall.socket(&before.id).is_none());

    setting.say("to all");
    setting.say_to("a", "to a");
    setting.say_to("c", "to c");
    setting.say_to(&before.id, "to the id");
    setting.say_to(&other.id, "to another");
    hall.to(["a", "b"]).emit(Said("to a and b".to_owned())).expect("it is sent");
    hall.except("b").emit(Said("to all but b".to_owned())).expect("it is sent");
    hall.broadcast().volatile().emit(Said("volatile".to_owned())).expect("it is sent");
    // A handle of the time before still reaches the client.
    socket.emit(Said("to the socket".to_owned())).expect("it is kept");
    socket.broadcast().emit(Said("to all others".to_owned())).expect("it is sent");

    let mut client = setting.recovered(&before, 1).await;
    setting.say("after");
    socket.emit(Said("to the old socket".to_owned())).expect("it is sent");
    let missed = ["to all", "to a", "to the id", "to a and b", "to the socket"];
    client.expect_said(&missed).await;
    client.expect_said(&["welcome back", "after", "to the old socket"]).await;
    assert_eq!(client.ask("state").await, "437[[true,1]]");
    assert_eq!(client.ask("rooms").await, r#"437[["a","b"]]"#);
    let heard = ["to all", "to another", "to all but b", "to all others", "after"];
    for what in heard {
        let text = other.socket.next_text().await;
        assert!(text.starts_with(&format!(r#"42["said","{what}""#)), "{text} for {what}");
    }

    // And again, with nothing missed.
    let before = setting.cut(client).await;
    let mut client = setting.recovered(&before, 2).await;
    client.expect_said(&["welcome back"]).await;
    assert_eq!(client.ask("state").await, "437[[true,2]]");
}

#[tokio::test]
async fn what_was_on_its_way_when_the_connection_was_cut_arrives_once() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    for what in ["1", "2", "3", "4"] {
        setting.say(what);
    }
    client.expect_said(&["1", "2"]).await;
    let before = setting.cut(client).await;
    setting.say("5");
    let mut client = setting.recovered(&before, 1).await;
    client.expect_said(&["3", "4", "5", "welcome back"]).await;
    client.expect_nothing_more().await;
}

#[tokio::test]
async fn who_has_received_nothing_yet_can_come_back() {
    let mut setting = Setting::new().await;
    let client = setting.new_client().await;
    setting.say("lost");
    let before = setting.cut(client).await;
    assert_eq!(before.offset, None);
    let mut client = setting.recovered(&before, 1).await;
    client.expect_said(&["lost", "welcome back"]).await;
    // Not again what it has missed the first time, though it names nothing of it.
    let mut before = setting.cut(client).await;
    before.offset = None;
    let mut client = setting.recovered(&before, 2).await;
    client.expect_said(&["lost", "welcome back", "welcome back"]).await;
}

#[tokio::test]
async fn an_offset_of_the_time_before_is_no_hindrance() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    setting.say("first life");
    client.expect_said(&["first life"]).await;
    client.socket.send("41").await;
    setting.journal.expect("left: client namespace disconnect").await;
    let stale = client.offset.clone();
    drop(client);
    let mut client = setting.new_client().await;
    setting.say("second life");
    // The client's library still names what it received then: nothing has arrived since.
    client.offset = stale;
    let before = setting.cut(client).await;
    let mut client = setting.recovered(&before, 1).await;
    client.expect_said(&["second life", "welcome back"]).await;
    client.expect_nothing_more().await;
}

#[tokio::test]
async fn a_poller_that_is_cut_off_gets_everything_back() {
    let mut setting = Setting::new().await;
    let mut polling = Polling::open(&setting.server).await;
    polling.post("40").await;
    let (id, pid) = identity(&polling.next_packet().await);
    setting.journal.expect("entered 0").await;
    setting.hall().socket(&id).expect("a socket").join("a");
    setting.say("before");
    let packet = polling.next_packet().await;
    let offset = packet.split('"').nth(5).expect("an offset").to_owned();
    assert_eq!(packet, format!(r#"42["said","before","{offset}"]"#));
    polling.wait().await.abort();
    setting.journal.expect("left: transport error").await;
    polling.expect_gone().await;

    setting.say_to("a", "meanwhile");
    let mut polling = Polling::open(&setting.server).await;
    polling.post(&format!(r#"40{{"pid":"{pid}","offset":"{offset}"}}"#)).await;
    assert_eq!(identity(&polling.next_packet().await), (id, pid));
    for what in ["meanwhile", "welcome back"] {
        let packet = polling.next_packet().await;
        assert!(packet.starts_with(&format!(r#"42["said","{what}","#)), "{packet}");
    }
}

#[tokio::test]
async fn each_namespace_is_recovered_for_itself() {
    #[event("news")]
    struct News(String);
    struct Child;
    #[namespace("/child-{id}", params(id: u32), emits(News))]
    impl Child {}

    let server = TestServer::start(Server::new().recovery(Recovery::new()).namespace(Child)).await;
    let mut socket = WebSocket::open(&server).await;
    let mut identities = Vec::new();
    for id in [1, 2] {
        socket.send(&format!("40/child-{id},")).await;
        let reply = socket.next_text().await.replace(&format!("/child-{id},"), "");
        identities.push(identity(&reply));
    }
    socket.into_connection().abort();
    server.empty().await;
    // A pid of another namespace is nothing there.
    let (mut socket, pid) = (WebSocket::open(&server).await, &identities[0].1);
    socket.send(&format!(r#"40/child-2,{{"pid":"{pid}"}}"#)).await;
    let reply = socket.next_text().await;
    assert!(!reply.contains(pid) && !reply.contains(&identities[1].0), "{reply}");
    // The child is there for as long as somebody may come back to it.
    let child = server.handle().children::<Child>().into_iter().find(|child| *child.params() == 1).expect("a child");
    child.emit(News("meanwhile".to_owned())).expect("it is kept");
    drop(child);
    socket.send(&format!(r#"40/child-1,{{"pid":"{pid}"}}"#)).await;
    let (id, pid) = &identities[0];
    socket.expect_text(&format!(r#"40/child-1,{{"sid":"{id}","pid":"{pid}"}}"#)).await;
    let missed = socket.next_text().await;
    assert!(missed.starts_with(r#"42/child-1,["news","meanwhile","#), "{missed}");
}

#[tokio::test]
async fn what_a_room_hears_is_for_who_was_in_it_then() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    setting.say("start");
    client.expect_said(&["start"]).await;
    let socket = setting.hall().socket(&client.id).expect("a socket");
    socket.join(["left later", "left at return", "left while in"]);
    setting.say_to("left later", "1");
    setting.say_to("entered later", "not for us");
    socket.leave("left later");
    setting.say_to("left later", "not for us");
    socket.join("entered later");
    setting.say_to("entered later", "2");
    setting.say_to("left at return", "3");
    // None of it was read.
    let before = setting.cut(client).await;
    setting.say_to("left at return", "not for us any more");
    setting.say_to("left while in", "4");
    let auth = json!({ "leave": "left at return" });
    let mut client = Client::back(&setting.server, &before, auth).await;
    assert_eq!(client.id, before.id);
    client.expect_said(&["1", "2", "3", "4", "welcome back"]).await;
    assert_eq!(client.ask("rooms").await, r#"437[["entered later","left while in"]]"#);
}

#[tokio::test]
async fn a_reader_that_was_too_slow_can_go_on() {
    let mut setting = Setting::with(Server::new().queue_limits(1 << 20, 100), Recovery::new()).await;
    let mut polling = Polling::open(&setting.server).await;
    polling.post("40").await;
    let (id, pid) = identity(&polling.next_packet().await);
    setting.journal.expect("entered 0").await;
    // It does not poll.
    let all: Vec<_> = (0..150).map(|number| number.to_string()).collect();
    for what in &all {
        setting.say(what);
    }
    setting.journal.expect("left: slow reader").await;
    // Again more than the queue takes, but it is sent at once.
    let before = Before { id, pid, offset: None };
    let mut client = setting.recovered(&before, 1).await;
    for what in &all {
        client.expect_said(&[what]).await;
    }
    client.expect_said(&["welcome back"]).await;
}

#[tokio::test]
async fn the_former_handlers_finish_before_the_client_is_back() {
    let mut setting = Setting::new().await;
    let client = Client::with(&setting.server, json!({ "linger": true })).await;
    setting.journal.expect("entered 0").await;
    let before = setting.cut(client).await;
    let mut socket = WebSocket::open(&setting.server).await;
    socket.send(&format!("40{}", before.auth(json!({ "linger": true })))).await;
    setting.server.settle().await;
    setting.journal.expect_silence();
    setting.leaves.notify_one();
    setting.journal.expect("gone at last").await;
    setting.journal.expect("entered 1").await;
    assert_eq!(identity(&socket.next_text().await).0, before.id);
}

/// Several threads send while the client is cut off again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_doubled_whoever_sends_when() {
    const SENDERS: usize = 3;
    const EACH: usize = 400;
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    let hall = setting.hall();
    hall.socket(&client.id).expect("a socket").join("a");
    let sent = Arc::new(AtomicUsize::new(0));
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (hall, sent, id) = (hall.clone(), sent.clone(), client.id.clone());
            tokio::spawn(async move {
                for number in 0..EACH {
                    let event = Numbered(sender * EACH + number);
                    let sending = match number % 3 {
                        0 => hall.emit(event),
                        1 => hall.to("a").emit(event),
                        _ => hall.to(&id).emit(event),
                    };
                    sending.expect("it is sent");
                    sent.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut next = [0; SENDERS];
    let mut returns = 0;
    while next.iter().sum::<usize>() < SENDERS * EACH {
        let event = client.event().await;
        if event[0] == json!("numbered") {
            let number = event[1].as_u64().expect("a number") as usize;
            let sender = number / EACH;
            assert_eq!(number % EACH, next[sender], "of sender {sender}, after {returns} returns");
            next[sender] += 1;
            if number.is_multiple_of(29) {
                returns += 1;
                let before = setting.cut(client).await;
                client = setting.recovered(&before, returns).await;
            }
        }
    }
    assert!(returns > 10, "{returns}");
    for sender in senders {
        within("sending", sender).await.expect("no panic");
    }
}

// ---- who does not come back ----

#[tokio::test]
async fn who_left_or_was_told_to_is_not_awaited() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    client.socket.send("41").await;
    setting.journal.expect("left: client namespace disconnect").await;
    setting.stranger(&client.before()).await;

    let client = setting.new_client().await;
    setting.hall().socket(&client.id).expect("a socket").disconnect();
    setting.journal.expect("left: server namespace disconnect").await;
    setting.stranger(&client.before()).await;

    let mut client = setting.new_client().await;
    client.socket.send("x").await;
    setting.journal.expect("left: parse error").await;
    setting.stranger(&client.before()).await;
    assert!(setting.expired.try_recv().is_err());
}

#[tokio::test]
async fn who_closed_the_connection_or_broke_the_protocol_is() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    client.socket.send_frame(&Frame::close()).await;
    setting.journal.expect("left: transport close").await;
    let mut client = setting.recovered(&client.before(), 1).await;
    client.socket.send("49").await;
    setting.journal.expect("left: forced close").await;
    setting.recovered(&client.before(), 2).await;
}

#[tokio::test]
async fn a_pid_that_is_unknown_or_nonsense_makes_a_new_socket() {
    let mut setting = Setting::new().await;
    let client = setting.new_client().await;
    let before = setting.cut(client).await;
    let mut strangers = Vec::new();
    for auth in [
        json!({ "pid": "AAAAAAAAAAAAAAAAAAAA" }),
        json!({ "pid": "", "offset": "" }),
        json!({ "pid": before.id }),
        json!({ "offset": "x" }),
        json!({ "pid": before.pid, "offset": 5 }),
    ] {
        let client = Client::with(&setting.server, auth).await;
        assert_ne!(client.id, before.id);
        setting.journal.expect("entered 0").await;
        strangers.push(client);
    }
    setting.recovered(&before, 1).await;
}

#[tokio::test]
async fn an_offset_that_the_server_has_not_sent_makes_a_new_socket() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    setting.say("something");
    client.expect_said(&["something"]).await;
    let mut before = setting.cut(client).await;
    before.offset = Some("what a volatile event ended in".to_owned());
    setting.stranger(&before).await;
    setting.expect_expired(&before.id, ExpiryReason::Missed).await;
    before.offset = None;
    setting.stranger(&before).await;
}

#[tokio::test]
async fn a_session_is_restored_once() {
    let mut setting = Setting::new().await;
    let client = setting.new_client().await;
    let before = setting.cut(client).await;
    let client = setting.recovered(&before, 1).await;
    // Whoever has learned the pid gets nothing while its client is connected.
    setting.stranger(&before).await;
    let before = setting.cut(client).await;
    setting.recovered(&before, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_claim_a_pid_one_gets_it() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    for _ in 0..20 {
        let before = setting.cut(client).await;
        let mut sockets = Vec::new();
        for _ in 0..8 {
            sockets.push(WebSocket::open(&setting.server).await);
        }
        let connect = format!("40{}", before.auth(json!({})));
        let claims: Vec<_> = sockets
            .into_iter()
            .map(|mut socket| {
                let connect = connect.clone();
                tokio::spawn(async move {
                    socket.send(&connect).await;
                    let (id, pid) = identity(&socket.next_text().await);
                    Client { socket, id, pid, offset: None }
                })
            })
            .collect();
        let mut all = Vec::new();
        for claim in claims {
            all.push(within("a reply", claim).await.expect("no panic"));
        }
        for _ in &all {
            setting.journal.next().await;
        }
        let (mut winners, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|client| client.id == before.id);
        assert_eq!(winners.len(), 1);
        let pids: HashSet<_> = others.iter().map(|client| &client.pid).collect();
        assert!(pids.len() == others.len() && !pids.contains(&before.pid));
        for mut other in others {
            other.socket.send("41").await;
            setting.journal.expect("left: client namespace disconnect").await;
        }
        client = winners.remove(0);
        assert_eq!(client.pid, before.pid);
    }
}

// ---- guards ----

#[tokio::test]
async fn guards_are_asked_again_and_who_is_refused_may_try_again() {
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    setting.say("before");
    client.expect_said(&["before"]).await;
    let before = setting.cut(client).await;
    setting.closed.store(true, Ordering::Release);
    let mut socket = WebSocket::open(&setting.server).await;
    for _ in 0..2 {
        socket.send(&format!("40{}", before.auth(json!({})))).await;
        socket.expect_text(r#"44{"message":"closed"}"#).await;
    }
    setting.say("meanwhile");
    setting.closed.store(false, Ordering::Release);
    let mut client = setting.recovered(&before, 1).await;
    client.expect_said(&["meanwhile", "welcome back"]).await;
}

#[tokio::test]
async fn guards_can_be_skipped_for_those_who_come_back() {
    let mut setting = Setting::with(Server::new(), Recovery::new().skip_guards(true)).await;
    let client = setting.new_client().await;
    let before = setting.cut(client).await;
    setting.closed.store(true, Ordering::Release);
    let client = setting.recovered(&before, 1).await;
    let mut socket = WebSocket::open(&setting.server).await;
    // Not for others, and not for those whose session is had already.
    for auth in [json!({}), client.before().auth(json!({}))] {
        socket.send(&format!("40{auth}")).await;
        socket.expect_text(r#"44{"message":"closed"}"#).await;
    }
}

#[tokio::test]
async fn who_is_cut_off_while_it_comes_back_may_try_again() {
    let mut setting = Setting::new().await;
    let client = Client::with(&setting.server, json!({ "linger": true })).await;
    setting.journal.expect("entered 0").await;
    let before = setting.cut(client).await;
    for _ in 0..2 {
        // It waits for the disconnect hook of the first.
        let mut socket = WebSocket::open(&setting.server).await;
        socket.send(&format!("40{}", before.auth(json!({})))).await;
        setting.server.settle().await;
        socket.into_connection().abort();
        setting.server.settle().await;
    }
    setting.leaves.notify_one();
    setting.journal.expect("gone at last").await;
    let mut client = setting.recovered(&before, 1).await;
    client.expect_said(&["welcome back"]).await;
}

// ---- bounds ----

#[tokio::test]
async fn a_session_expires() {
    let mut setting = Setting::with(Server::new(), Recovery::new().max_disconnection(Duration::from_millis(50))).await;
    let (first, second) = (setting.new_client().await, setting.new_client().await);
    setting.hall().socket(&first.id).expect("a socket").join("a");
    let first = setting.cut(first).await;
    let (id, mut rooms, reason, returns) =
        within("an expired session", setting.expired.recv()).await.expect("a server");
    rooms.sort();
    let mut expected = vec!["a".to_owned(), first.id.clone()];
    expected.sort();
    assert_eq!((&id, rooms, reason, returns), (&first.id, expected, ExpiryReason::Time, Some(0)));
    setting.stranger(&first).await;
    let second = setting.cut(second).await;
    setting.expect_expired(&second.id, ExpiryReason::Time).await;
    assert!(setting.hall().socket(&first.id).is_none());
}

#[tokio::test]
async fn those_who_have_been_away_longest_make_room() {
    let recovery = Recovery::new().max_disconnection(HOUR).session_limits(2, usize::MAX);
    let mut setting = Setting::with(Server::new(), recovery).await;
    let mut gone = Vec::new();
    for _ in 0..4 {
        let client = setting.new_client().await;
        gone.push(setting.cut(client).await);
    }
    for before in &gone[..2] {
        setting.expect_expired(&before.id, ExpiryReason::Evicted).await;
        setting.stranger(before).await;
    }
    let _first = setting.recovered(&gone[2], 1).await;
    setting.recovered(&gone[3], 1).await;
}

#[tokio::test]
async fn sessions_have_a_bound_in_bytes() {
    let mut setting = Setting::with(Server::new(), Recovery::new().session_limits(usize::MAX, 20_000)).await;
    let (small, large) = (setting.new_client().await, setting.new_client().await);
    let socket = setting.hall().socket(&large.id).expect("a socket");
    (0..1000).for_each(|room| socket.join(format!("room {room}")));
    let small = setting.cut(small).await;
    let large = setting.cut(large).await;
    setting.expect_expired(&small.id, ExpiryReason::Evicted).await;
    setting.expect_expired(&large.id, ExpiryReason::Evicted).await;
}

#[tokio::test]
async fn packets_have_a_bound_in_number_and_in_bytes() {
    for recovery in [Recovery::new().packet_limits(10, usize::MAX), Recovery::new().packet_limits(usize::MAX, 5_000)] {
        let mut setting = Setting::with(Server::new(), recovery).await;
        let (mut a, mut b) = (setting.new_client().await, setting.new_client().await);
        setting.say("before");
        a.expect_said(&["before"]).await;
        b.expect_said(&["before"]).await;
        let a = setting.cut(a).await;
        for number in 0..20 {
            setting.say(&format!("{number:0>200}"));
        }
        // Of the client that has been away before, packets are missing that are not there any more.
        setting.stranger(&a).await;
        setting.expect_expired(&a.id, ExpiryReason::Missed).await;
        for number in 0..20 {
            b.expect_said(&[&format!("{number:0>200}")]).await;
        }
        let b = setting.cut(b).await;
        setting.say("meanwhile");
        setting.recovered(&b, 1).await.expect_said(&["meanwhile", "welcome back"]).await;
    }
}

#[tokio::test]
async fn who_has_missed_more_than_can_be_sent_at_once_is_somebody_new() {
    let mut setting = Setting::with(Server::new().queue_limits(16 * 1024, 100), Recovery::new()).await;
    let (many, large) = (setting.new_client().await, setting.new_client().await);
    let many = setting.cut(many).await;
    for number in 0..201 {
        setting.say_to(&many.id, &number.to_string());
    }
    setting.stranger(&many).await;
    setting.expect_expired(&many.id, ExpiryReason::Missed).await;
    let large = setting.cut(large).await;
    setting.say_to(&large.id, &"x".repeat(33_000));
    setting.stranger(&large).await;
    setting.expect_expired(&large.id, ExpiryReason::Missed).await;
}

#[tokio::test]
async fn a_server_that_closes_awaits_nobody() {
    let mut setting = Setting::new().await;
    let (away, here) = (setting.new_client().await, setting.new_client().await);
    let away = setting.cut(away).await;
    setting.server.stop();
    setting.journal.expect("left: server shutting down").await;
    setting.expect_expired(&away.id, ExpiryReason::ServerClosed).await;
    drop(here);
}

// ---- with what a socket is given while it runs ----

/// Reports what its sockets have as their name, and what they are sent.
struct Names(UnboundedSender<String>);

fn name<N: Namespace>(socket: &Socket<N>) -> String {
    socket.data().get("name").expect("a text").unwrap_or_else(|| "nobody".to_owned())
}

async fn sees_the_name<N: Namespace>(
    socket: &Socket<N>,
    State(reports): State<UnboundedSender<String>>,
) -> Result<(), ConnectError> {
    drop(reports.send(format!("guard: {}", name(socket))));
    Ok(())
}

#[namespace("/", emits(Said), guard(sees_the_name))]
impl Names {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>) {
        drop(self.0.send(format!("entered: {}", name(socket))));
        let reports = self.0.clone();
        socket.on_any_outgoing(move |_, event| drop(reports.send(format!("sent: {}", event.raw()))));
    }

    #[on_disconnect]
    fn left(&self, socket: &Socket<Self>) {
        drop(self.0.send(format!("left: {}", name(socket))));
    }
}

#[tokio::test]
async fn free_data_is_back_before_anybody_sees_the_socket() {
    let (reports, mut journal) = Journal::new();
    let options = Server::new().recovery(Recovery::new()).state(reports.clone());
    let server = TestServer::start(options.namespace(Names(reports))).await;
    let names = server.handle().namespace::<Names>();
    let client = Client::new(&server).await;
    journal.expect("guard: nobody").await;
    journal.expect("entered: nobody").await;
    names.socket(&client.id).expect("a socket").data().insert("name", "Ada").expect("JSON");

    let before = client.cut();
    journal.expect("left: Ada").await;
    let back = Client::back(&server, &before, json!({})).await;
    assert_eq!(back.id, before.id);
    journal.expect("guard: Ada").await;
    journal.expect("entered: Ada").await;
    let found = names.to(&back.id).fetch_sockets().await.expect("no cluster");
    assert_eq!(found[0].data().expect("data").as_str(), r#"{"name":"Ada"}"#);
}

#[tokio::test]
async fn listeners_hear_of_what_can_be_recovered_once_and_without_its_offset() {
    let (reports, mut journal) = Journal::new();
    let options = Server::new().recovery(Recovery::new()).state(reports.clone());
    let server = TestServer::start(options.namespace(Names(reports))).await;
    let names = server.handle().namespace::<Names>();
    let mut client = Client::new(&server).await;
    journal.expect("guard: nobody").await;
    journal.expect("entered: nobody").await;
    let socket = names.socket(&client.id).expect("a socket");
    names.emit(Said("to all".to_owned())).expect("it is sent");
    journal.expect(r#"sent: ["said","to all"]"#).await;
    socket.emit(Said("to one".to_owned())).expect("it is sent");
    journal.expect(r#"sent: ["said","to one"]"#).await;
    client.expect_said(&["to all", "to one"]).await;

    let before = client.cut();
    journal.expect("left: nobody").await;
    socket.emit(Said("missed".to_owned())).expect("it is kept");
    let mut client = Client::back(&server, &before, json!({})).await;
    journal.expect("guard: nobody").await;
    journal.expect("entered: nobody").await;
    // By a handle of the time before: the socket that it means has listeners of its own.
    socket.emit(Said("by the old handle".to_owned())).expect("it is sent");
    journal.expect(r#"sent: ["said","by the old handle"]"#).await;
    client.expect_said(&["missed", "by the old handle"]).await;
}

/// A namespace of whichever path somebody allows.
struct Anywhere(UnboundedSender<String>);

#[namespace(dynamic)]
impl Anywhere {
    #[on_disconnect]
    fn left(&self) {
        drop(self.0.send("left".to_owned()));
    }
}

#[tokio::test]
async fn who_decides_on_a_path_is_not_shown_the_secret() {
    let (reports, mut journal) = Journal::new();
    let asked = reports.clone();
    let allows = move |client: ConnectRequest| {
        drop(asked.send(client.auth::<Value>().expect("an object").to_string()));
        std::future::ready(true)
    };
    let options = Server::new().recovery(Recovery::new());
    let server = TestServer::start(options.namespace_where(allows, Anywhere(reports))).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40/room,{"token":"t"}"#).await;
    let (id, pid) = identity(&socket.next_text().await.replace("/room,", ""));
    journal.expect(r#"{"token":"t"}"#).await;

    socket.into_connection().abort();
    journal.expect("left").await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(&format!(r#"40/room,{{"pid":"{pid}","token":"t"}}"#)).await;
    assert_eq!(identity(&socket.next_text().await.replace("/room,", "")), (id, pid));
    journal.expect(r#"{"token":"t"}"#).await;
}
