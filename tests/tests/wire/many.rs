//! Operations on many sockets: asking, fetching, moving between rooms, disconnecting.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard::{Answers, RoomEvent, RoomEvents};
use switchboard_tests::endpoint::{PATIENCE, within};
use switchboard_tests::{Polling, Received, TestServer, WebSocket};

/// Longer than any test, so no pings are sent.
const HOUR: Duration = Duration::from_secs(3600);

#[event("question", ack = String)]
struct Question(u32);

#[event("news")]
struct News(String);

/// An event between servers. These tests have a single server.
#[event("reload", ack = u32)]
struct Reload;

/// Has a name that is reserved between servers.
#[event("new_namespace")]
struct NewNamespace;

struct Lobby;

#[namespace("/", emits(Question, News))]
impl Lobby {
    #[on("join")]
    fn join(&self, socket: &Socket<Self>, rooms: Vec<String>) -> Result<(), JoinError> {
        socket.join(rooms)
    }

    /// Asks the other sockets in a room, and returns their answers.
    #[on("ask room")]
    async fn ask_room(&self, socket: &Socket<Self>, room: String) -> Vec<String> {
        let answers = socket.to(room).timeout(PATIENCE).emit_with_ack(Question(7)).await.expect("a question");
        answers.into_values().collect()
    }

    /// Emits to every socket, and never returns.
    #[on("tell")]
    async fn tell(&self, socket: &Socket<Self>, news: Vec<String>) {
        for news in news {
            socket.namespace().emit(News(news)).expect("news");
        }
        std::future::pending::<()>().await;
    }

