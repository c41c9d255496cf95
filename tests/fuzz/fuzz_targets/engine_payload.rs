//! Fuzzes the body of a polling request.
//!
//! From the root: `cargo +nightly fuzz run --fuzz-dir tests/fuzz engine_payload`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| switchboard::internals::fuzz::engine_payload(input));
