//! Polls that are answered and never read. 15 kB of uploads became 600 MB of answers, which no limit counted; an answer counts
//! towards the queue's limit now until it has left, and the session's next poll has to wait for that.

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
                // 15 MB: less than the queue may have.
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
