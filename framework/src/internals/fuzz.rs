//! What the fuzz targets in `tests/fuzz` call. None of it may panic, whatever the input.

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::engine::codec;
use crate::protocol::{Decoder, Packet, json};
#[cfg(feature = "msgpack")]
use crate::protocol::{Parser, pack_json};
use crate::wire::{Arguments, Payload, acknowledged};

/// The body of a polling request.
pub fn engine_payload(input: &[u8]) {
    let Ok(payload) = str::from_utf8(input) else { return };
    let mut out = Vec::new();
    for packet in codec::packets(payload) {
        match packet {
            Ok(codec::Packet::Message(text)) => codec::append_text(&mut out, format!("4{text}").as_bytes()),
            Ok(codec::Packet::Binary(data)) => codec::append_binary(&mut out, &data),
            _ => {}
        }
    }
    let written = String::from_utf8(out).expect("text and base64 are text");
    if !written.is_empty() {
        assert!(codec::packets(&written).all(|packet| packet.is_ok()), "what is written can be read");
    }
}

/// One text message, read as deep as a handler reads it.
pub fn packet(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    assert_eq!(json::is_valid(text), is_valid_for_serde_json(text), "two readers of JSON differ");
    let mut decoder = Decoder::new(10, 1000);
    if let Ok(Some(packet)) = decoder.text(text) {
        read(packet);
    }
}

/// The messages of one connection: a text before 0x00, bytes before 0x01.
pub fn reassembly(input: &[u8]) {
    let mut decoder = Decoder::new(10, 1000);
    for message in input.split_inclusive(|&byte| byte <= 1) {
        let Some((kind, data)) = message.split_last() else { continue };
        let packet = match kind {
            0 => {
                let Ok(text) = str::from_utf8(data) else { return };
                decoder.text(text)
            }
            _ => decoder.binary(Bytes::copy_from_slice(data)),
        };
        match packet {
            Ok(Some(packet)) => read(packet),
            Ok(None) => {}
            Err(_) => return,
        }
        decoder.release();
    }
}

/// One message of MessagePack, read as deep as a handler reads it, as JSON, and packed again.
#[cfg(feature = "msgpack")]
pub fn msgpack(input: &[u8]) {
    let mut decoder = Decoder::new(10, 1000).with(Parser::MessagePack);
    let Ok(Some(mut packet)) = decoder.binary(Bytes::copy_from_slice(input)) else { return };
    if let Some(auth) = packet.data {
        assert!(json::is_valid(auth), "what a client connects with is JSON");
    }
    if let Some(mut event) = Arguments::of(&mut packet) {
        assert!(json::is_valid(event.raw()), "every event can be written as JSON");
        let mut packed = Vec::new();
        pack_json(&mut packed, event.raw(), &[]).expect("and be packed again");
        let _ = event.name();
        let _ = event.all::<Bytes>();
        let _ = event.next::<Anything>();
        while let Ok(Some(_)) = event.next::<Option<Box<RawValue>>>() {}
    } else if let Some(answer) = Payload::of(&mut packet) {
        assert!(json::is_valid(answer.json()), "every answer can be written as JSON");
        let _ = acknowledged::<Bytes>(&answer);
        let _ = acknowledged::<Anything>(&answer);
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "it matters that it can be read, not what")]
enum Anything {
    Bytes(Bytes),
    Text(String),
    Many(Vec<Anything>),
    Object { data: Bytes },
    Other(Value),
}

fn read(packet: Packet<'_>) {
    let Some(data) = packet.data else { return };
    let payload = Payload::new(data, packet.attachments.clone());
    let _ = acknowledged::<Bytes>(&payload);
    let _ = acknowledged::<Anything>(&payload);
    let Some(head) = packet.head else { return };
    let mut event = Arguments::event(data, packet.attachments, head);
    assert_eq!(event.raw(), data);
    let _ = event.name();
    let _ = event.all::<Bytes>();
    let _ = event.next::<Anything>();
    // A value in raw form can be read whatever it is, so that a walk over all of them gets to the end.
    while let Ok(Some(_)) = event.next::<Option<Box<RawValue>>>() {}
}

/// serde_json does not bound the depth of what it skips, so that texts that may be too deep for us are left out.
fn is_valid_for_serde_json(text: &str) -> bool {
    let depth = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if depth > 128 { json::is_valid(text) } else { serde_json::from_str::<IgnoredAny>(text).is_ok() }
}
