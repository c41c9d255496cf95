//! Clients that are not recovered, and get new sockets.

use std::collections::HashSet;

use serde_json::json;
use switchboard::ExpiryReason;
use switchboard_tests::endpoint::within;
use switchboard_tests::{Frame, Received, WebSocket};

use super::setting::{Client, Setting, identity};

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
async fn the_connection_that_named_the_pid_last_has_the_socket() {
    let mut setting = Setting::new().await;
    let client = setting.new_client().await;
    let before = setting.cut(client).await;
    let mut first = setting.recovered(&before, 1).await;
    let second = setting.taken_over(&before, 2).await;
    first.expect_said(&["welcome back"]).await;
    first.socket.expect_close(None).await;
    let before = setting.cut(second).await;
    setting.recovered(&before, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_claim_a_pid_one_has_it_in_the_end() {
    let mut setting = Setting::new().await;
    let client = setting.new_client().await;
    let mut before = setting.cut(client).await;
    for round in 0..20 {
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
                    // The connection is closed if another one claims the socket before the reply.
                    match socket.next().await {
                        Received::Text(reply) => {
                            let (id, pid) = identity(&reply);
                            Some(Client { socket, id, pid, offset: None })
                        }
                        _ => None,
                    }
                })
            })
            .collect();
        let mut all = Vec::new();
        for claim in claims {
            all.extend(within("a reply", claim).await.expect("no panic"));
        }
        // Every other client got a new socket, or had the socket and lost it.
        let (had, strangers): (Vec<_>, Vec<_>) = all.into_iter().partition(|client| client.id == before.id);
        let pids: HashSet<_> = strangers.iter().map(|client| &client.pid).collect();
        assert!(pids.len() == strangers.len() && !pids.contains(&before.pid));
        assert_eq!(setting.hall().socket_count(), 1 + strangers.len());
        let to_the_one = format!("round {round}.");
        setting.say_to(&before.id, &to_the_one);
        let mut winners = Vec::new();
        for mut client in had {
            assert_eq!(client.pid, before.pid);
            loop {
                match client.socket.next().await {
                    Received::Text(text) if text.contains(&to_the_one) => {
                        winners.push(client);
                        break;
                    }
                    // An event of a previous round, resent because the client sends no offset.
                    Received::Text(_) => {}
                    _ => break,
                }
            }
        }
        assert_eq!(winners.len(), 1);
        before = winners.remove(0).cut();
        drop(strangers);
        setting.server.empty().await;
    }
}
