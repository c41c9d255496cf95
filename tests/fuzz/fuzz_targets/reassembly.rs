//! Fuzzes the messages of a connection: packets and their attachments.
//!
//! From the root: `cargo +nightly fuzz run --fuzz-dir tests/fuzz reassembly`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| switchboard::internals::fuzz::reassembly(input));
