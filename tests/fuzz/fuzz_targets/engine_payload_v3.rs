//! Fuzzes the body of an Engine.IO 3 polling request, as text and as bytes.
//!
//! From the root: `cargo +nightly fuzz run --fuzz-dir tests/fuzz engine_payload_v3`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| switchboard::internals::fuzz::engine_payload_v3(input));
