//! Anonymous clients that fill the recovery store, so that it evicts the sessions of a guarded namespace. The server
//! does not store sockets of an undeclared `/`, and every namespace has a quota.

use serde_json::Value;
use switchboard::Recovery;
use switchboard_tests::WebSocket;

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

/// Number of attackers, which exceeds the capacity of the store below.
const ATTACKERS: usize = 2_000;

pub(crate) const ATTACK: Attack = Attack {
    name: "recovery_eviction",
    options: |server| server.recovery(Recovery::new().session_limits(1_000, 1024 * 1024)),
    mounted: false,
    peak: 32 * MIB,
    run,
};

/// Connects to the namespace, and returns the reply's payload.
async fn connect(socket: &mut WebSocket, namespace: &str, auth: &str) -> Value {
    socket.send(&format!("40{namespace}{auth}")).await;
    let reply = socket.next_text().await;
    let payload = reply.strip_prefix(&format!("40{namespace}")).expect("a CONNECT reply");
    serde_json::from_str(payload).expect("JSON")
}

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut victim = WebSocket::open(&target).await;
        let first = connect(&mut victim, "/attacked,", "").await;
        victim.into_connection().abort();
        for number in 0..ATTACKERS {
            let mut attacker = WebSocket::open(&target).await;
            connect(&mut attacker, "", "").await;
            attacker.into_connection().abort();
            if number % 100 == 0 {
                target.echoes(1).await;
            }
        }
        let mut victim = WebSocket::open(&target).await;
        let auth = format!(r#"{{"pid":{},"offset":""}}"#, first["pid"]);
        let second = connect(&mut victim, "/attacked,", &auth).await;
        assert_eq!(second["sid"], first["sid"], "the session was kept");
        victim.send("41/attacked,").await;
    })
}
