//! Outgoing packets: text and attachments as frames, encoded once.

use std::io;

use serde::Serialize;

use crate::engine::frame::{Frame, FrameWriter};
use crate::wire::{Sink, write_answer, write_event, write_failure};

/// What may stand before a packet's JSON besides the namespace: Engine.IO's digit, the type, the number of
/// attachments and its dash, the comma, the acknowledgement's id.
const PREFIX: usize = 1 + 1 + 20 + 1 + 1 + 20;

/// A packet ready to be queued: its text frame, and a frame for each attachment.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    pub(crate) head: Frame,
    pub(crate) attachments: Vec<Frame>,
}

impl Encoded {
    /// The same packet, fit to be queued to many peers.
    pub(crate) fn for_many(self) -> Self {
        Self { head: self.head.for_many(), attachments: self.attachments.into_iter().map(Frame::for_many).collect() }
    }
}

/// The two type digits of a packet that may carry attachments: without and with them.
#[derive(Clone, Copy)]
enum Kind {
    Event,
    Ack,
}

impl Kind {
    fn digits(self, binary: bool) -> &'static [u8] {
        match (self, binary) {
            (Self::Event, false) => b"42",
            (Self::Event, true) => b"45",
            (Self::Ack, false) => b"43",
            (Self::Ack, true) => b"46",
        }
    }
}

/// Writes a packet's JSON; its prefix is known only when the attachments have been counted.
#[derive(Debug)]
struct PacketWriter {
    json: FrameWriter,
    attachments: Vec<Frame>,
}

impl PacketWriter {
    fn new(namespace: usize) -> Self {
        Self { json: FrameWriter::new(PREFIX + namespace), attachments: Vec::new() }
    }

    fn finish(self, kind: Kind, namespace: &str, id: Option<u64>) -> Encoded {
        let (mut count, mut ack) = (itoa::Buffer::new(), itoa::Buffer::new());
        let binary = !self.attachments.is_empty();
        let (count, dash) = if binary { (count.format(self.attachments.len()), "-") } else { ("", "") };
        let (namespace, comma) = if namespace == "/" { ("", "") } else { (namespace, ",") };
        let ack = id.map_or("", |id| ack.format(id));
        let prefix = [
            kind.digits(binary),
            count.as_bytes(),
            dash.as_bytes(),
            namespace.as_bytes(),
            comma.as_bytes(),
            ack.as_bytes(),
        ];
        Encoded { head: self.json.finish(&prefix), attachments: self.attachments }
    }
}

impl Sink for PacketWriter {
    fn split(&mut self) -> (&mut impl io::Write, impl FnMut(&[u8]) -> usize) {
        let attach = |data: &[u8]| {
            self.attachments.push(Frame::binary(data));
            self.attachments.len() - 1
        };
        (self.json.buffer(), attach)
    }
}

/// `2["name",args…]`, with the id of the acknowledgement that is wanted, if one is.
pub(crate) fn event<E: Serialize + ?Sized>(
    namespace: &str,
    id: Option<u64>,
    name: &str,
    event: &E,
) -> Result<Encoded, serde_json::Error> {
    let mut writer = PacketWriter::new(namespace.len());
    write_event(&mut writer, name, event)?;
    Ok(writer.finish(Kind::Event, namespace, id))
}

/// `0{"sid":…}`: the socket is connected.
pub(crate) fn connected(namespace: &str, sid: &str) -> Frame {
    control(b"40", namespace, format_args!("{{\"sid\":\"{sid}\"}}"))
}

/// `4{"message":…,"data":…}`: the socket may not connect.
pub(crate) fn refused(namespace: &str, error: impl std::fmt::Display) -> Frame {
    control(b"44", namespace, format_args!("{error}"))
}

/// `1`: the server disconnects the socket.
pub(crate) fn disconnected(namespace: &str) -> Frame {
    control(b"41", namespace, format_args!(""))
}

fn control(digits: &[u8], namespace: &str, body: std::fmt::Arguments<'_>) -> Frame {
    let mut writer = FrameWriter::new(PREFIX + namespace.len());
    // Writing to a frame cannot fail.
    let _ = io::Write::write_fmt(writer.buffer(), body);
    let (namespace, comma) = if namespace == "/" { ("", "") } else { (namespace, ",") };
    writer.finish(&[digits, namespace.as_bytes(), comma.as_bytes()])
}

/// Where a handler's answer goes: the id that the client waits for, and how much room its prefix takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AckSlot {
    id: u64,
    namespace: u32,
}

impl AckSlot {
    pub(crate) fn new(id: u64, namespace: &str) -> Self {
        Self { id, namespace: u32::try_from(namespace.len()).unwrap_or(0) }
    }
}

/// An acknowledgement that is encoded but for its prefix.
#[derive(Debug)]
pub(crate) struct Answer {
    writer: PacketWriter,
    id: u64,
}

impl Answer {
    /// `[value]`, or `[]` for `()`.
    pub(crate) fn of<T: Serialize + ?Sized>(slot: AckSlot, value: &T) -> Result<Self, serde_json::Error> {
        let mut writer = PacketWriter::new(slot.namespace as usize);
        write_answer(&mut writer, value)?;
        Ok(Self { writer, id: slot.id })
    }

    /// `[{"error":error}]`.
    pub(crate) fn failure<E: Serialize + ?Sized>(slot: AckSlot, error: &E) -> Result<Self, serde_json::Error> {
        let mut writer = PacketWriter::new(slot.namespace as usize);
        write_failure(&mut writer, error)?;
        Ok(Self { writer, id: slot.id })
    }

    pub(crate) fn finish(self, namespace: &str) -> Encoded {
        self.writer.finish(Kind::Ack, namespace, Some(self.id))
    }
}
