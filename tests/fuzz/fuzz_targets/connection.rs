//! Fuzzes all bytes of a connection: HTTP, long-polling, the upgrade, WebSocket frames, packets. The server must not
//! panic, and must have no sessions after it has closed.
//!
//! From the root: `cargo +nightly fuzz run --fuzz-dir tests/fuzz connection tests/fuzz/corpus/connection
//! tests/fuzz/seeds/connection`.
#![no_main]

use std::sync::atomic::{AtomicUsize, Ordering};

use libfuzzer_sys::fuzz_target;
use switchboard::prelude::*;
use tokio::io::{AsyncWriteExt as _, duplex, sink, split};

/// Bytes in flight in each direction. The number is small, so that both sides experience backpressure.
const IN_FLIGHT: usize = 4096;

struct Fuzzed;

#[namespace("/")]
impl Fuzzed {
    #[on("echo")]
    async fn echo(&self, value: RawJson) -> RawJson {
        value
    }

    #[on("join")]
    async fn join(&self, socket: &Socket<Self>, room: String) {
        socket.join(room);
    }

    #[on("leave")]
    async fn leave(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }

    #[on("close")]
    async fn close(&self, socket: &Socket<Self>) {
        socket.close();
    }
}

fuzz_target!(|input: &[u8]| {
    // The paused clock advances when all tasks are idle, so that timeouts expire immediately.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(serve(input));
});

async fn serve(input: &[u8]) {
    let opened = AtomicUsize::new(0);
    let server = Server::new()
        .allow_eio3(true)
        // Predictable ids, so that the input can contain them.
        .generate_id(move |_| Ok(opened.fetch_add(1, Ordering::Relaxed).to_string()))
        .namespace(Fuzzed)
        .build();
    let (client, far) = duplex(IN_FLIGHT);
    let serving = tokio::spawn({
        let server = server.clone();
        async move { server.serve_connection(far, None).await }
    });
    let (mut answers, mut requests) = split(client);
    let reading = tokio::spawn(async move { tokio::io::copy(&mut answers, &mut sink()).await });
    // The server may close the connection before it has read everything.
    drop(requests.write_all(input).await);
    drop(requests.shutdown().await);
    drop(requests);
    serving.await.expect("the connection ends without a panic");
    drop(reading.await);
    server.close().await;
    assert_eq!(server.client_count(), 0, "sessions end with the server");
}
