//! Guards, which run again when a client returns.

use std::sync::atomic::Ordering;

use serde_json::json;
use switchboard::Recovery;
use switchboard::prelude::*;
use switchboard_tests::WebSocket;

use super::setting::{Before, Client, Setting};

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
    // Guards are not skipped for other clients, nor for one whose session has expired.
    let stale = Before { pid: "AAAAAAAAAAAAAAAAAAAA".to_owned(), ..client.before() };
    let mut socket = WebSocket::open(&setting.server).await;
    for auth in [json!({}), stale.auth(json!({}))] {
        socket.send(&format!("40{auth}")).await;
        socket.expect_text(r#"44{"message":"closed"}"#).await;
    }
    setting.taken_over(&client.before(), 2).await;
}

#[tokio::test]
async fn who_is_cut_off_while_it_comes_back_may_try_again() {
    let mut setting = Setting::new().await;
    let client = Client::with(&setting.server, json!({ "linger": true })).await;
    setting.journal.expect("entered 0").await;
    let before = setting.cut(client).await;
    for _ in 0..2 {
        // The connection waits for the disconnect hook of the first one.
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
