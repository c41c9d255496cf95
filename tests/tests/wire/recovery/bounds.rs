//! How long and how much is kept, and what becomes of those who exceed it.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard::{ExpiryReason, Recovery};
use switchboard_tests::endpoint::within;

use super::setting::{HOUR, Setting};

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
