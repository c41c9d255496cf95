//! Handlers that use up tokio's cooperative budget. From then on until the task yields, tokio's resources are pending
//! and register no waker for their events.

use std::time::Duration;

use switchboard::prelude::*;
use switchboard_tests::{Received, TestServer, WebSocket};
use tokio::task::{consume_budget, coop::has_budget_remaining};
use tokio::time::advance;

struct Greedy;

async fn use_up() {
    while has_budget_remaining() {
        consume_budget().await;
    }
}

#[namespace("/")]
impl Greedy {
    #[on("once")]
    async fn once(&self) {
        use_up().await;
    }

    #[on("for a while")]
    async fn for_a_while(&self) {
        for _ in 0..40 {
            use_up().await;
            advance(Duration::from_millis(10)).await;
        }
        use_up().await;
    }
}

#[tokio::test]
async fn what_comes_after_a_greedy_handler_is_read() {
    let server = TestServer::start(Server::new().namespace(Greedy)).await;
    let mut socket = WebSocket::joined(&server).await;
    for _ in 0..20 {
        socket.send(r#"427["once"]"#).await;
        socket.expect_text("437[]").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_found_out_after_a_greedy_handler() {
    let times = Server::new().ping_interval(Duration::from_millis(200)).ping_timeout(Duration::from_millis(500));
    let server = TestServer::in_memory(times.namespace(Greedy));
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"427["for a while"]"#).await;
    socket.expect_text("2").await;
    socket.expect_text("437[]").await;
    assert!(matches!(socket.next().await, Received::Close(_) | Received::End));
}
