//! Limits on the time and size of recovery data, and the clients that exceed them.

use std::time::Duration;

use bytes::Bytes;
use switchboard::prelude::*;
use switchboard::{ExpiryReason, Recovery};
use switchboard_tests::endpoint::within;
use switchboard_tests::{TestServer, WebSocket};

use super::setting::{Before, HOUR, Picture, Said, Setting};

#[tokio::test]
async fn a_session_expires() {
    let mut setting = Setting::with(Server::new(), Recovery::new().max_disconnection(Duration::from_millis(50))).await;
    let (first, second) = (setting.new_client().await, setting.new_client().await);
    setting.hall().socket(&first.id).expect("a socket").join("a").expect("few rooms");
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
    (0..1000).try_for_each(|room| socket.join(format!("room {room}"))).expect("few rooms");
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
        // Client `a` cannot be recovered, because some of its missed packets have been dropped.
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
async fn a_client_may_miss_twice_what_its_queue_takes_and_no_more() {
    const BYTES: usize = 16 * 1024;
    const PACKETS: usize = 100;
    for (missed, recovers) in [(2 * PACKETS, true), (2 * PACKETS + 1, false)] {
        let mut setting = Setting::with(Server::new().queue_limits(BYTES, PACKETS), Recovery::new()).await;
        let client = setting.new_client().await;
        let before = setting.cut(client).await;
        // A picture takes two frames.
        setting.hall().to(&before.id).emit(Picture(Bytes::from_static(b"png"))).expect("it is kept");
        (2..missed).for_each(|number| setting.say_to(&before.id, &number.to_string()));
        expect_return(&mut setting, &before, recovers).await;
    }
    let mut setting = Setting::with(Server::new().queue_limits(BYTES, PACKETS), Recovery::new()).await;
    let mut client = setting.new_client().await;
    setting.say("");
    client.expect_said(&[""]).await;
    let mut before = setting.cut(client).await;
    for (excess, recovers) in [(0, true), (1, false)] {
        // Fill the limit exactly: the packet consists of its envelope and the text. Four bytes of the envelope are the
        // WebSocket header.
        let offset = before.offset.as_deref().expect("an offset");
        let (epoch, number) = offset.split_once('.').expect("an epoch and a number");
        let next = number.parse::<u64>().expect("a number") + 1;
        let envelope = 4 + format!(r#"42["said","","{epoch}.{next}"]"#).len();
        setting.say_to(&before.id, &"x".repeat(2 * BYTES - envelope + excess));
        if recovers {
            let mut client = setting.recovered(&before, 1).await;
            client.event().await;
            client.expect_said(&["welcome back"]).await;
            before = setting.cut(client).await;
        } else {
            expect_return(&mut setting, &before, false).await;
        }
    }
}

/// Checks that the client is recovered, or that it gets a new socket.
async fn expect_return(setting: &mut Setting, before: &Before, recovers: bool) {
    if recovers {
        setting.recovered(before, 1).await;
    } else {
        setting.stranger(before).await;
        setting.expect_expired(&before.id, ExpiryReason::Missed).await;
    }
}

#[tokio::test]
async fn long_names_of_rooms_count_towards_the_bounds_in_bytes() {
    let long = "x".repeat(10_000);
    // For sessions: a room that the socket is in, and a room that it left.
    for leaves in [false, true] {
        let recovery = Recovery::new().session_limits(usize::MAX, 10_000);
        let mut setting = Setting::with(Server::new(), recovery).await;
        let (small, large) = (setting.new_client().await, setting.new_client().await);
        let socket = setting.hall().socket(&large.id).expect("a socket");
        socket.join(&long).expect("it joins");
        if leaves {
            setting.say("sent before it leaves the room");
            socket.leave(&long);
        }
        let small = setting.cut(small).await;
        let large = setting.cut(large).await;
        setting.expect_expired(&small.id, ExpiryReason::Evicted).await;
        setting.expect_expired(&large.id, ExpiryReason::Evicted).await;
    }
    // For packets: a selected room, and an excluded room.
    for excluded in [false, true] {
        let recovery = Recovery::new().packet_limits(usize::MAX, 10_000);
        let mut setting = Setting::with(Server::new(), recovery).await;
        let client = setting.new_client().await;
        let before = setting.cut(client).await;
        setting.say("missed");
        let hall = setting.hall();
        let target = if excluded { hall.except(&long) } else { hall.to(&long) };
        target.emit(Said(String::new())).expect("it is sent");
        setting.stranger(&before).await;
        setting.expect_expired(&before.id, ExpiryReason::Missed).await;
    }
}

/// A namespace without a guard.
struct Porch;

#[namespace("/porch-{number}", params(number: u32))]
impl Porch {}

#[tokio::test]
async fn clients_of_one_namespace_do_not_evict_those_of_another() {
    let recovery = Recovery::new().max_disconnection(HOUR).session_limits(10, usize::MAX);
    let mut setting = Setting::with(Server::new().namespace(Porch), recovery).await;
    let mut guests = Vec::new();
    for _ in 0..5 {
        let client = setting.new_client().await;
        guests.push(setting.cut(client).await);
    }
    for number in 0..30 {
        // All paths of a pattern share one quota.
        let mut socket = WebSocket::open(&setting.server).await;
        socket.send(&format!("40/porch-{number},")).await;
        assert!(socket.next_text().await.contains(r#""pid""#));
        socket.into_connection().abort();
        setting.server.empty().await;
    }
    for guest in &guests {
        let client = setting.recovered(guest, 1).await;
        client.cut();
        setting.journal.next().await;
    }
}

#[tokio::test]
async fn sockets_of_a_root_that_is_not_declared_are_not_kept() {
    let recovery = Recovery::new().on_expired(|gone| panic!("{gone:?} was kept"));
    let mut server = TestServer::start(Server::new().recovery(recovery).namespace(Porch)).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send("40").await;
    let reply = socket.next_text().await;
    assert!(reply.starts_with(r#"40{"sid":""#) && !reply.contains("pid"), "{reply}");
    socket.into_connection().abort();
    server.empty().await;
    server.stop();
    server.stopped().await;
}

#[tokio::test]
async fn a_server_that_closes_awaits_nobody() {
    let mut setting = Setting::new().await;
    let (away, here) = (setting.new_client().await, setting.new_client().await);
    let away = setting.cut(away).await;
    setting.server.stop();
    setting.journal.expect("left: server shutting down").await;
    // The server waits for the answer to its close frame.
    drop(here);
    setting.expect_expired(&away.id, ExpiryReason::ServerClosed).await;
}