    #[on("sum")]
    fn sum(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

/// Connects a socket that joins these rooms, and returns it with its id.
async fn member(server: &TestServer, rooms: &str) -> (WebSocket, String) {
    let mut socket = WebSocket::open(server).await;
    let id = socket.join("/").await;
    socket.send(&format!(r#"421["join",{rooms}]"#)).await;
    socket.expect_text("431[]").await;
    (socket, id)
}

async fn lobby() -> (TestServer, NamespaceHandle<Lobby>) {
    let server = TestServer::start(Server::new().ping_interval(HOUR).namespace(Lobby)).await;
    let lobby = server.handle().namespace();
    (server, lobby)
}

/// Asks the selected sockets in a task of its own, and returns the result.
fn ask(broadcast: Broadcast<Lobby>) -> impl Future<Output = Answers<String>> {
    let asking = tokio::spawn(async move { broadcast.emit_with_ack(Question(1)).await.expect("a question") });
    async { within("the answers", asking).await.expect("no panic") }
}

/// Returns each listed socket with its answer or the list that it is in.
fn outcome(answers: &Answers<String>) -> Vec<(String, String)> {
    let name = |socket: &Option<String>| socket.clone().expect("a socket of this server");
    let mut all: Vec<_> = answers.answered.iter().map(|answer| (name(&answer.socket), answer.value.clone())).collect();
    all.extend(answers.left.iter().map(|id| (id.clone(), "left".to_owned())));
    all.extend(answers.silent.iter().map(|id| (id.clone(), "silent".to_owned())));
    all.extend(answers.unfit.iter().map(|unfit| (name(&unfit.socket), "unfit".to_owned())));
    all.extend(answers.unsent.iter().map(|id| (id.clone(), "unsent".to_owned())));
    assert_eq!(answers.missing, 0);
    all.sort();
    all
}

fn named<const N: usize>(expected: [(&String, &str); N]) -> Vec<(String, String)> {
    let mut all: Vec<_> = expected.map(|(id, what)| (id.clone(), what.to_owned())).to_vec();
    all.sort();
    all
}

#[tokio::test]
async fn all_answer() {
    let (server, lobby) = lobby().await;
    let (mut a, a_id) = member(&server, r#"["red"]"#).await;
    let (mut b, b_id) = member(&server, r#"["red","blue"]"#).await;
    let (mut c, _) = member(&server, "[]").await;
    let answers = ask(lobby.to(["red", "blue"]));
    // All sockets get the same id, and a socket in two of the rooms is asked only once.
    a.expect_text(r#"420["question",1]"#).await;
    b.expect_text(r#"420["question",1]"#).await;
    b.send(r#"430["b","surplus"]"#).await;
    b.send(r#"430["twice"]"#).await;
    a.send(r#"430["a"]"#).await;
    let answers = answers.await;
    assert_eq!(outcome(&answers), named([(&a_id, "a"), (&b_id, "b")]));
    assert_eq!(answers.get(&b_id).map(String::as_str), Some("b"));
    assert!(answers.is_complete());
    c.send(r#"421["sum",1,1]"#).await;
    c.expect_text("431[2]").await;
}

/// A turn sends to the first recipients itself, and leaves the others to tasks.
#[tokio::test]
async fn what_a_handler_tells_many_leaves_while_it_waits() {
    let (server, _) = lobby().await;
    let mut members = Vec::new();
    for _ in 0..160 {
        members.push(member(&server, "[]").await.0);
    }
    members[0].send(r#"42["tell",["one","two"]]"#).await;
    for socket in &mut members {
        socket.expect_text(r#"42["news","one"]"#).await;
        socket.expect_text(r#"42["news","two"]"#).await;
    }
}

#[tokio::test]
async fn nobody_answers_at_once() {
    let (_server, lobby) = lobby().await;
    let answers = ask(lobby.to("nowhere")).await;
    assert_eq!(outcome(&answers), []);
    assert!(answers.is_complete());
}

#[tokio::test]
async fn the_sender_is_not_asked() {
    let (server, _lobby) = lobby().await;
    let (mut a, _) = member(&server, r#"["red"]"#).await;
    let (mut b, _) = member(&server, r#"["red"]"#).await;
    a.send(r#"422["ask room","red"]"#).await;
    b.expect_text(r#"420["question",7]"#).await;
    b.send(r#"430["b"]"#).await;
    a.expect_text(r#"432[["b"]]"#).await;
}

/// Without a timeout, the wait ends only if each disconnect ends the wait for that socket.
#[tokio::test]
async fn who_leaves_is_not_waited_for() {
    let (server, lobby) = lobby().await;
    let (mut a, a_id) = member(&server, "[]").await;
    let (mut leaves, leaves_id) = member(&server, "[]").await;
    let (mut crashes, crashes_id) = member(&server, "[]").await;
    let (mut dismissed, dismissed_id) = member(&server, "[]").await;
    let answers = ask(lobby.broadcast());
    for socket in [&mut a, &mut leaves, &mut crashes, &mut dismissed] {
        socket.expect_text(r#"420["question",1]"#).await;
    }
    a.send(r#"430["a"]"#).await;
    leaves.send("41").await;
    crashes.into_connection().abort();
    lobby.socket(&dismissed_id).expect("a socket").disconnect();
    let answers = answers.await;
    let left = [(&a_id, "a"), (&leaves_id, "left"), (&crashes_id, "left"), (&dismissed_id, "left")];
    assert_eq!(outcome(&answers), named(left));
    assert!(!answers.is_complete());
}

#[tokio::test(start_paused = true)]
async fn what_is_there_in_time_counts() {
    let server = TestServer::in_memory(Server::new().namespace(Lobby));
    let lobby = server.handle().namespace();
    let (mut a, a_id) = member(&server, r#"["red"]"#).await;
    let (mut silent, silent_id) = member(&server, r#"["red"]"#).await;
    let (mut unfit, unfit_id) = member(&server, r#"["red"]"#).await;
    let (mut leaves, leaves_id) = member(&server, r#"["red"]"#).await;
    let answers = ask(lobby.to("red").timeout(Duration::from_millis(500)));
    for socket in [&mut a, &mut silent, &mut unfit, &mut leaves] {
        socket.expect_text(r#"420["question",1]"#).await;
    }
    a.send(r#"430["a"]"#).await;
    unfit.send("430[{}]").await;
    leaves.send("41").await;
    let expected = [(&a_id, "a"), (&silent_id, "silent"), (&unfit_id, "unfit"), (&leaves_id, "left")];
    assert_eq!(outcome(&answers.await), named(expected));
    // An answer after the timeout is ignored, and the socket still works.
    silent.send(r#"430["late"]"#).await;
    silent.send(r#"421["sum",1,1]"#).await;
    silent.expect_text("431[2]").await;
}

#[tokio::test]
async fn who_cannot_be_sent_to_is_named() {
    let (server, lobby) = lobby().await;
    // A long-polling client without a waiting poll does not receive volatile events.
    let mut polling = Polling::open(&server).await;
    polling.post("40").await;
    let connected = polling.get().await;
    let id = connected.split('"').nth(3).expect("an id").to_owned();
    let answers = ask(lobby.broadcast().volatile()).await;
    assert_eq!(outcome(&answers), named([(&id, "unsent")]));
}

#[tokio::test]
async fn sockets_are_found() {
    let (server, lobby) = lobby().await;
    let (_a, a_id) = member(&server, r#"["red"]"#).await;
    let (_b, b_id) = member(&server, r#"["red","blue"]"#).await;
    let (_c, c_id) = member(&server, "[]").await;
    let ids = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let all = || ids(vec![a_id.clone(), b_id.clone(), c_id.clone()]);

    let found = lobby.to("red").except("blue").fetch_sockets().await.expect("no cluster");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id(), a_id);
    assert_eq!(ids(found[0].rooms()), ids(vec![a_id.clone(), "red".to_owned()]));
    assert_eq!(found[0].handshake().query("transport").as_deref(), Some("websocket"));
    assert!(found[0].local().is_some_and(|socket| socket.id() == a_id));
    let found = lobby.fetch_sockets().await.expect("no cluster");
    assert_eq!(ids(found.iter().map(|socket| socket.id().to_owned()).collect()), all());

    assert_eq!(ids(lobby.socket_ids()), all());
    assert_eq!(lobby.sockets().len(), 3);
    assert_eq!(ids(lobby.rooms()), ["blue", "red"]);
    assert_eq!(lobby.room_count(), 2);
    assert_eq!(ids(lobby.members("red")), ids(vec![a_id.clone(), b_id.clone()]));
    assert_eq!(lobby.members(&c_id), [c_id.as_str()]);
    assert_eq!(lobby.members("nowhere"), [""; 0]);
    assert_eq!(lobby.server_count().await.expect("no cluster"), 1);
}

#[tokio::test]
async fn sockets_are_moved_and_parted_with() {
    let (server, lobby) = lobby().await;
    let (mut a, a_id) = member(&server, r#"["red"]"#).await;
    let (mut b, b_id) = member(&server, r#"["red"]"#).await;
    let (mut c, c_id) = member(&server, "[]").await;

    lobby.to("red").except(&b_id).sockets_join(["green", "gold"]);
    assert_eq!(lobby.members("green"), [a_id.as_str()]);
    assert_eq!(lobby.members("gold"), [a_id.as_str()]);
    lobby.sockets_join("all");
    assert_eq!(lobby.members("all").len(), 3);
    lobby.sockets_leave(vec!["all", "red"]);
    assert_eq!(lobby.rooms().len(), 2);

    // The client receives a DISCONNECT packet, and its connection stays open for other namespaces.
    lobby.to("gold").disconnect_sockets();
    a.expect_text("41").await;
    assert_eq!(a.join("/").await.len(), 20);
    // This call closes the connections.
    lobby.to([&b_id, &c_id]).close_sockets();
    for socket in [&mut b, &mut c] {
        socket.expect_text("41").await;
        socket.expect_close(None).await;
    }
    lobby.disconnect_sockets();
    a.expect_text("41").await;
    assert_eq!(lobby.socket_ids(), [""; 0]);
}

async fn expect_events<const N: usize>(events: &mut RoomEvents, expected: [(&str, &str, Option<&String>); N]) {
    for (what, room, socket) in expected {
        let event = within("a room event", events.next()).await.expect("a namespace");
        let (happened, name, who) = match event {
            RoomEvent::Created { room } => ("created", room, None),
            RoomEvent::Joined { room, socket } => ("joined", room, Some(socket)),
            RoomEvent::Left { room, socket } => ("left", room, Some(socket)),
            RoomEvent::Deleted { room } => ("deleted", room, None),
            other => panic!("{other:?}"),
        };
        assert_eq!((happened, &*name, who.as_deref()), (what, room, socket.map(String::as_str)));
    }
}

#[tokio::test]
async fn rooms_can_be_watched() {
    let (server, lobby) = lobby().await;
    let mut events = lobby.room_events();
    let (mut a, a_id) = member(&server, r#"["red"]"#).await;
    let own = [("created", a_id.as_str(), None), ("joined", &a_id, Some(&a_id))];
    expect_events(&mut events, own).await;
    expect_events(&mut events, [("created", "red", None), ("joined", "red", Some(&a_id))]).await;
    let (_b, b_id) = member(&server, r#"["red","red"]"#).await;
    let own = [("created", b_id.as_str(), None), ("joined", &b_id, Some(&b_id))];
    expect_events(&mut events, own).await;
    expect_events(&mut events, [("joined", "red", Some(&b_id))]).await;
    // An operation without effect produces no event.
    let b = lobby.socket(&b_id).expect("a socket");
    b.leave("blue");
    b.leave("red");
    b.leave(&b_id);
    b.leave(&b_id);
    expect_events(&mut events, [("left", "red", Some(&b_id)), ("left", &b_id, Some(&b_id)), ("deleted", &b_id, None)])
        .await;
    a.send("41").await;
    expect_events(&mut events, [("left", "red", Some(&a_id)), ("deleted", "red", None)]).await;
    expect_events(&mut events, [("left", &a_id, Some(&a_id)), ("deleted", &a_id, None)]).await;
    drop(events);
    b.join("green").expect("few rooms");
    assert_eq!(lobby.rooms(), ["green"]);
}

#[tokio::test]
async fn who_does_not_take_room_events_loses_them_and_is_told() {
    let (server, lobby) = lobby().await;
    let mut members = Vec::new();
    for _ in 0..20 {
        members.push(member(&server, "[]").await);
    }
    let mut slow = lobby.room_events();
    // Each of 10,000 rooms is created and joined, which is more events than are buffered.
    for (index, (_, id)) in members.iter().enumerate() {
        let rooms: Vec<_> = (500 * index..500 * (index + 1)).map(|room| format!("room {room}")).collect();
        lobby.socket(id).expect("a socket").join(rooms).expect("few rooms");
    }
    let mut kept = Vec::new();
    while let Some(event) = within("a room event or the end", slow.next()).await {
        kept.push(event);
    }
    assert_eq!((kept.len(), kept.pop()), (16 * 1024 + 1, Some(RoomEvent::Overflowed)));
    assert!(
        matches!(&kept[kept.len() - 1], RoomEvent::Joined { room, .. } if **room == *"room 8191"),
        "in their order"
    );
    assert_eq!(within("the end", slow.next()).await, None);
    // A new subscription receives events again.
    let mut again = lobby.room_events();
    let first = &members[0].1;
    lobby.socket(first).expect("a socket").leave("room 0");
    let left = RoomEvent::Left { room: "room 0".into(), socket: first.clone().into() };
    assert_eq!(within("a room event", again.next()).await, Some(left));
}

#[tokio::test]
async fn a_server_alone_tells_nobody() {
    let (_server, lobby) = lobby().await;
    lobby.on_server_side(|Reload| async { panic!("a server does not tell itself") });
    lobby.server_side_emit(Reload).expect("an event");
    let answers = within("no answers", lobby.server_side_emit_with_ack(Reload, 10 * PATIENCE)).await.expect("an event");
    assert_eq!((answers.answers.len(), answers.missing), (0, 0));
    assert!(matches!(lobby.server_side_emit(NewNamespace), Err(EmitError::Reserved { .. })));
}

#[tokio::test]
async fn many_answer_and_many_go() {
    let (server, lobby) = lobby().await;
    let mut sockets = Vec::new();
    for _ in 0..60 {
        sockets.push(member(&server, r#"["red"]"#).await.0);
    }
    let answers = ask(lobby.to("red"));
    for (index, mut socket) in sockets.drain(..).enumerate() {
        assert_eq!(socket.next().await, Received::Text(r#"420["question",1]"#.to_owned()));
        // The first third of the sockets answer, the next close the connection, the last do both.
        if index % 3 != 1 {
            socket.send(r#"430["yes"]"#).await;
        }
        if index % 3 != 0 {
            socket.into_connection().abort();
        } else {
            tokio::spawn(async move { socket.next().await });
        }
    }
    let answers = answers.await;
    // A reset may overtake an answer that was sent before it.
    assert!(answers.answered.len() >= 20 && answers.left.len() >= 20, "{answers:?}");
    assert_eq!(answers.answered.len() + answers.left.len(), 60);
}
