//! Many clients on several threads: in every interleaving, nothing is lost, duplicated or out of order.

use std::collections::BTreeMap;
use std::time::Duration;

use switchboard::Recovery;
use switchboard::prelude::*;
use switchboard_tests::{Polling, TestServer, WebSocket};
use tokio::task::JoinSet;

use crate::journal::{Said, Seen, seen};

const CLIENTS: usize = 30;
const EVENTS: usize = 60;

fn say(number: usize) -> String {
    format!(r#"42["say","{number}"]"#)
}

fn said(number: usize) -> String {
    format!(r#"42["said","{number}"]"#)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn upgrades_under_load() {
    let (namespace, _journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let endpoint = (*server).clone();
        clients.spawn(async move {
            let mut polling = Polling::joined(&endpoint).await;
            // Each client upgrades at a different time, while some events have not been polled yet.
            let upgrade_at = client * EVENTS / CLIENTS;
            let mut expected = 0;
            for number in 0..upgrade_at {
                polling.post(&say(number)).await;
                if number % 3 == 2 {
                    assert_eq!(polling.next_packet().await, said(expected));
                    expected += 1;
                }
            }
            let mut socket = WebSocket::beside(&endpoint, &polling.sid).await;
            socket.send("2probe").await;
            socket.expect_text("3probe").await;
            // Packets that a poll has already received are not sent again.
            for packet in polling.taken() {
                assert_eq!(packet, said(expected));
                expected += 1;
            }
            socket.send("5").await;
            for number in upgrade_at..EVENTS {
                socket.send(&say(number)).await;
            }
            for number in expected..EVENTS {
                socket.expect_text(&said(number)).await;
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.expect("a client that got what it should");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_come_and_go() {
    let (namespace, mut journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let endpoint = (*server).clone();
        clients.spawn(async move {
            for round in 0..5 {
                match (client + round) % 4 {
                    0 => drop(WebSocket::joined(&endpoint).await),
                    1 => WebSocket::joined(&endpoint).await.into_connection().abort(),
                    2 => {
                        let mut socket = WebSocket::joined(&endpoint).await;
                        socket.send("41").await;
                        socket.send("1").await;
                        socket.expect_close(None).await;
                    }
                    _ => {
                        let mut polling = Polling::joined(&endpoint).await;
                        polling.post("1").await;
                        assert_eq!(polling.try_get().await.status, 400);
                    }
                }
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.expect("a client that got what it should");
    }
    // Every client that connected has disconnected.
    let (mut came, mut gone) = (0, 0);
    while gone < CLIENTS * 5 {
        if journal.next().await == "connected" { came += 1 } else { gone += 1 }
    }
    assert_eq!(came, CLIENTS * 5);
    journal.expect_silence();
    server.empty().await;
    assert_eq!(server.handle().namespace::<Seen>().socket_count(), 0);
}

/// Broadcasts from handlers, tasks and threads all arrive, in order per source.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn broadcasts_from_everywhere() {
    // More recipients than one thread sends to at once, but fewer open files than most systems allow.
    const LISTENERS: usize = 160;
    for server in [Server::new(), Server::new().recovery(Recovery::new())] {
        // Long enough that no pings are sent.
        let server = server.ping_interval(Duration::from_secs(3600)).namespace(Speech);
        let server = TestServer::start(server).await;
        let mut clients = JoinSet::new();
        for _ in 0..LISTENERS {
            let mut client = WebSocket::joined(&server).await;
            clients.spawn(async move {
                let mut heard = BTreeMap::<String, usize>::new();
                while heard.values().sum::<usize>() < 3 * EVENTS {
                    let text = client.next_text().await;
                    // With recovery, an offset follows the text.
                    let said = text.strip_prefix(r#"42["said",""#).and_then(|rest| rest.split('"').next());
                    let (source, number) = said.and_then(|said| said.split_once(' ')).expect("what was said");
                    let heard = heard.entry(source.to_owned()).or_default();
                    assert_eq!(number, heard.to_string(), "from a {source}");
                    *heard += 1;
                }
                heard.into_keys().collect::<Vec<_>>()
            });
        }
        let mut speaker = WebSocket::open(&server).await;
        speaker.join("/").await;
        let namespace = server.handle().namespace::<Speech>();
        let task = tokio::spawn({
            let namespace = namespace.clone();
            async move {
                for number in 0..EVENTS {
                    namespace.emit(Said(format!("task {number}"))).expect("it is JSON");
                    tokio::task::yield_now().await;
                }
            }
        });
        let thread = std::thread::spawn(move || {
            for number in 0..EVENTS {
                namespace.emit(Said(format!("thread {number}"))).expect("it is JSON");
            }
        });
        for number in 0..EVENTS {
            speaker.send(&format!(r#"42["proclaim","handler {number}"]"#)).await;
        }
        while let Some(heard) = clients.join_next().await {
            assert_eq!(heard.expect("a client that heard all"), ["handler", "task", "thread"]);
        }
        task.await.expect("no panic");
        thread.join().expect("no panic");
    }
}

struct Speech;

#[namespace("/", emits(Said))]
impl Speech {
    #[on("proclaim")]
    fn proclaim(&self, socket: &Socket<Self>, text: String) {
        socket.broadcast().emit(Said(text)).expect("it is JSON");
    }
}
