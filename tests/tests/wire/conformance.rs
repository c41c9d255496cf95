//! Requirements on every server, based on the conformance suites of the Engine.IO protocol (revision 4) and of the
//! Socket.IO protocol (revision 5): https://github.com/socketio/engine.io-protocol and
//! https://github.com/socketio/socket.io-protocol.

use std::time::Duration;

use bytes::Bytes;
use serde::ser::SerializeTupleStruct;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use switchboard::prelude::*;
use switchboard_tests::{Connection, Polling, Request, TestServer, WebSocket};

/// A value that a client sent: JSON or bytes.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Item {
    Json(Value),
    Bytes(Bytes),
}

#[derive(Serialize, Event)]
#[event("auth")]
struct AuthSeen(Value);

/// All values that a client sent.
struct Several(Vec<Item>);

impl Serialize for Several {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Each field of a tuple struct is a separate argument.
        let mut fields = serializer.serialize_tuple_struct("Several", self.0.len())?;
        for item in &self.0 {
            fields.serialize_field(item)?;
        }
        fields.end()
    }
}

#[derive(Event)]
#[event("message-back")]
struct MessageBack(Several);

impl Serialize for MessageBack {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// The namespace `/` of the suites' server.
struct Main;

#[namespace("/", emits(AuthSeen, MessageBack))]
impl Main {
    #[on_connect]
    async fn connect(&self, socket: &Socket<Self>, Auth(auth): Auth<Value>) {
        drop(socket.emit(AuthSeen(auth)));
    }

    #[on("message")]
    async fn message(&self, socket: &Socket<Self>, first: Item, second: Item, third: Option<Item>) {
        drop(socket.emit(MessageBack(Several([first, second].into_iter().chain(third).collect()))));
    }

