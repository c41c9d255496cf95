//! Many clients at once, on several threads: whatever interleaves, nothing is lost, doubled or out of order.

use switchboard::prelude::*;
use switchboard_tests::{Polling, TestServer, WebSocket};
use tokio::task::JoinSet;

use crate::journal::{Seen, seen};

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
            // Each client upgrades at another moment, with events under way that nobody has polled for.
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
            // What a poll has taken already is not sent again.
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
    // Everybody who came has gone.
    let (mut came, mut gone) = (0, 0);
    while gone < CLIENTS * 5 {
        if journal.next().await == "connected" { came += 1 } else { gone += 1 }
    }
    assert_eq!(came, CLIENTS * 5);
    journal.expect_silence();
    server.empty().await;
    assert_eq!(server.handle().namespace::<Seen>().socket_count(), 0);
}
