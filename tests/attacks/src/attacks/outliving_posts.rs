//! POST bodies that never end. A POST that outlived its session would delay axum's shutdown until `body_timeout`, which
//! is an hour here. The server ends the requests of a session together with the session.

use switchboard_tests::{Connection, Request};

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

pub(crate) const ATTACK: Attack = Attack {
    name: "outliving_posts",
    options: |server| server.body_timeout(std::time::Duration::from_secs(3600)),
    mounted: true,
    peak: 16 * MIB,
    run,
};

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut connections = Vec::new();
        for _ in 0..50 {
            let polling = target.polling().await;
            let mut connection = Connection::open(&target).await;
            let request = Request::post(polling.target(), "42").header("Content-Length", "1000000");
            connection.send(request.to_bytes()).await;
            connections.push(connection);
        }
        target.echoes(100).await;
        // Closes all sessions of the namespace.
        target.websocket().await.send(r#"42/attacked,["close"]"#).await;
        for mut connection in connections {
            connection.rest().await;
        }
    })
}
