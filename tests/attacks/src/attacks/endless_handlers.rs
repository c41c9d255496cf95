//! Handlers that never end, of clients that disconnect. Each would keep its session in memory forever. The server drops
//! such a handler after `disconnect_timeout`, and reports it to `on_error`.

use std::time::Duration;

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const CLIENTS: usize = 200;

pub(crate) const ATTACK: Attack = Attack {
    name: "endless_handlers",
    options: |server| server.disconnect_timeout(Duration::from_secs(1)),
    mounted: false,
    peak: 24 * MIB,
    run,
};

fn run(target: Target) -> Run {
    Box::pin(async move {
        let before = target.output().reached(1).await.len();
        for _ in 0..CLIENTS {
            let mut socket = target.websocket().await;
            socket.send(r#"42/attacked,["forever"]"#).await;
            socket.expect_text(r#"42/attacked,["data","begun"]"#).await;
            socket.into_connection().abort();
        }
        target.echoes(100).await;
        target.output().reached(before + CLIENTS).await;
    })
}
