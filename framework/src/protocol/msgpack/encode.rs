//! Encodes outgoing packets as MessagePack.

use bytes::Bytes;
use serde::Serialize;

use super::from_json::pack_json;
use super::pack::{Header, pack_str, pack_unsigned};
use super::packet::Unpacked;
use crate::engine::frame::{Frame, FrameWriter};
use crate::protocol::encode::Encoded;
use crate::wire::{pack_answer, pack_event};

// The types of packets whose data is an array.
const EVENT: u8 = 2;
const ACK: u8 = 3;

/// `{type, nsp, id?, data}`.
pub(in crate::protocol) fn event<E: Serialize + ?Sized>(
    namespace: &str,
    id: Option<u64>,
    name: &str,
    event: &E,
) -> Result<Encoded, serde_json::Error> {
    let mut frame = FrameWriter::new(0);
    begin_event(frame.buffer(), namespace, id);
    pack_event(frame.buffer(), name, event)?;
    Ok(finish(frame))
}

/// An event whose data is already encoded as JSON and attachments.
pub(in crate::protocol) fn event_of(namespace: &str, id: Option<u64>, json: &str, attachments: &[Bytes]) -> Encoded {
    let mut frame = FrameWriter::new(0);
    begin_event(frame.buffer(), namespace, id);
    put_json(frame.buffer(), json, attachments);
    finish(frame)
}

/// Like [`event`], with an additional argument.
pub(in crate::protocol) fn numbered_event<E: Serialize + ?Sized>(
    namespace: &str,
    name: &str,
    event: &E,
    offset: &str,
) -> Result<Encoded, serde_json::Error> {
    let mut frame = FrameWriter::new(0);
    begin_event(frame.buffer(), namespace, None);
    let start = frame.buffer().len();
    pack_event(frame.buffer(), name, event)?;
    add_argument(frame.buffer(), start, offset);
    Ok(finish(frame))
}

/// Like [`event_of`], with an additional argument.
pub(in crate::protocol) fn numbered_event_of(
    namespace: &str,
    json: &str,
    attachments: &[Bytes],
    offset: &str,
) -> Encoded {
    let mut frame = FrameWriter::new(0);
    begin_event(frame.buffer(), namespace, None);
    let start = frame.buffer().len();
    put_json(frame.buffer(), json, attachments);
    add_argument(frame.buffer(), start, offset);
    finish(frame)
}

/// Appends a string to the array that starts at `start`. Does nothing for any other value.
fn add_argument(out: &mut Vec<u8>, start: usize, text: &str) {
    let length = match out[start..] {
        [head @ 0x90..=0x9f, ..] => usize::from(head & 0xf),
        [0xdc, a, b, ..] => usize::from(u16::from_be_bytes([a, b])),
        [0xdd, a, b, c, d, ..] => u32::from_be_bytes([a, b, c, d]) as usize,
        _ => return,
    };
    Header::Array.correct(out, start, length, length + 1);
    pack_str(out, text);
}

fn begin_event(out: &mut Vec<u8>, namespace: &str, id: Option<u64>) {
    Header::Map.put(out, if id.is_some() { 4 } else { 3 });
    put_kind(out, EVENT);
    put_namespace(out, namespace);
    if let Some(id) = id {
        put_id(out, id);
    }
    pack_str(out, "data");
}

/// An acknowledgement without its namespace, and where its array begins.
pub(in crate::protocol) fn answer<T: Serialize + ?Sized>(
    id: u64,
    value: &T,
) -> Result<(FrameWriter, usize), serde_json::Error> {
    let mut frame = FrameWriter::new(0);
    let out = frame.buffer();
    Header::Map.put(out, 4);
    put_kind(out, ACK);
    put_id(out, id);
    pack_str(out, "data");
    let start = out.len();
    pack_answer(out, value)?;
    Ok((frame, start))
}

pub(in crate::protocol) fn finish_answer(mut frame: FrameWriter, namespace: &str) -> Encoded {
    put_namespace(frame.buffer(), namespace);
    finish(frame)
}

/// A packet of this type whose data is JSON. Empty `json` means no data.
pub(in crate::protocol) fn control(kind: u8, namespace: &str, json: &str) -> Frame {
    let mut frame = FrameWriter::new(0);
    let out = frame.buffer();
    Header::Map.put(out, if json.is_empty() { 2 } else { 3 });
    put_kind(out, kind);
    put_namespace(out, namespace);
    if !json.is_empty() {
        pack_str(out, "data");
        put_json(out, json, &[]);
    }
    frame.finish_binary()
}

/// The data of an event that this server has encoded, as JSON and attachments. Empty if the data is nested so deeply
/// that no client would accept it; then the event reaches no socket.
pub(in crate::protocol) fn data(packet: &Encoded) -> (String, Vec<Bytes>) {
    let unpacked = Unpacked::read(packet.head.payload()).ok().and_then(|mut unpacked| unpacked.packet().packed);
    unpacked.map(|packed| packed.json().clone()).unwrap_or_default()
}

fn put_kind(out: &mut Vec<u8>, kind: u8) {
    pack_str(out, "type");
    pack_unsigned(out, kind.into());
}

fn put_namespace(out: &mut Vec<u8>, namespace: &str) {
    pack_str(out, "nsp");
    pack_str(out, namespace);
}

fn put_id(out: &mut Vec<u8>, id: u64) {
    pack_str(out, "id");
    pack_unsigned(out, id);
}

/// Writes JSON that this server has written or validated. Only the data of a refused connection may be nested too
/// deeply; it is replaced by an empty map.
fn put_json(out: &mut Vec<u8>, json: &str, attachments: &[Bytes]) {
    let start = out.len();
    if pack_json(out, json, attachments).is_none() {
        out.truncate(start);
        Header::Map.put(out, 0);
    }
}

fn finish(frame: FrameWriter) -> Encoded {
    Encoded { head: frame.finish_binary(), attachments: Vec::new(), number: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_argument_is_one_more() {
        for count in [0, 1, 14, 15, 16, 300, 65_534, 65_535] {
            let mut out = vec![0xff];
            Header::Array.put(&mut out, count);
            out.extend(std::iter::repeat_n(7, count));
            add_argument(&mut out, 1, "x");
            let mut expected = vec![0xff];
            Header::Array.put(&mut expected, count + 1);
            expected.extend(std::iter::repeat_n(7, count));
            pack_str(&mut expected, "x");
            assert!(out == expected, "{count}");
        }
        let mut out = vec![0x80];
        add_argument(&mut out, 0, "x");
        assert_eq!(out, [0x80]);
    }
}
