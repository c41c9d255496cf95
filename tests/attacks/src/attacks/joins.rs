//! A client that joins 50,000 rooms. If the time of a join grew with the number of rooms, this would occupy a core for
//! minutes. A join takes constant time, and the number of rooms of a socket is limited.

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const JOINS: usize = 50_000;
/// Number of concurrent joins.
const BATCH: usize = 500;

pub(crate) const ATTACK: Attack =
    Attack { name: "joins", options: |server| server.max_rooms(20_000), mounted: false, peak: 48 * MIB, run };

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut socket = target.websocket().await;
        let mut joined = 0;
        for batch in 0..JOINS / BATCH {
            for number in 0..BATCH {
                socket.send(&format!(r#"42/attacked,{number}["join","room {batch} {number}"]"#)).await;
            }
            let mut answered = 0;
            while answered < BATCH {
                match socket.next_text().await.as_str() {
                    "2" => socket.send("3").await,
                    answer => {
                        let (_, answer) = answer.split_once('[').expect("an acknowledgement");
                        let refused = answer.starts_with(r#"{"error":"#);
                        assert!(refused || answer == "]", "{answer}");
                        joined += usize::from(!refused);
                        answered += 1;
                    }
                }
            }
        }
        assert!((1..=20_000).contains(&joined), "{joined} joins were not refused");
        target.echoes(100).await;
    })
}
