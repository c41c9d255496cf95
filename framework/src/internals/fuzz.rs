//! Entry points of the fuzz targets in `tests/fuzz`. None of them may panic on any input.

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::engine::{FrameReader, Room, codec};
use crate::protocol::{Decoder, Packet, json};
#[cfg(feature = "msgpack")]
use crate::protocol::{Parser, pack_json};
use crate::wire::{Arguments, Payload, acknowledged};

/// Parses the body of a polling request, and checks that its messages can be encoded and parsed again.
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

/// Like [`engine_payload`], for protocol revision 3, with the body as text and as bytes.
pub fn engine_payload_v3(input: &[u8]) {
    let text = str::from_utf8(input).ok().map(|text| codec::Body::three(text.to_owned()));
    for mut body in text.into_iter().chain([codec::Body::three_of_bytes(input.to_vec())]) {
        let mut packets = Vec::new();
        while let Some(packet) = body.next() {
            match packet {
                Ok(codec::Packet::Message(text)) => packets.push((false, format!("4{text}").into_bytes())),
                Ok(codec::Packet::Binary(data)) => packets.push((true, data.to_vec())),
                _ => {}
            }
        }
        for base64 in [false, true] {
            let parts = || packets.iter().map(|(is_binary, packet)| (*is_binary, &packet[..]));
            let mut again = match codec::v3::payload(parts, base64) {
                (body, true) => codec::Body::three_of_bytes(body),
                (body, false) => codec::Body::three(String::from_utf8(body).expect("text and base64 are text")),
            };
            for (is_binary, packet) in parts() {
                match again.next() {
                    Some(Ok(codec::Packet::Message(text))) if !is_binary => assert_eq!(text.as_bytes(), &packet[1..]),
                    Some(Ok(codec::Packet::Binary(data))) if is_binary => assert_eq!(data, packet),
                    other => panic!("{other:?} was written as {packet:?}"),
                }
            }
        }
    }
}

/// Parses WebSocket frames in one piece and in chunks, and checks that the results are equal. The first byte of the
/// input is the chunk size.
pub fn websocket(input: &[u8]) {
    let Some((&size, frames)) = input.split_first() else { return };
    let pieces = read_frames(frames, usize::from(size).max(1));
    assert_eq!(pieces, read_frames(frames, frames.len().max(1)), "pieces are read as the whole is");
}

/// Returns the messages, and the close code if the frames violate the protocol.
fn read_frames(input: &[u8], size: usize) -> (Vec<String>, Option<u16>) {
    let mut reader = FrameReader::new(1000);
    let (mut pending, mut messages) = (Vec::new(), Vec::new());
    for piece in input.chunks(size) {
        pending.extend_from_slice(piece);
        let mut used = 0;
        loop {
            match reader.next(&mut pending[used..], &mut Room::new()) {
                Ok(Some((incoming, length))) => {
                    messages.push(format!("{incoming:?}"));
                    used += length;
                }
                Ok(None) => break,
                Err(code) => return (messages, Some(code.into())),
            }
        }
        pending.drain(..used);
    }
    (messages, None)
}

/// Parses one text message and deserializes its arguments, as a handler does.
pub fn packet(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    assert_eq!(json::is_valid(text), is_valid_for_serde_json(text), "two readers of JSON differ");
    let mut decoder = Decoder::new(10, 1000);
    if let Ok(Some(packet)) = decoder.text(text) {
        read(packet);
    }
}

/// Parses the messages of one connection. A message that ends with 0x00 is text, one that ends with 0x01 is binary.
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

/// Parses one MessagePack message, deserializes its arguments as a handler does, converts it to JSON, and packs it
/// again.
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
    // A raw value accepts any JSON, so this loop reads all remaining arguments.
    while let Ok(Some(_)) = event.next::<Option<Box<RawValue>>>() {}
}

/// serde_json does not limit the depth of values that it skips. Input that may exceed our depth limit is therefore not
/// compared.
fn is_valid_for_serde_json(text: &str) -> bool {
    let depth = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if depth > 128 { json::is_valid(text) } else { serde_json::from_str::<IgnoredAny>(text).is_ok() }
}