    #[on("message-with-ack")]
    async fn message_with_ack(&self, first: Item, second: Item, third: Option<Item>) -> Several {
        Several([first, second].into_iter().chain(third).collect())
    }
}

/// The namespace `/custom` of the suites' server.
struct Custom;

#[namespace("/custom", emits(AuthSeen))]
impl Custom {
    #[on_connect]
    async fn connect(&self, socket: &Socket<Self>, Auth(auth): Auth<Value>) {
        drop(socket.emit(AuthSeen(auth)));
    }
}

/// Starts a server with the default heartbeat, for tests that do not depend on it.
async fn start() -> TestServer {
    TestServer::start(Server::new().namespace(Main).namespace(Custom)).await
}

/// Starts a server with the heartbeat and connect timeout of the suites, for tests with a paused clock.
fn start_beating() -> TestServer {
    let options = Server::new().ping_interval(Duration::from_millis(300)).ping_timeout(Duration::from_millis(200));
    TestServer::in_memory(options.connect_timeout(Duration::from_millis(1000)).namespace(Main).namespace(Custom))
}

/// Opens a session over WebSocket that has connected to `/` and received its `auth`.
async fn joined(server: &TestServer) -> WebSocket {
    let mut socket = WebSocket::open(server).await;
    socket.join("/").await;
    socket.expect_text(r#"42["auth",{}]"#).await;
    socket
}

async fn joined_by_polling(server: &TestServer) -> Polling {
    let mut polling = Polling::joined(server).await;
    assert_eq!(polling.next_packet().await, r#"42["auth",{}]"#);
    polling
}

mod handshake {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn polling() {
        let server = start_beating();
        let polling = Polling::open(&server).await;
        let keys: Vec<_> = polling.handshake.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys.len(), 5);
        assert_eq!(polling.handshake["upgrades"], serde_json::json!(["websocket"]));
        assert_eq!(polling.handshake["pingInterval"], 300);
        assert_eq!(polling.handshake["pingTimeout"], 200);
        assert_eq!(polling.handshake["maxPayload"], 1_000_000);
    }

    #[tokio::test(start_paused = true)]
    async fn polling_with_wrong_queries_and_methods() {
        let server = start_beating();
        for target in [
            "/socket.io/?transport=polling",
            "/socket.io/?EIO=abc&transport=polling",
            "/socket.io/?EIO=4",
            "/socket.io/?EIO=4&transport=abc",
        ] {
            assert_eq!(Connection::open(&server).await.request(&Request::get(target)).await.status, 400, "{target}");
        }
        for method in ["POST", "PUT"] {
            let request = Request::new(method, server.target("transport=polling"));
            assert_eq!(Connection::open(&server).await.request(&request).await.status, 400, "{method}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn websocket() {
        let server = start_beating();
        let socket = WebSocket::open(&server).await;
        assert_eq!(socket.handshake["upgrades"], serde_json::json!([]));
        assert_eq!(socket.handshake["pingInterval"], 300);
        assert_eq!(socket.handshake["pingTimeout"], 200);
        assert_eq!(socket.handshake["maxPayload"], 1_000_000);
    }

    #[tokio::test(start_paused = true)]
    async fn websocket_with_wrong_queries() {
        let server = start_beating();
        for target in [
            "/socket.io/?transport=websocket",
            "/socket.io/?EIO=abc&transport=websocket",
            "/socket.io/?EIO=4",
            "/socket.io/?EIO=4&transport=abc",
        ] {
            let mut connection = Connection::open(&server).await;
            assert_eq!(connection.request(&Request::upgrade(target)).await.status, 400, "{target}");
            assert!(connection.rest().await.is_empty());
        }
    }
}

mod message {
    use super::*;

    #[tokio::test]
    async fn polling_one_and_several() {
        let server = start().await;
        let mut polling = joined_by_polling(&server).await;
        polling.post(r#"42["message",1,"a"]"#).await;
        assert_eq!(polling.get().await, r#"42["message-back",1,"a"]"#);
        polling.post("42[\"message\",1,\"a\"]\u{1e}42[\"message\",2,\"b\"]\u{1e}42[\"message\",3,\"c\"]").await;
        for (number, letter) in [(1, "a"), (2, "b"), (3, "c")] {
            assert_eq!(polling.next_packet().await, format!(r#"42["message-back",{number},"{letter}"]"#));
        }
    }

    #[tokio::test]
    async fn polling_text_and_binary() {
        let server = start().await;
        let mut polling = joined_by_polling(&server).await;
        let event = r#"["message","hello",{"_placeholder":true,"num":0}]"#;
        polling.post(&format!("451-{event}\u{1e}bAQIDBA==")).await;
        let back = event.replace("message", "message-back");
        assert_eq!(polling.get().await, format!("451-{back}\u{1e}bAQIDBA=="));
    }

    #[tokio::test]
    async fn polling_invalid_packets_close() {
        let server = start().await;
        let mut polling = joined_by_polling(&server).await;
        polling.try_post("abc").await;
        assert_eq!(polling.try_get().await.status, 400);
    }

    #[tokio::test]
    async fn polling_twice_at_once_closes() {
        let server = start().await;
        let mut polling = joined_by_polling(&server).await;
        let mut first = polling.wait().await;
        let second = polling.try_get().await;
        let mut statuses = [first.response().await.expect("an answer").status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
        assert_eq!(polling.try_get().await.status, 400);
    }

    #[tokio::test]
    async fn websocket_text_and_binary() {
        let server = start().await;
        let mut socket = joined(&server).await;
        socket.send(r#"42["message",1,"a"]"#).await;
        socket.expect_text(r#"42["message-back",1,"a"]"#).await;
        let event = r#"["message","hello",{"_placeholder":true,"num":0}]"#;
        socket.send(&format!("451-{event}")).await;
        socket.send_binary(&[1, 2, 3, 4]).await;
        socket.expect_text(&format!("451-{}", event.replace("message", "message-back"))).await;
        socket.expect_binary(&[1, 2, 3, 4]).await;
    }

    #[tokio::test]
    async fn websocket_invalid_packets_close() {
        let server = start().await;
        let mut socket = WebSocket::open(&server).await;
        socket.send("abc").await;
        socket.expect_close(None).await;
    }
}

mod heartbeat {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn polling() {
        let server = start_beating();
        let mut polling = joined_by_polling(&server).await;
        for _ in 0..3 {
            assert_eq!(polling.get().await, "2");
            polling.post("3").await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn polling_without_pong() {
        let server = start_beating();
        let mut polling = joined_by_polling(&server).await;
        assert_eq!(polling.next_packet().await, "2");
        assert_eq!(polling.next_packet().await, "1");
        assert_eq!(polling.try_get().await.status, 400);
    }

    #[tokio::test(start_paused = true)]
    async fn websocket() {
        let server = start_beating();
        let mut socket = joined(&server).await;
        for _ in 0..3 {
            socket.expect_text("2").await;
            socket.send("3").await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn websocket_without_pong() {
        let server = start_beating();
        let mut socket = joined(&server).await;
        socket.expect_text("2").await;
        socket.expect_close(None).await;
    }
}

mod close {
    use super::*;

    #[tokio::test]
    async fn polling() {
        let server = start().await;
        let mut polling = joined_by_polling(&server).await;
        let mut waiting = polling.wait().await;
        polling.post("1").await;
        assert_eq!(waiting.response().await.expect("an answer").answer(), (200, "6"));
        assert_eq!(polling.try_get().await.status, 400);
    }

    #[tokio::test]
    async fn websocket() {
        let server = start().await;
        let mut socket = joined(&server).await;
        socket.send("1").await;
        socket.expect_close(None).await;
    }
}

mod upgrade {
    use super::*;

    async fn upgraded(server: &TestServer) -> (Polling, WebSocket) {
        let polling = joined_by_polling(server).await;
        let mut socket = WebSocket::beside(server, &polling.sid).await;
        socket.send("2probe").await;
        socket.send("5").await;
        socket.expect_text("3probe").await;
        (polling, socket)
    }

    #[tokio::test]
    async fn success() {
        let server = start().await;
        let (_polling, mut socket) = upgraded(&server).await;
        socket.send(r#"42["message",1,"a"]"#).await;
        socket.expect_text(r#"42["message-back",1,"a"]"#).await;
    }

    #[tokio::test]
    async fn polling_afterwards() {
        let server = start().await;
        let (mut polling, _socket) = upgraded(&server).await;
        assert_eq!(polling.try_get().await.status, 400);
    }

    #[tokio::test]
    async fn another_websocket_afterwards() {
        let server = start().await;
        let (polling, mut socket) = upgraded(&server).await;
        WebSocket::beside(&server, &polling.sid).await.expect_close(None).await;
        socket.send(r#"42["message",1,"a"]"#).await;
        socket.expect_text(r#"42["message-back",1,"a"]"#).await;
    }
}

mod connect {
    use super::*;

    #[tokio::test]
    async fn to_the_main_namespace() {
        let server = start().await;
        joined(&server).await;
        let mut socket = WebSocket::open(&server).await;
        socket.send(r#"40{"token":"123"}"#).await;
        assert!(socket.next_text().await.starts_with(r#"40{"sid":""#));
        socket.expect_text(r#"42["auth",{"token":"123"}]"#).await;
    }

    #[tokio::test]
    async fn to_another_namespace() {
        let server = start().await;
        let mut socket = WebSocket::open(&server).await;
        socket.send("40/custom").await;
        assert!(socket.next_text().await.starts_with(r#"40/custom,{"sid":""#));
        socket.expect_text(r#"42/custom,["auth",{}]"#).await;

        let mut socket = WebSocket::open(&server).await;
        socket.send(r#"40/custom,{"token":"abc"}"#).await;
        assert!(socket.next_text().await.starts_with(r#"40/custom,{"sid":""#));
        socket.expect_text(r#"42/custom,["auth",{"token":"abc"}]"#).await;
    }

    #[tokio::test]
    async fn to_an_unknown_namespace() {
        let server = start().await;
        let mut socket = WebSocket::open(&server).await;
        socket.send("40/random").await;
        socket.expect_text(r#"44/random,{"message":"Invalid namespace"}"#).await;
    }

    #[tokio::test]
    async fn with_an_invalid_packet() {
        let server = start().await;
        let mut socket = WebSocket::open(&server).await;
        socket.send("4abc").await;
        socket.expect_close(None).await;
    }

    #[tokio::test(start_paused = true)]
    async fn not_at_all() {
        let server = start_beating();
        let mut socket = WebSocket::open(&server).await;
        let mut pings = 0;
        while let switchboard_tests::Received::Text(ping) = socket.next().await {
            assert_eq!(ping, "2");
            pings += 1;
            socket.send("3").await;
        }
        assert_eq!(pings, 3, "before the connect timeout");
    }
}

mod disconnect {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn from_the_main_namespace() {
        let server = start_beating();
        let mut socket = joined(&server).await;
        socket.send("41").await;
        socket.expect_text("2").await;
    }

    #[tokio::test]
    async fn from_another_namespace() {
        let server = start().await;
        let mut socket = joined(&server).await;
        socket.join("/custom").await;
        socket.expect_text(r#"42/custom,["auth",{}]"#).await;
        socket.send("41/custom").await;
        socket.send(r#"42["message","message to main","namespace"]"#).await;
        socket.expect_text(r#"42["message-back","message to main","namespace"]"#).await;
    }
}

mod events {
    use super::*;

    #[tokio::test]
    async fn plain_text() {
        let server = start().await;
        let mut socket = joined(&server).await;
        socket.send(r#"42["message",1,"2",{"3":[true]}]"#).await;
        socket.expect_text(r#"42["message-back",1,"2",{"3":[true]}]"#).await;
    }

    #[tokio::test]
    async fn with_two_attachments() {
        let server = start().await;
        let mut socket = joined(&server).await;
        let event = r#"["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
        socket.send(&format!("452-{event}")).await;
        socket.send_binary(&[1, 2, 3]).await;
        socket.send_binary(&[4, 5, 6]).await;
        socket.expect_text(&format!("452-{}", event.replace("message", "message-back"))).await;
        socket.expect_binary(&[1, 2, 3]).await;
        socket.expect_binary(&[4, 5, 6]).await;
    }

    #[tokio::test]
    async fn acknowledged() {
        let server = start().await;
        let mut socket = joined(&server).await;
        socket.send(r#"42456["message-with-ack",1,"2",{"3":[false]}]"#).await;
        socket.expect_text(r#"43456[1,"2",{"3":[false]}]"#).await;
    }

    #[tokio::test]
    async fn acknowledged_in_binary() {
        let server = start().await;
        let mut socket = joined(&server).await;
        let placeholders = r#"{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}"#;
        socket.send(&format!(r#"452-789["message-with-ack",{placeholders}]"#)).await;
        socket.send_binary(&[1, 2, 3]).await;
        socket.send_binary(&[4, 5, 6]).await;
        socket.expect_text(&format!("462-789[{placeholders}]")).await;
        socket.expect_binary(&[1, 2, 3]).await;
        socket.expect_binary(&[4, 5, 6]).await;
    }

    #[tokio::test]
    async fn invalid_packets_close() {
        let server = start().await;
        for packet in ["4abc", "42{}", r#"42abc["message-with-ack",1,"2",{"3":[false]}]"#] {
            let mut socket = joined(&server).await;
            socket.send(packet).await;
            socket.expect_close(None).await;
        }
    }
}
