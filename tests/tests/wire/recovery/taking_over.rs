//! Clients that reconnect while the server still considers their old connection alive, for example a phone that changes
//! networks, or behind a proxy that closes late. The old connection stays open in all of these tests.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::json;
use switchboard::Recovery;
use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{Polling, TestServer, WebSocket};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::setting::{Client, Numbered, Said, Setting, identity};
use crate::journal::Journal;

#[tokio::test]
async fn a_client_takes_its_socket_over_from_a_connection_that_is_still_open() {
    let mut setting = Setting::new().await;
    let mut old = setting.new_client().await;
    let hall = setting.hall();
    let socket = hall.socket(&old.id).expect("a socket");
    socket.join("a").expect("it joins");
    for what in ["1", "2", "3", "4"] {
        setting.say(what);
    }
    old.expect_said(&["1", "2"]).await;
    let mut client = setting.taken_over(&old.before(), 1).await;
    // A handle from before, the rooms and the session belong to the new connection.
    setting.say_to("a", "5");
    socket.emit(Said("6".to_owned())).expect("it is sent");
    client.expect_said(&["3", "4", "welcome back", "5", "6"]).await;
    assert_eq!(client.ask("state").await, "437[[true,1]]");
    assert_eq!(client.ask("rooms").await, r#"437[["a"]]"#);
    assert_eq!(hall.socket_count(), 1);

    // The old connection has received its packets and is closed. Its end has no effect.
    old.expect_said(&["3", "4"]).await;
    old.socket.expect_close(None).await;
    old.cut();
    setting.server.settle().await;
    setting.say("7");
    client.expect_said(&["7"]).await;
    client.expect_nothing_more().await;
    setting.journal.expect_silence();
    assert!(setting.expired.try_recv().is_err());
}

#[tokio::test]
async fn a_client_that_names_no_event_gets_all_since_it_connected() {
    let mut setting = Setting::new().await;
    let old = setting.new_client().await;
    setting.say("1");
    setting.say("2");
    assert_eq!(old.offset, None);
    let mut client = setting.taken_over(&old.before(), 1).await;
    client.expect_said(&["1", "2", "welcome back"]).await;
}

#[tokio::test]
async fn a_poller_takes_over_from_a_poll_that_still_waits() {
    let mut setting = Setting::new().await;
    let mut old = Polling::open(&setting.server).await;
    old.post("40").await;
    let (id, pid) = identity(&old.next_packet().await);
    setting.journal.expect("entered 0").await;
    setting.say("1");
    let packet = old.next_packet().await;
    let offset = packet.split('"').nth(5).expect("an offset").to_owned();
    // The response to this poll is sent, but lost.
    let mut lost = old.wait().await;
    setting.say("2");
    let mut waiting = old.wait().await;

    let mut client = Polling::open(&setting.server).await;
    client.post(&format!(r#"40{{"pid":"{pid}","offset":"{offset}"}}"#)).await;
    assert_eq!(identity(&client.next_packet().await), (id, pid));
    for what in ["2", "welcome back"] {
        let packet = client.next_packet().await;
        assert!(packet.starts_with(&format!(r#"42["said","{what}","#)), "{packet}");
    }
    setting.journal.expect("left: taken over").await;
    setting.journal.expect("entered 1").await;
    let lost = lost.response().await.expect("an answer");
    assert!(lost.text().starts_with(r#"42["said","2","#), "{lost:?}");
    assert_eq!(waiting.response().await.expect("an answer").answer(), (200, "1"));
    old.expect_gone().await;
}

#[tokio::test]
async fn sockets_of_other_namespaces_on_the_old_connection_come_back_one_by_one() {
    #[event("news")]
    struct News(u32);
    struct Child;
    #[namespace("/child-{id}", params(id: u32), emits(News))]
    impl Child {}

    let server = TestServer::start(Server::new().recovery(Recovery::new()).namespace(Child)).await;
    let mut old = WebSocket::open(&server).await;
    let mut identities = Vec::new();
    for id in [1, 2] {
        old.send(&format!("40/child-{id},")).await;
        identities.push(identity(&old.next_text().await.replace(&format!("/child-{id},"), "")));
    }
    let mut new = WebSocket::open(&server).await;
    for (number, (id, pid)) in (1..).zip(&identities) {
        // Includes the namespace whose socket has not been recovered yet.
        for child in server.handle().children::<Child>() {
            child.emit(News(number)).expect("it is sent");
        }
        new.send(&format!(r#"40/child-{number},{{"pid":"{pid}"}}"#)).await;
        let reply = loop {
            let text = new.next_text().await;
            if text.starts_with("40") {
                break text;
            }
            assert!(text.starts_with("42/child-1,[\"news\",2,") || text.contains("[\"news\",1,"), "{text}");
        };
        assert_eq!(reply, format!(r#"40/child-{number},{{"sid":"{id}","pid":"{pid}"}}"#));
    }
    for number in [1, 2] {
        let missed = new.next_text().await;
        assert!(missed.starts_with(&format!("42/child-2,[\"news\",{number},")), "{missed}");
    }
}

#[tokio::test]
async fn guards_are_asked_and_a_client_that_they_refuse_may_try_again() {
    let mut setting = Setting::new().await;
    let old = setting.new_client().await;
    setting.closed.store(true, Ordering::Release);
    let mut socket = WebSocket::open(&setting.server).await;
    socket.send(&format!("40{}", old.before().auth(json!({})))).await;
    socket.expect_text(r#"44{"message":"closed"}"#).await;
    setting.journal.expect("left: taken over").await;
    setting.say("meanwhile");
    setting.closed.store(false, Ordering::Release);
    let mut client = setting.recovered(&old.before(), 1).await;
    client.expect_said(&["meanwhile", "welcome back"]).await;
}

#[tokio::test]
async fn a_connection_that_waits_to_have_the_socket_is_taken_over_too() {
    let mut setting = Setting::new().await;
    let first = Client::with(&setting.server, json!({ "linger": true })).await;
    setting.journal.expect("entered 0").await;
    let auth = first.before().auth(json!({}));
    // The disconnect hook of the first connection is running.
    let mut second = WebSocket::open(&setting.server).await;
    second.send(&format!("40{auth}")).await;
    setting.journal.expect("left: taken over").await;
    let mut third = WebSocket::open(&setting.server).await;
    third.send(&format!("40{auth}")).await;
    second.expect_close(None).await;
    setting.leaves.notify_one();
    setting.journal.expect("gone at last").await;
    setting.journal.expect("entered 1").await;
    assert_eq!(identity(&third.next_text().await).0, first.id);
}

/// Has a handler that waits for the test.
struct Desk {
    reports: UnboundedSender<String>,
    open: Arc<Notify>,
}

#[namespace("/", emits(Said))]
impl Desk {
    #[on("work")]
    async fn work(&self, socket: &Socket<Self>) -> bool {
        drop(self.reports.send("begun".to_owned()));
        self.open.notified().await;
        socket.emit(Said("done".to_owned())).expect("it is kept or sent");
        drop(self.reports.send("done".to_owned()));
        true
    }

    #[on("next")]
    fn next(&self) -> bool {
        drop(self.reports.send("next".to_owned()));
        true
    }
}

#[tokio::test]
async fn handlers_of_the_old_connection_finish_first_and_their_answers_go_nowhere() {
    let (reports, mut journal) = Journal::new();
    let open = Arc::<Notify>::default();
    let options = Server::new().recovery(Recovery::new());
    let server = TestServer::start(options.namespace(Desk { reports, open: open.clone() })).await;
    let mut old = Client::new(&server).await;
    old.socket.send(r#"421["work"]"#).await;
    journal.expect("begun").await;
    // The event has been received, and waits for the handler.
    old.socket.send(r#"422["next"]"#).await;
    server.settle().await;
    let mut new = WebSocket::open(&server).await;
    new.send(&format!("40{}", old.before().auth(json!({})))).await;
    server.settle().await;
    journal.expect_silence();
    open.notify_one();
    journal.expect("done").await;
    journal.expect("next").await;
    assert_eq!(identity(&new.next_text().await).0, old.id);
    assert!(new.next_text().await.starts_with(r#"42["said","done","#));
    new.send(r#"423["next"]"#).await;
    new.expect_text("433[true]").await;
    old.socket.expect_close(None).await;
}

struct Network;

#[namespace("/", emits(Numbered))]
impl Network {}

/// All clients repeatedly lose their connections at once. No old connection closes before all clients have returned.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_clients_of_a_network_that_fails_come_back_and_each_event_arrives_once() {
    const CLIENTS: usize = 100;
    const EVENTS: usize = 120;
    const FAILURES: [usize; 2] = [EVENTS / 3, EVENTS / 2];
    let options = Server::new().recovery(Recovery::new());
    let server = Arc::new(TestServer::start(options.namespace(Network)).await);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|index| {
            let server = server.clone();
            tokio::spawn(async move {
                let mut client = Client::new(&server).await;
                let mut left_open = Vec::new();
                for number in 0..EVENTS {
                    assert_eq!(client.event().await, json!(["numbered", number]), "client {index}");
                    if FAILURES.contains(&number) {
                        let before = client.before();
                        left_open.push(client);
                        client = Client::back(&server, &before, json!({})).await;
                        assert_eq!((&client.id, &client.pid), (&before.id, &before.pid), "client {index}");
                        client.offset = before.offset;
                    }
                }
                (client, left_open)
            })
        })
        .collect();
    let network = server.handle().namespace::<Network>();
    within("connecting", async {
        while network.socket_count() < CLIENTS {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for number in 0..EVENTS {
        network.emit(Numbered(number)).expect("it is sent");
        tokio::task::yield_now().await;
    }
    let mut all = Vec::new();
    for client in clients {
        all.push(within("all events", client).await.expect("no panic"));
    }
    assert_eq!(network.socket_count(), CLIENTS);
    drop(all);
}
