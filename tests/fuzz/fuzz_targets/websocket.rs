//! Fuzzes WebSocket frames, whole and split.
//!
//! From the root: `cargo +nightly fuzz run --fuzz-dir tests/fuzz websocket`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| switchboard::internals::fuzz::websocket(input));
