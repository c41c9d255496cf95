//! Handlers that block their thread, one for each of 16 clients. On a worker thread, one of them would stall all
//! clients. Handlers declared `blocking` run on other threads.

use switchboard_tests::WebSocket;

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const CLIENTS: usize = 16;

pub(crate) const ATTACK: Attack =
    Attack { name: "blocking_handlers", options: |server| server, mounted: false, peak: 16 * MIB, run };

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut clients: Vec<WebSocket> = Vec::new();
        for _ in 0..CLIENTS {
            let mut socket = target.websocket().await;
            socket.send(r#"42/attacked,1["block"]"#).await;
            clients.push(socket);
        }
        // The handlers block until they are released. The bystander must be served meanwhile.
        target.echoes(200).await;
        target.websocket().await.send(r#"42/attacked,["release"]"#).await;
        for mut socket in clients {
            loop {
                match socket.next_text().await.as_str() {
                    "2" => socket.send("3").await,
                    answer => break assert_eq!(answer, "43/attacked,1[]"),
                }
            }
        }
    })
}
