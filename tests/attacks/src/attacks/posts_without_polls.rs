//! Clients that post events and never poll for the acknowledgements. Without backpressure, 16 MB would be queued for
//! each of them. The server stops handling events of a client while it has more than 256 KiB unread, as over WebSocket.

use switchboard_tests::{Connection, Request};

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const SESSIONS: usize = 60;
const POSTS: usize = 15;

pub(crate) const ATTACK: Attack =
    Attack { name: "posts_without_polls", options: |server| server, mounted: false, peak: 300 * MIB, run };

fn run(target: Target) -> Run {
    Box::pin(async move {
        let event = format!(r#"42/attacked,1["echo","{}"]"#, "x".repeat(60_000));
        let payload = vec![event; 15].join("\u{1e}");
        let mut attackers = Vec::new();
        for _ in 0..SESSIONS {
            let polling = target.polling().await;
            let request = Request::post(polling.target(), payload.as_str());
            let mut connection = Connection::open(&target).await;
            // The server delays the answer to a POST, so the attacker waits until the attack is over.
            attackers.push(tokio::spawn(async move {
                for _ in 0..POSTS {
                    if connection.try_send(request.to_bytes()).await.is_err() || connection.line().await.is_none() {
                        return;
                    }
                    while connection.line().await.is_some_and(|line| !line.is_empty()) {}
                    connection.exactly("ok".len()).await;
                }
            }));
        }
        target.echoes(1_000).await;
        attackers.iter().for_each(tokio::task::JoinHandle::abort);
    })
}
