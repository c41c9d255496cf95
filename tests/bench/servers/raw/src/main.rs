//! The ceilings: what a server does at the least for the contract of the benchmarks.
//!
//! `bench-raw` is built on tokio, hyper and fastwebsockets: one task a connection, which reads and writes.
//! `bench-raw epoll` has no runtime and no library below it.

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
