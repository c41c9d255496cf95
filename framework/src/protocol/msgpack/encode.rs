//! Outgoing packets.

use bytes::Bytes;
use serde::Serialize;

use super::from_json::pack_json;
use super::pack::{Header, pack_str, pack_unsigned};
use super::packet::Unpacked;
use crate::engine::frame::{Frame, FrameWriter};
use crate::protocol::encode::Encoded;
use crate::wire::{pack_answer, pack_event};

// The types of packets that carry arrays.
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

/// An event of which the data is there already, as JSON and attachments.
pub(in crate::protocol) fn event_of(namespace: &str, id: Option<u64>, json: &str, attachments: &[Bytes]) -> Encoded {
    let mut frame = FrameWriter::new(0);
    begin_event(frame.buffer(), namespace, id);
    put_json(frame.buffer(), json, attachments);
    finish(frame)
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

/// An acknowledgement that lacks its namespace.
pub(in crate::protocol) fn answer<T: Serialize + ?Sized>(id: u64, value: &T) -> Result<FrameWriter, serde_json::Error> {
    let mut frame = FrameWriter::new(0);
    let out = frame.buffer();
    Header::Map.put(out, 4);
    put_kind(out, ACK);
    put_id(out, id);
    pack_str(out, "data");
    pack_answer(out, value)?;
    Ok(frame)
}

pub(in crate::protocol) fn finish_answer(mut frame: FrameWriter, namespace: &str) -> Encoded {
    put_namespace(frame.buffer(), namespace);
    finish(frame)
}

/// A packet of this type whose data is JSON, or absent.
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

/// The data of an event of this server, as JSON and attachments. It is none, and reaches nobody, if it is nested deeper
/// than any client would take it.
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

/// JSON that this server has written or checked. Only what it says with a refusal may be nested too deep: that is left
/// out.
fn put_json(out: &mut Vec<u8>, json: &str, attachments: &[Bytes]) {
    let start = out.len();
    if pack_json(out, json, attachments).is_none() {
        out.truncate(start);
        Header::Map.put(out, 0);
    }
}

fn finish(frame: FrameWriter) -> Encoded {
    Encoded { head: frame.finish_binary(), attachments: Vec::new() }
}
