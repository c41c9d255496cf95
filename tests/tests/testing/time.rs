//! The clock, paused and running.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use switchboard::prelude::*;
use switchboard::testing::TestServer;
use tokio::time::Instant;

use crate::desk::*;

#[tokio::test(start_paused = true)]
async fn what_waits_for_the_clock_waits_for_the_test() {
    let (app, ann, _bob) = ann_and_bob().await;
    let begun = Instant::now();
    ann.send("remind", (3600,));
    ann.expect_nothing().await;
    app.advance(Duration::from_secs(3599)).await;
    ann.expect_nothing().await;
    app.advance(Duration::from_secs(1)).await;
    assert_eq!(ann.expect::<Note>().await, note("3600 seconds have passed"));
    assert_eq!(begun.elapsed().as_secs(), 3600);
}

#[tokio::test(start_paused = true)]
async fn patience_is_a_matter_of_the_test() {
    let app = desk().patience(Duration::from_secs(60));
    let ann = enter(&app, "Ann").await;
    ann.call::<()>("remind", (50,)).await.unwrap();
    assert_eq!(ann.expect::<Note>().await, note("50 seconds have passed"));
}

#[tokio::test(start_paused = true)]
async fn who_joins_no_namespace_in_time_is_closed() {
    let app = TestServer::new(Server::new().connect_timeout(Duration::from_secs(20)).namespace(Desk));
    let ann = enter(&app, "Ann").await;
    ann.disconnect();
    app.advance(Duration::from_secs(19)).await;
    assert_eq!(app.client_count(), 1);
    app.advance(Duration::from_secs(2)).await;
    assert_eq!(app.client_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_program_keeps_its_hooks() {
    let failures = Arc::new(AtomicUsize::new(0));
    let seen = failures.clone();
    let server = Server::new().namespace(Desk).on_error(move |_| {
        seen.fetch_add(1, Ordering::Relaxed);
    });
    let app = TestServer::new(server);
    let ann = enter(&app, "Ann").await;
    ann.send("fail", ());
    assert_eq!((app.failures().await.len(), failures.load(Ordering::Relaxed)), (1, 1));
}

#[tokio::test]
async fn a_clock_that_goes_on_serves_as_well() {
    let (_app, ann, bob) = ann_and_bob().await;
    assert_eq!(ann.emit_with_ack(note("hello")).await.unwrap(), 1);
    assert_eq!(bob.expect::<Note>().await, note("hello"));
    bob.send("dismiss", ());
    assert_eq!(bob.expect_disconnect().await, DisconnectReason::ServerNamespaceDisconnect);
}

#[tokio::test]
#[should_panic(expected = "the clock does not stand still: begin with `#[tokio::test(start_paused = true)]`")]
async fn nobody_knows_when_a_server_is_done_whose_clock_goes_on() {
    let (_app, ann, _bob) = ann_and_bob().await;
    ann.expect_nothing().await;
}
