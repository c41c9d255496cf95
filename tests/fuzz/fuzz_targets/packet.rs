//! Fuzzes a Socket.IO packet and the deserialization of its arguments.
//!
//! From the root: `cargo +nightly fuzz run --fuzz-dir tests/fuzz packet`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| switchboard::internals::fuzz::packet(input));
