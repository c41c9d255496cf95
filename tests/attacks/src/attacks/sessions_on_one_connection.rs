//! Unused sessions, opened over one TCP connection. By default, both their rate per connection and their total number
//! are limited. This server has a smaller limit: further sessions get 503, and connected clients are still served.

use std::time::Duration;

use switchboard_tests::endpoint::within;
use switchboard_tests::{Connection, Request, WebSocket};
use tokio::task::JoinSet;

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const SESSIONS: usize = 1_000;
const CONNECTIONS: usize = 20;

pub(crate) const ATTACK: Attack = Attack {
    name: "sessions_on_one_connection",
    options: |server| server.max_connections(SESSIONS).connect_timeout(Duration::from_secs(3)),
    mounted: false,
    peak: 32 * MIB,
    run,
};

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut attackers = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let target = target.clone();
            attackers.spawn(async move {
                let request = Request::get(target.target("transport=polling"));
                let mut connection = Connection::open(&target).await;
                let mut refused = 0;
                for _ in 0..SESSIONS / CONNECTIONS * 2 {
                    match connection.request(&request).await.status {
                        200 => {}
                        503 => refused += 1,
                        status => panic!("status {status}"),
                    }
                }
                refused
            });
        }
        let refused: usize = attackers.join_all().await.into_iter().sum();
        assert!(refused > 0, "there were {SESSIONS} sessions beside the bystander's");
        target.echoes(100).await;
        // Sessions that join no namespace are closed, so that new ones are accepted again.
        within("room for a client", async {
            let request = Request::upgrade(target.target("transport=websocket"));
            loop {
                match WebSocket::switched(Connection::open(&target).await, &request).await {
                    Ok(_) => return,
                    Err(response) => assert_eq!(response.status, 503),
                }
                target.echoes(10).await;
            }
        })
        .await;
    })
}
