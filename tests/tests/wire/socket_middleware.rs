//! Middleware of a single socket.

use std::sync::Arc;

use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::Notify;

struct Shop {
    gate: Arc<Notify>,
}

#[payload]
struct Why {
    message: String,
    data: Vec<u32>,
}

/// Middleware of the namespace.
async fn around<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    if event.raw().contains("refused by all") { event.refuse("by all") } else { next.run(event).await }
}

#[namespace("/", middleware(around))]
impl Shop {
    #[on("use")]
    fn r#use(&self, socket: &Socket<Self>) {
        socket.use_middleware(async |event, next| {
            if event.raw().contains("refused by the first") {
                return event.refuse(Why { message: "the first says no".to_owned(), data: vec![1] });
            }
            next.run(event).await
        });
        let gate = Arc::clone(&self.gate);
        socket.use_middleware(move |event, next| {
            let gate = Arc::clone(&gate);
            async move {
                if event.raw().contains("wait") {
                    gate.notified().await;
                }
                if event.raw().contains("refused by the") {
                    event.refuse("the second says no")
                } else {
                    next.run(event).await
                }
            }
        });
        // A function that is middleware of a namespace can be middleware of a socket, too.
        socket.use_middleware(around);
    }

    #[on("limit")]
    fn limit(&self, socket: &Socket<Self>) {
        let limit = RateLimit::per_second(1);
        let id = socket.use_middleware(move |event, next| async move {
            if event.name() == "buy" { limit.handle(event, next).await } else { next.run(event).await }
        });
        socket.on("unlimited", move |socket: Socket<Self>| {
            let removed = socket.remove(id);
            async move { if removed { Ok(()) } else { Err("not there") } }
        });
    }

    #[on("buy")]
    fn buy(&self, item: String) -> String {
        item
    }

    #[on("beside", concurrent)]
    async fn beside(&self, item: String) -> String {
        self.gate.notified().await;
        item
    }
}

async fn start() -> (TestServer, WebSocket, Arc<Notify>) {
    let gate = Arc::<Notify>::default();
    let server = TestServer::start(Server::new().namespace(Shop { gate: Arc::clone(&gate) })).await;
    let socket = WebSocket::joined(&server).await;
    (server, socket, gate)
}

#[tokio::test]
async fn they_stand_in_their_order_and_outside_of_the_namespaces() {
    let (server, mut socket, _) = start().await;
    socket.send(r#"421["buy","refused by the first"]"#).await;
    socket.expect_text(r#"431["refused by the first"]"#).await;
    socket.send(r#"422["use"]"#).await;
    socket.expect_text("432[]").await;
    socket.send(r#"423["buy","refused by the first"]"#).await;
    socket.expect_text(r#"433[{"error":{"message":"the first says no","data":[1]}}]"#).await;
    socket.send(r#"424["buy","refused by the second"]"#).await;
    socket.expect_text(r#"434[{"error":"the second says no"}]"#).await;
    socket.send(r#"425["buy","refused by all"]"#).await;
    socket.expect_text(r#"435[{"error":"by all"}]"#).await;
    socket.send(r#"426["buy","refused by nobody"]"#).await;
    socket.expect_text(r#"436["refused by nobody"]"#).await;
    // Applies to events without a handler, too.
    socket.send(r#"427["steal","refused by the first"]"#).await;
    socket.expect_text(r#"437[{"error":{"message":"the first says no","data":[1]}}]"#).await;
    // Applies to this socket only.
    let mut other = WebSocket::joined(&server).await;
    other.send(r#"421["buy","refused by the first"]"#).await;
    other.expect_text(r#"431["refused by the first"]"#).await;
}

#[tokio::test]
async fn events_wait_for_one_that_waits() {
    let (server, mut socket, gate) = start().await;
    socket.send(r#"42["use"]"#).await;
    socket.send(r#"421["buy","wait"]"#).await;
    socket.send(r#"422["buy","tea"]"#).await;
    let mut other = WebSocket::joined(&server).await;
    other.send(r#"421["buy","coffee"]"#).await;
    other.expect_text(r#"431["coffee"]"#).await;
    gate.notify_one();
    socket.expect_text(r#"431["wait"]"#).await;
    socket.expect_text(r#"432["tea"]"#).await;
}

#[tokio::test]
async fn concurrent_events_stay_so() {
    let (_server, mut socket, gate) = start().await;
    socket.send(r#"42["use"]"#).await;
    socket.send(r#"421["beside","slow"]"#).await;
    socket.send(r#"422["buy","quick"]"#).await;
    socket.expect_text(r#"432["quick"]"#).await;
    gate.notify_one();
    socket.expect_text(r#"431["slow"]"#).await;
}

#[tokio::test]
async fn one_with_settings_can_be_put_on_and_taken_off() {
    let (_server, mut socket, _) = start().await;
    socket.send(r#"42["limit"]"#).await;
    socket.send(r#"421["buy","one"]"#).await;
    socket.expect_text(r#"431["one"]"#).await;
    socket.send(r#"422["buy","two"]"#).await;
    assert!(socket.next_text().await.starts_with(r#"432[{"error":{"message":"too many events""#));
    socket.send(r#"423["unlimited"]"#).await;
    socket.expect_text("433[]").await;
    socket.send(r#"424["buy","three"]"#).await;
    socket.expect_text(r#"434["three"]"#).await;
    socket.send(r#"425["unlimited"]"#).await;
    socket.expect_text(r#"435[{"error":"not there"}]"#).await;
}
