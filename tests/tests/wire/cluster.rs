//! Two servers that an adapter connects to a cluster.

mod bus;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use switchboard::prelude::*;
use switchboard::{Answers, Recovery, RemoteSocket};
use switchboard_tests::endpoint::{PATIENCE, within};
use switchboard_tests::{TestServer, WebSocket};

pub(crate) use bus::{Bus, Node};

use self::bus::lock;
use crate::journal::Journal;

#[event("question", ack = String)]
struct Question(u32);

#[derive(Event, serde::Serialize)]
#[event("picture")]
struct Picture {
    name: String,
    bytes: Bytes,
}

#[event("news")]
struct News(String);

#[event("load", ack = usize)]
struct Load {
    unit: String,
}

/// An event with the same name and different fields.
#[event("load", ack = String)]
struct StrangeLoad {
    unit: String,
}

struct Lobby;

#[namespace("/lobby[1]", emits(Question, Picture, News))]
impl Lobby {
    #[on("join")]
    fn join(&self, socket: &Socket<Self>, rooms: Vec<String>) -> Result<(), JoinError> {
        socket.join(rooms)
    }

    #[on("say")]
    fn say(&self, socket: &Socket<Self>, room: String, text: String) {
        drop(socket.to(room).emit(News(text)));
    }
}

const LOBBY: &str = "/lobby[1]";

/// A namespace with one child per path, on each server that has a client on that path.
struct Floor;

#[namespace("/floor-{number}", params(number: u32), emits(Question, News))]
impl Floor {}

struct Two {
    servers: [TestServer; 2],
    here: NamespaceHandle<Lobby>,
    there: NamespaceHandle<Lobby>,
    bus: Arc<Bus>,
}

async fn two(terse: bool) -> Two {
    let bus = Arc::new(Bus { terse, ..Bus::default() });
    let start = |number| {
        TestServer::start(Server::new().namespace(Lobby).namespace(Floor).cluster(Node { bus: bus.clone(), number }))
    };
    let servers = [start(1).await, start(2).await];
    let [here, there] = [&servers[0], &servers[1]].map(|server| server.handle().namespace());
    Two { servers, here, there, bus }
}

