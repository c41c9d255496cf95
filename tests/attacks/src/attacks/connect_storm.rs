//! Clients that all connect at once, and leave. 5,000 of them left 9 to 13 KiB each with the process instead of 3.5, and the next
//! wave added to it; hyper's buffers lay between what their sessions kept. They are not allocated before a request arrives now.

use switchboard_tests::{Connection, Request, WebSocket};
use tokio::task::JoinSet;

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const CLIENTS: usize = 2_000;

pub(crate) const ATTACK: Attack =
    Attack { name: "connect_storm", options: |server| server, mounted: false, peak: 20 * MIB, run };

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let target = target.clone();
            clients.spawn(async move { Connection::open(&target).await });
        }
        let connections = clients.join_all().await;
        target.echoes(50).await;
        let mut clients = JoinSet::new();
        for connection in connections {
            let request = Request::upgrade(target.target("transport=websocket"));
            clients.spawn(async move {
                let mut socket = WebSocket::opened(connection, &request).await;
                socket.join("/attacked").await;
                socket
            });
        }
        let clients = clients.join_all().await;
        target.echoes(100).await;
        drop(clients);
    })
}
