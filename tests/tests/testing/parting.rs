//! Ways to disconnect, and the disconnect reasons that the server reports.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use switchboard::prelude::*;
use switchboard::testing::TestServer;
use tokio::time::Instant;

use crate::desk::*;

#[tokio::test(start_paused = true)]
async fn each_way_to_part_has_its_reason() {
    let app = desk();
    let ann = || enter(&app, "Ann");

    let dismissed = ann().await;
    dismissed.send("dismiss", ());
    assert_eq!(dismissed.expect_disconnect().await, DisconnectReason::ServerNamespaceDisconnect);
    let closed = ann().await;
    closed.send("close", ());
    assert_eq!(closed.expect_disconnect().await, DisconnectReason::ServerNamespaceDisconnect);
    let left = ann().await;
    left.disconnect();
    assert_eq!(left.expect_disconnect().await, DisconnectReason::ClientNamespaceDisconnect);
    let cut = ann().await;
    cut.cut();
    assert_eq!(cut.expect_disconnect().await, DisconnectReason::TransportClose);

    assert_eq!(app.namespace::<Desk>().socket_count(), 0);
    // Both have left the namespace, but their connections are still open.
    assert_eq!(app.client_count(), 2);
    drop((dismissed, left));
    app.settle().await;
    assert_eq!(app.client_count(), 0);

    let last = ann().await;
    app.close().await;
    assert_eq!(last.expect_disconnect().await, DisconnectReason::ServerShuttingDown);
}

#[tokio::test(start_paused = true)]
async fn who_stops_answering_heartbeats_is_found_out_in_time() {
    let server = Server::new().ping_interval(Duration::from_secs(7)).ping_timeout(Duration::from_secs(3));
    let app = TestServer::new(server.namespace(Desk));
    let (ann, bob) = (enter(&app, "Ann").await, enter(&app, "Bob").await);
    let begun = Instant::now();
    ann.stop_heartbeat();
    app.advance(Duration::from_secs(9)).await;
    assert!(ann.socket().is_connected());
    assert_eq!(ann.expect_disconnect().await, DisconnectReason::PingTimeout);
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert!(bob.socket().is_connected());
}

#[tokio::test(start_paused = true)]
async fn who_answers_stays_for_a_day() {
    let (app, ann, bob) = ann_and_bob().await;
    app.advance(Duration::from_secs(24 * 60 * 60)).await;
    ann.emit(note("still here"));
    assert_eq!(bob.expect::<Note>().await, note("still here"));
}

#[tokio::test(start_paused = true)]
async fn the_disconnect_hook_has_run_when_a_client_is_gone() {
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<DisconnectReason>>>);

    struct Door;

    #[namespace("/door")]
    impl Door {
        #[on_disconnect]
        async fn left(&self, reason: DisconnectReason, State(seen): State<Seen>) {
            tokio::task::yield_now().await;
            seen.0.lock().unwrap().push(reason);
        }
    }

    let seen = Seen::default();
    let app = TestServer::new(Server::new().state(seen.clone()).namespace(Door));
    let ann = app.client::<Door>("Ann").connect().await.unwrap();
    ann.cut();
    ann.expect_disconnect().await;
    assert_eq!(*seen.0.lock().unwrap(), [DisconnectReason::TransportClose]);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Ann` is still connected to `/desk`")]
async fn who_stays_has_not_left() {
    let (_app, ann, _bob) = ann_and_bob().await;
    ann.expect_disconnect().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Ann` is disconnected, and cannot send `note`")]
async fn who_is_gone_cannot_send() {
    let (_app, ann, _bob) = ann_and_bob().await;
    ann.disconnect();
    ann.emit(note("hello?"));
}
