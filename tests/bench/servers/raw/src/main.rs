//! Servers with the minimum of work for the benchmark's events, as upper bounds of the achievable performance.
//!
//! `bench-raw` uses tokio, hyper and fastwebsockets, with one task per connection that reads and writes.
//! `bench-raw epoll` uses no runtime and no libraries.

#![forbid(unsafe_code)]

mod contract;
mod epoll;
mod polling;
mod queue;
mod tasks;

fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000);
    match std::env::args().nth(1).as_deref() {
        Some("epoll") => epoll::serve(port),
        _ => tasks::serve(port),
    }
}
