//! Packets queued for slow readers: pings overtake them, so that they reach every client that reads at all.

use std::time::Duration;

use switchboard::EnginePacket;
use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{Connection, Received, Request, TestServer, WebSocket};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const PIECE: usize = 16 * 1024;

#[event("data")]
struct Data(String);

struct Pump {
    pinged: UnboundedSender<()>,
}

#[namespace("/", emits(Data))]
impl Pump {
    #[on_connect]
    fn connect(&self, socket: &Socket<Self>) {
        let pinged = self.pinged.clone();
        socket.engine().on_packet_create(move |packet| {
            if *packet == EnginePacket::Ping {
                let _ = pinged.send(());
            }
        });
    }

    #[on("flood")]
    fn flood(&self, socket: &Socket<Self>, pieces: usize) -> bool {
        let data = "x".repeat(PIECE);
        (0..pieces).all(|_| socket.emit(Data(data.clone())).is_ok())
    }
}

async fn pump(options: Server) -> (TestServer, UnboundedReceiver<()>) {
    let (pinged, pings) = unbounded_channel();
    (TestServer::start(options.namespace(Pump { pinged })).await, pings)
}

/// A client in `/` whose system buffers little of its data.
async fn narrow(server: &TestServer) -> WebSocket {
    let request = Request::upgrade(server.target("transport=websocket"));
    let mut socket = WebSocket::opened(Connection::open_narrow(server).await, &request).await;
    socket.join("/").await;
    socket
}

/// Without a limit, the server's system would buffer megabytes for a slow reader, and a ping would arrive after them:
/// too late for its timeout.
#[tokio::test]
#[cfg_attr(not(target_os = "linux"), ignore = "other systems have no such bound")]
async fn a_ping_waits_behind_little_of_what_is_queued() {
    let (server, mut pings) = pump(Server::new().ping_interval(Duration::from_millis(100))).await;
    let mut socket = narrow(&server).await;
    socket.send(r#"42["flood",500]"#).await;
    let before = loop {
        within("a ping", pings.recv()).await;
        let mut before = 0;
        while let Received::Text(text) = socket.next().await
            && text != "2"
        {
            before += text.len();
        }
        socket.send("3").await;
        // Otherwise the ping was queued before the server began to send.
        if before > 0 {
            break before;
        }
    };
    assert!(before < 512 * 1024, "{before} bytes before the ping");
}
