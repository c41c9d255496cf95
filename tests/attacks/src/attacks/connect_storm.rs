//! Clients that all connect at once, and disconnect. If hyper's buffers were allocated on accept, they would fragment
//! the heap between the sessions, and 5,000 clients would leave 9 to 13 KiB each in the process instead of 3.5 KiB,
//! growing with each wave. The server allocates the buffers when the first bytes of a request arrive.

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
