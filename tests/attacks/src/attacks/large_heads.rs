//! Handshakes with large headers, which a session keeps. Without a limit, 300 sessions with 355 kB each would take 108
//! MB. The server answers a head over 16 KiB with 431, even if it arrives in parts.

use switchboard_tests::{Connection, Request};

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const CLIENTS: usize = 300;

pub(crate) const ATTACK: Attack =
    Attack { name: "large_heads", options: |server| server, mounted: false, peak: 24 * MIB, run };

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut connections = Vec::new();
        for number in 0..CLIENTS {
            let request = match number % 2 {
                0 => Request::get(target.target("transport=polling")),
                _ => Request::upgrade(target.target("transport=websocket")),
            };
            // Just below the limit, and far above it.
            for (size, expected) in [(15_000, [200, 101]), (355_000, [431, 431])] {
                let mut connection = Connection::open(&target).await;
                let response = connection.request(&request.clone().header("X-Large", &"x".repeat(size))).await;
                assert_eq!(response.status, expected[number % 2]);
                connections.push(connection);
            }
        }
        target.echoes(100).await;
    })
}
