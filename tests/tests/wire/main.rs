//! Switchboard as a peer sees it: bytes in, bytes out. One file a theme.

mod asking;
mod attacks;
mod binary;
mod budget;
mod close_reasons;
mod compression;
mod conformance;
mod cors;
mod decoder_vectors;
mod embedding;
mod error_answers;
mod events_and_acks;
mod handshake;
mod headers_and_cookies;
mod heartbeat;
mod journal;
mod limits;
mod mutilated;
mod namespaces;
mod options;
mod polling;
mod raw_json;
mod rooms;
mod stress;
mod upgrade;
mod websocket;
