//! Bodies larger than `max_payload`. Closing the connection immediately would reset it, and the client would not see
//! the response. The server reads enough of the body for the client to receive the status 413, and the session stays
//! open.

use switchboard_tests::{Connection, Request};

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

pub(crate) const ATTACK: Attack =
    Attack { name: "oversized_posts", options: |server| server, mounted: false, peak: 24 * MIB, run };

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut polling = target.polling().await;
        for _ in 0..20 {
            let request = Request::post(polling.target(), vec![b'x'; 6_000_000]);
            assert_eq!(Connection::open(&target).await.request(&request).await.status, 413);
        }
        polling.post(r#"42/attacked,1["echo","x"]"#).await;
        assert_eq!(polling.next_packet().await, r#"43/attacked,1["x"]"#);
        polling.post("1").await;
        target.echoes(100).await;
    })
}
