//! Recovered clients receive all events that they missed, once and in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use switchboard::Recovery;
use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{Polling, TestServer, WebSocket};

use super::setting::{Before, Client, Numbered, Said, Setting, identity};

#[tokio::test]
async fn who_is_cut_off_gets_everything_back() {
    let mut setting = Setting::new().await;
    let (mut client, mut other) = (setting.new_client().await, setting.new_client().await);
    let hall = setting.hall();
    let socket = hall.socket(&client.id).expect("a socket");
    socket.join(["a", "b"]).expect("few rooms");
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
    // A handle from before the disconnect still reaches the client.
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

    // A second time, without missed events.
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
    // Events that were already resent are not resent again, even though the client sends no offset.
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
    // The client's library still sends the old offset, because no event has arrived since.
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
    setting.hall().socket(&id).expect("a socket").join("a").expect("few rooms");
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
    // A pid is not valid in another namespace.
    let (mut socket, pid) = (WebSocket::open(&server).await, &identities[0].1);
    socket.send(&format!(r#"40/child-2,{{"pid":"{pid}"}}"#)).await;
    let reply = socket.next_text().await;
    assert!(!reply.contains(pid) && !reply.contains(&identities[1].0), "{reply}");
    // The child exists as long as a client may return to it.
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
    socket.join(["left later", "left at return", "left while in"]).expect("few rooms");
    setting.say_to("left later", "1");
    setting.say_to("entered later", "not for us");
    socket.leave("left later");
    setting.say_to("left later", "not for us");
    socket.join("entered later").expect("few rooms");
    setting.say_to("entered later", "2");
    setting.say_to("left at return", "3");
    // The client has read none of these events.
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
    // Once with the limit on packets exceeded, once with the limit on bytes.
    for (bytes, packets, length) in [(1 << 20, 100, 3), (20_000, 10_000, 200)] {
        let mut setting = Setting::with(Server::new().queue_limits(bytes, packets), Recovery::new()).await;
        let mut polling = Polling::open(&setting.server).await;
        polling.post("40").await;
        let (id, pid) = identity(&polling.next_packet().await);
        setting.journal.expect("entered 0").await;
        // The client does not poll.
        let all: Vec<_> = (0..150).map(|number| format!("{number:0>length$}")).collect();
        for what in &all {
            setting.say(what);
        }
        setting.journal.expect("left: slow reader").await;
        // The missed events exceed the limits of the queue again, but they are sent at once.
        let before = Before { id, pid, offset: None };
        let mut client = setting.recovered(&before, 1).await;
        for what in &all {
            client.expect_said(&[what]).await;
        }
        client.expect_said(&["welcome back"]).await;
    }
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

/// Several threads send while the client is repeatedly disconnected.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_doubled_whoever_sends_when() {
    const SENDERS: usize = 3;
    const EACH: usize = 400;
    let mut setting = Setting::new().await;
    let mut client = setting.new_client().await;
    let hall = setting.hall();
    hall.socket(&client.id).expect("a socket").join("a").expect("few rooms");
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
