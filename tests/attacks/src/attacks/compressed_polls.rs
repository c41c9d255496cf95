//! Large responses that the server compresses. On the worker threads, four polls of 15 MB would delay a bystander for
//! three seconds. The server compresses large responses on other threads, and sends them uncompressed while too many
//! are being compressed.

use switchboard_tests::{Connection, Request};
use tokio::task::JoinSet;

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const POLLS: usize = 4;
const ROUNDS: usize = 5;

pub(crate) const ATTACK: Attack =
    Attack { name: "compressed_polls", options: |server| server, mounted: false, peak: 300 * MIB, run };

fn run(target: Target) -> Run {
    Box::pin(async move {
        let (mut compressed, mut meanwhile) = (0, 0);
        for _ in 0..ROUNDS {
            let mut sessions = Vec::new();
            for _ in 0..POLLS {
                let mut polling = target.polling().await;
                polling.post(r#"42/attacked,["flood",15,1000000]"#).await;
                sessions.push(polling);
            }
            let before = target.echo_count();
            let mut answers = JoinSet::new();
            for polling in &sessions {
                let (target, request) = (target.clone(), Request::get(polling.target()));
                answers.spawn(async move {
                    let request = request.header("Accept-Encoding", "gzip");
                    let response = Connection::open(&target).await.request(&request).await;
                    assert_eq!(response.status, 200);
                    response.header("content-encoding") == Some("gzip")
                });
            }
            compressed += answers.join_all().await.into_iter().filter(|compressed| *compressed).count();
            meanwhile += target.echo_count() - before;
            for mut polling in sessions {
                polling.post("1").await;
            }
        }
        assert!(compressed > 0, "no answer was compressed");
        assert!(
            meanwhile >= 30,
            "the bystander got {meanwhile} echoes while the server compressed {ROUNDS} times 60 MB"
        );
    })
}
