//! Handshakes with large headers, which a session keeps. 300 sessions with 355 kB each took 108 MB; a head over 16 KiB is
//! answered with 431 now, however it arrives.

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
            // As large as they may be, and much larger.
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
