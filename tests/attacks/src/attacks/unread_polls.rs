//! Polls whose responses are never read. Without a limit, 15 kB of uploads would cause 600 MB of responses. A response
//! counts towards the queue limit until it has been written, and the session's next poll waits for that.

use switchboard_tests::{Connection, Request};

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const SESSIONS: usize = 2;
const POLLS: usize = 10;

pub(crate) const ATTACK: Attack =
    Attack { name: "unread_polls", options: |server| server, mounted: false, peak: 100 * MIB, run };

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut connections = Vec::new();
        for _ in 0..SESSIONS {
            let mut polling = target.polling().await;
            for _ in 0..POLLS {
                // 15 MB, which is below the queue limit.
                if polling.try_post(r#"42/attacked,["flood",15,1000000]"#).await.status != 200 {
                    break;
                }
                let mut connection = Connection::open_narrow(&target).await;
                connection.send(Request::get(polling.target()).to_bytes()).await;
                connections.push(connection);
                target.echoes(20).await;
            }
        }
        target.echoes(100).await;
    })
}
