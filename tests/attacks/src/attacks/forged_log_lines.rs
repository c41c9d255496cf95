//! Event names that contain log lines and terminal control characters. The server escapes text from clients, so that a
//! hook that prints errors cannot print forged lines.

use crate::attack::{Attack, Run, Target};
use crate::process::MIB;

const NAMES: [&str; 4] = [
    r"x\n[ok] admin logged in\u001b[31m",
    r"x\r\n[ok] admin logged in",
    r"x\u2028[ok] admin logged in\u009b2J",
    r"\u202e[ok]",
];

pub(crate) const ATTACK: Attack =
    Attack { name: "forged_log_lines", options: |server| server, mounted: false, peak: 16 * MIB, run };

fn run(target: Target) -> Run {
    Box::pin(async move {
        let mut socket = target.websocket().await;
        let before = target.output().reached(1).await.len();
        for name in NAMES {
            socket.send(&format!(r#"42/attacked,["{name}"]"#)).await;
        }
        let lines = target.output().reached(before + NAMES.len()).await;
        assert_eq!(lines.len(), before + NAMES.len(), "one line for each event: {lines:?}");
        for line in &lines[before..] {
            let forged = line.starts_with("[ok]")
                || line.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}'));
            assert!(!forged, "a client wrote {line:?}");
        }
        target.echoes(100).await;
    })
}
