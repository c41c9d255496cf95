//! Servers for third-party protocol test suites; CONTRIBUTING.md says how to run the suites.
//!
//! Usage: `suite_server engine | protocol | client | websocket`. The port is set with `PORT`.

mod client;
mod echo;
mod protocol;

use std::env;
use std::fmt::Display;
use std::time::Duration;

/// Heartbeat settings that the suites of both protocols expect.
const PING_INTERVAL: Duration = Duration::from_millis(300);
const PING_TIMEOUT: Duration = Duration::from_millis(200);

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    match env::args().nth(1).as_deref() {
        Some("engine") => echo::engine(port(3000)).await,
        Some("protocol") => protocol::serve(port(3000)).await,
        Some("client") => client::serve(port(3210)).await,
        Some("websocket") => echo::websocket(port(9001)).await,
        _ => Err("usage: suite_server engine | protocol | client | websocket".into()),
    }
}

/// Reports an event that could not be sent. The suite fails on the missing event.
fn send<T, E: Display>(sent: Result<T, E>) {
    if let Err(error) = sent {
        eprintln!("not sent: {error}");
    }
}

/// Returns the port to listen on: `PORT`, or the suite's default.
fn port(expected: u16) -> u16 {
    env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(expected)
}