async fn member(server: &TestServer, rooms: &str) -> (WebSocket, String) {
    let mut socket = WebSocket::open(server).await;
    let id = socket.join(LOBBY).await;
    socket.send(&format!(r#"42{LOBBY},1["join",{rooms}]"#)).await;
    socket.expect_text(&format!("43{LOBBY},1[]")).await;
    (socket, id)
}

async fn hears(socket: &mut WebSocket, text: &str) {
    socket.expect_text(&format!(r#"42{LOBBY},["news","{text}"]"#)).await;
}

/// Checks that a socket has received nothing: the next packet is the acknowledgement of its own event.
async fn hears_nothing(socket: &mut WebSocket) {
    socket.send(&format!(r#"42{LOBBY},9["join",[]]"#)).await;
    socket.expect_text(&format!("43{LOBBY},9[]")).await;
}

#[tokio::test]
async fn broadcasts_reach_both() {
    let Two { servers, here, .. } = two(false).await;
    let (mut a, a_id) = member(&servers[0], r#"["red"]"#).await;
    let (mut b, b_id) = member(&servers[1], r#"["red"]"#).await;
    let (mut c, _) = member(&servers[1], r#"["red","blue"]"#).await;

    here.to("red").except("blue").emit(News("to red".to_owned())).expect("an event");
    hears(&mut a, "to red").await;
    hears(&mut b, "to red").await;
    hears_nothing(&mut c).await;

    // The sender is connected to one server, the recipients to both.
    a.send(&format!(r#"42{LOBBY},["say","red","hi"]"#)).await;
    hears(&mut b, "hi").await;
    hears(&mut c, "hi").await;
    hears_nothing(&mut a).await;
    // A private message.
    a.send(&format!(r#"42{LOBBY},["say","{b_id}","psst"]"#)).await;
    hears(&mut b, "psst").await;
    hears_nothing(&mut c).await;

    here.broadcast().local().emit(News("here".to_owned())).expect("an event");
    hears(&mut a, "here").await;
    hears_nothing(&mut b).await;

    let picture = Picture { name: "p".to_owned(), bytes: Bytes::from_static(&[1, 2, 3]) };
    here.except(a_id).emit(&picture).expect("an event");
    for socket in [&mut b, &mut c] {
        let text = r#"["picture",{"name":"p","bytes":{"_placeholder":true,"num":0}}]"#;
        socket.expect_text(&format!("451-{LOBBY},{text}")).await;
        socket.expect_binary(&[1, 2, 3]).await;
    }
}

/// Emits a question in a task of its own, and returns its result.
fn ask(broadcast: Broadcast<Lobby>) -> impl Future<Output = Answers<String>> {
    let asking = tokio::spawn(async move { broadcast.emit_with_ack(Question(1)).await.expect("a question") });
    async { within("the answers", asking).await.expect("no panic") }
}

/// Returns the acknowledgement id of the question. Each server numbers its questions separately.
async fn is_asked(socket: &mut WebSocket) -> String {
    let text = socket.next_text().await;
    let id = text.strip_prefix(&format!("42{LOBBY},")).and_then(|rest| rest.split_once('[')).expect("a question").0;
    id.to_owned()
}

#[tokio::test]
async fn clients_of_both_answer() {
    let Two { servers, here, .. } = two(false).await;
    let (mut a, a_id) = member(&servers[0], "[]").await;
    let (mut b, b_id) = member(&servers[1], "[]").await;
    let (mut leaves, leaves_id) = member(&servers[1], "[]").await;
    let answers = ask(here.broadcast());
    for socket in [&mut a, &mut b] {
        let id = is_asked(socket).await;
        socket.send(&format!(r#"43{LOBBY},{id}["yes"]"#)).await;
    }
    is_asked(&mut leaves).await;
    leaves.send(&format!("41{LOBBY},")).await;
    let answers = answers.await;
    assert_eq!((answers.get(&a_id), answers.get(&b_id)), (Some(&"yes".to_owned()), Some(&"yes".to_owned())));
    assert_eq!((answers.answered.len(), &answers.left[..], answers.missing), (2, &[leaves_id][..], 0));
}

#[tokio::test]
async fn servers_that_say_little_leave_gaps() {
    let Two { servers, here, .. } = two(true).await;
    let (mut b, _) = member(&servers[1], "[]").await;
    let (mut leaves, _) = member(&servers[1], "[]").await;
    let (mut unfit, _) = member(&servers[1], "[]").await;
    let answers = ask(here.broadcast());
    for (socket, answer) in [(&mut b, r#"["yes"]"#), (&mut unfit, "[5]")] {
        let id = is_asked(socket).await;
        socket.send(&format!("43{LOBBY},{id}{answer}")).await;
    }
    is_asked(&mut leaves).await;
    leaves.send(&format!("41{LOBBY},")).await;
    let answers = answers.await;
    assert_eq!((answers.answered.len(), answers.answered[0].socket.as_deref()), (1, None));
    assert_eq!((answers.unfit.len(), answers.left.len(), answers.missing), (1, 0, 1));
}

#[tokio::test]
async fn a_silent_client_of_another_server_is_missing() {
    let Two { servers, here, .. } = two(false).await;
    let (mut b, _) = member(&servers[1], "[]").await;
    let answers = ask(here.broadcast().timeout(Duration::from_millis(100)));
    is_asked(&mut b).await;
    let answers = answers.await;
    assert_eq!((answers.answered.len(), answers.silent.len(), answers.missing), (0, 0, 1));
    assert!(!answers.is_complete());
}

async fn found_there(here: &NamespaceHandle<Lobby>, id: &str) -> RemoteSocket<Lobby> {
    here.to(id).fetch_sockets().await.expect("both servers").pop().expect("a socket")
}

#[tokio::test]
async fn a_socket_of_another_server_is_at_hand() {
    let Two { servers, here, there, .. } = two(false).await;
    let (_a, _) = member(&servers[0], r#"["red"]"#).await;
    let (mut b, b_id) = member(&servers[1], r#"["red"]"#).await;
    assert_eq!(here.to("red").fetch_sockets().await.expect("both servers").len(), 2);
    assert_eq!(here.to("red").local().fetch_sockets().await.expect("this server").len(), 1);
    assert!(here.to("red").timeout(Duration::ZERO).fetch_sockets().await.is_err());

    let socket = found_there(&here, &b_id).await;
    assert!(socket.local().is_none());
    assert_eq!(socket.id(), b_id);
    assert_eq!(socket.rooms(), [b_id.as_str(), "red"]);
    assert_eq!(socket.handshake().query("transport").as_deref(), Some("websocket"));
    socket.emit(News("hi".to_owned())).expect("an event");
    hears(&mut b, "hi").await;

    let asking = socket.clone();
    let asking = tokio::spawn(async move { asking.emit_with_ack(Question(1), PATIENCE).await });
    let id = is_asked(&mut b).await;
    b.send(&format!(r#"43{LOBBY},{id}["yes"]"#)).await;
    assert_eq!(within("the answer", asking).await.expect("no panic").expect("an answer"), "yes");

    socket.join(["blue", "green"]);
    socket.leave("green");
    assert_eq!(there.members("blue"), [b_id.as_str()]);
    assert_eq!(there.members("green"), [""; 0]);
    socket.disconnect();
    b.expect_text(&format!("41{LOBBY},")).await;
    assert!(matches!(socket.emit_with_ack(Question(1), PATIENCE).await, Err(AckError::Disconnected)));
    b.join(LOBBY).await;
    found_there(&here, &there.socket_ids()[0]).await.close();
    b.expect_text(&format!("41{LOBBY},")).await;
    b.expect_close(None).await;
}

#[tokio::test]
async fn rooms_of_both_are_managed() {
    let Two { servers, here, there, .. } = two(false).await;
    let (mut a, a_id) = member(&servers[0], r#"["red"]"#).await;
    let (mut b, b_id) = member(&servers[1], r#"["red"]"#).await;
    here.to("red").sockets_join("gold");
    assert_eq!((here.members("gold"), there.members("gold")), (vec![a_id], vec![b_id]));
    there.sockets_leave(["gold", "red"]);
    assert_eq!(here.room_count() + there.room_count(), 0);
    here.disconnect_sockets();
    for socket in [&mut a, &mut b] {
        socket.expect_text(&format!("41{LOBBY},")).await;
    }
}

#[tokio::test]
async fn servers_talk_to_each_other() {
    let Two { here, there, .. } = two(false).await;
    let (reports, mut journal) = Journal::new();
    there.on_server_side(move |Load { unit }| {
        reports.send(unit).expect("a test that listens");
        async { 7 }
    });
    here.server_side_emit(Load { unit: "sockets".to_owned() }).expect("an event");
    journal.expect("sockets").await;
    let event = || Load { unit: "rooms".to_owned() };
    let answers =
        within("the answers", here.server_side_emit_with_ack(event(), 10 * PATIENCE)).await.expect("an event");
    assert_eq!((&answers.answers[..], answers.missing), (&[7][..], 0));
    // The server that emits the event does not handle it.
    let answers = within("no answers", there.server_side_emit_with_ack(event(), 10 * PATIENCE)).await;
    assert_eq!(answers.map(|answers| (answers.answers.len(), answers.missing)).expect("an event"), (0, 1));

    there.on_server_side(|StrangeLoad { unit }| async move { unit });
    let answers =
        within("the answers", here.server_side_emit_with_ack(event(), 10 * PATIENCE)).await.expect("an event");
    assert_eq!((answers.answers.len(), answers.unfit.len(), answers.missing), (0, 1, 0));

    assert!(there.off_server_side::<Load>());
    let answers = within("no answers", here.server_side_emit_with_ack(event(), 10 * PATIENCE)).await.expect("an event");
    assert_eq!((answers.answers.len(), answers.unfit.len(), answers.missing), (0, 0, 1));
    assert!(!there.off_server_side::<Load>());
}

#[tokio::test]
async fn children_of_one_path_are_one_namespace() {
    let Two { servers, .. } = two(false).await;
    let mut sockets = Vec::new();
    for (server, path) in [(0, "/floor-1"), (1, "/floor-1"), (1, "/floor-2")] {
        let mut socket = WebSocket::open(&servers[server]).await;
        sockets.push((socket.join(path).await, socket));
    }
    let [(a_id, a), (b_id, b), (_, c)] = &mut sockets[..] else { unreachable!() };
    let floor = servers[0].handle().namespace_at::<Floor>("/floor-1").expect("a child");
    floor.emit(News("up".to_owned())).expect("an event");
    for socket in [&mut *a, &mut *b] {
        socket.expect_text(r#"42/floor-1,["news","up"]"#).await;
    }
    let mut ids: Vec<_> =
        floor.fetch_sockets().await.expect("both servers").iter().map(|s| s.id().to_owned()).collect();
    let mut expected = [a_id.clone(), b_id.clone()];
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    floor.to(&*b_id).sockets_join("stairs");
    let there = servers[1].handle().namespace_at::<Floor>("/floor-1").expect("a child");
    assert_eq!(there.members("stairs"), [b_id.as_str()]);

    let asking = floor.to("stairs");
    let asking = tokio::spawn(async move { asking.emit_with_ack(Question(1)).await.expect("a question") });
    b.expect_text(r#"42/floor-1,0["question",1]"#).await;
    b.send(r#"43/floor-1,0["yes"]"#).await;
    assert_eq!(within("the answers", asking).await.expect("no panic").get(b_id), Some(&"yes".to_owned()));

    // The first event on the other floor is the one sent to it.
    servers[0]
        .handle()
        .namespace_at::<Floor>("/floor-2")
        .expect("a child")
        .emit(News("two".to_owned()))
        .expect("an event");
    c.expect_text(r#"42/floor-2,["news","two"]"#).await;

    // A floor that was dropped can be created again, and then belongs to the cluster again.
    drop((floor, there));
    for ((_, socket), path) in sockets.iter_mut().zip(["/floor-1", "/floor-1", "/floor-2"]) {
        socket.send(&format!("41{path},")).await;
    }
    for server in &servers {
        let left = async {
            while !server.handle().children::<Floor>().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        within("the floors being left", left).await;
    }
    sockets[1].1.join("/floor-1").await;
    servers[0]
        .handle()
        .namespace_at::<Floor>("/floor-1")
        .expect("a child")
        .emit(News("again".to_owned()))
        .expect("an event");
    sockets[1].1.expect_text(r#"42/floor-1,["news","again"]"#).await;
}

#[tokio::test]
async fn the_cluster_is_counted_and_left() {
    let Two { servers: [server, other], here, bus, .. } = two(false).await;
    assert_eq!(here.server_count().await.expect("a bus"), 2);
    server.handle().close().await;
    assert_eq!(*lock(&bus.closed), [1]);
    drop((server, other));
}

#[tokio::test]
async fn what_others_send_is_kept_for_who_is_cut_off() {
    let bus = Arc::<Bus>::default();
    let start = |number| {
        let server = Server::new().recovery(Recovery::new()).namespace(Lobby);
        TestServer::start(server.cluster(Node { bus: bus.clone(), number }))
    };
    let servers = [start(1).await, start(2).await];
    let there = servers[1].handle().namespace::<Lobby>();
    let mut socket = WebSocket::open(&servers[0]).await;
    socket.send(&format!("40{LOBBY},")).await;
    let reply = socket.next_text().await;
    let pid = reply.split('"').nth(7).expect("a pid").to_owned();
    socket.into_connection().abort();
    servers[0].empty().await;
    there.emit(News("meanwhile".to_owned())).expect("an event");
    let mut socket = WebSocket::open(&servers[0]).await;
    socket.send(&format!(r#"40{LOBBY},{{"pid":"{pid}"}}"#)).await;
    socket.expect_text(&reply).await;
    let missed = socket.next_text().await;
    // The event has one offset, which comes from the server that the client is connected to.
    let begins = format!(r#"42{LOBBY},["news","meanwhile","#);
    let offset = missed.strip_prefix(&begins).unwrap_or_else(|| panic!("{missed}"));
    assert_eq!(offset.matches('"').count(), 2, "{missed}");
}
