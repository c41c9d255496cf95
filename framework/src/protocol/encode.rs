//! Encodes outgoing packets. The text and the attachments of a packet are encoded once, as frames.

mod ack;

use std::fmt::Display;
use std::io::Write;
use std::num::NonZeroU64;

use bytes::Bytes;
use serde::Serialize;

#[cfg(feature = "msgpack")]
use super::msgpack;
use super::parser::Parser;
use super::placeholder::has_only as has_only_placeholders;
use crate::engine::frame::{Frame, FrameWriter};
use crate::wire::{Sink, write_event};

pub(crate) use ack::{AckSlot, Answer, UnsentAnswer};

/// The maximum length of everything before a packet's namespace: the Engine.IO digit, the packet type, the number of
/// attachments and its dash.
const PREFIX: usize = 1 + 1 + 20 + 1;
/// Headroom for the namespace of an acknowledgement. A longer namespace costs a copy.
const USUAL_NAMESPACE: usize = 31;

/// The error for data with attachments that contains an object that resembles a placeholder.
pub(crate) const AMBIGUOUS: &str =
    "beside binary data, an object cannot have `_placeholder: true`: it would stand for an attachment";

/// The namespace of a packet, and the parser that encodes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address<'a> {
    pub(crate) parser: Parser,
    pub(crate) namespace: &'a str,
}

/// A packet ready to be queued: a text frame and one frame per attachment, or one binary frame with MessagePack.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    pub(crate) head: Frame,
    pub(crate) attachments: Vec<Frame>,
    /// The number of a recoverable event, which can be sent again to a client that missed it. The last argument of the
    /// event is the offset with this number.
    pub(crate) number: Option<NonZeroU64>,
}

impl Encoded {
    /// Prepares the packet to be queued to many recipients.
    pub(crate) fn for_many(self) -> Self {
        let attachments = self.attachments.into_iter().map(Frame::for_many).collect();
        Self { head: self.head.for_many(), attachments, number: self.number }
    }

    /// The total size of the frames in bytes.
    pub(crate) fn size(&self) -> usize {
        self.head.len() + self.attachments.iter().map(Frame::len).sum::<usize>()
    }

    /// The data of the packet: its JSON array and its attachments.
    pub(crate) fn data(&self, address: Address<'_>) -> (String, Vec<Bytes>) {
        match address.parser {
            Parser::Json => {}
            #[cfg(feature = "msgpack")]
            Parser::MessagePack => return msgpack::encode::data(self),
        }
        // serde writes valid UTF-8.
        let json = String::from_utf8_lossy(self.json(address.namespace)).into_owned();
        (json, self.attachments.iter().map(|frame| Bytes::copy_from_slice(frame.payload())).collect())
    }

    fn json(&self, namespace: &str) -> &[u8] {
        let text = self.head.payload();
        let find = |byte, from: usize| text[from..].iter().position(|b| *b == byte).map_or(text.len(), |at| from + at);
        // Every namespace except `/` is followed by a comma, and its name may contain brackets.
        let behind = if namespace == "/" { 0 } else { find(b',', 0) };
        &text[find(b'[', behind)..]
    }
}

/// The types of packets that may have attachments. Each has one digit without attachments and another with them.
#[derive(Clone, Copy)]
enum Kind {
    Event,
    Ack,
}

impl Kind {
    fn digits(self, binary: bool) -> &'static [u8; 2] {
        match (self, binary) {
            (Self::Event, false) => b"42",
            (Self::Event, true) => b"45",
            (Self::Ack, false) => b"43",
            (Self::Ack, true) => b"46",
        }
    }
}

/// Writes a packet from its namespace on. The part before the namespace can be written only when the attachments have
/// been counted.
#[derive(Debug)]
pub(crate) struct PacketWriter {
    frame: FrameWriter,
    attachments: Vec<Frame>,
}

impl PacketWriter {
    #[inline(always)]
    fn new(namespace: &str, id: Option<u64>) -> Self {
        let mut frame = FrameWriter::new(PREFIX);
        let text = frame.buffer();
        // Every namespace except `/` is longer.
        if namespace.len() > 1 {
            text.extend_from_slice(namespace.as_bytes());
            text.push(b',');
        }
        if let Some(id) = id {
            text.extend_from_slice(itoa::Buffer::new().format(id).as_bytes());
        }
        Self { frame, attachments: Vec::new() }
    }

    /// Like `new`, for an acknowledgement, whose namespace is written at the end.
    #[inline(always)]
    fn answer(id: u64) -> Self {
        let mut writer = Self { frame: FrameWriter::new(PREFIX + USUAL_NAMESPACE), attachments: Vec::new() };
        writer.text().extend_from_slice(itoa::Buffer::new().format(id).as_bytes());
        writer
    }

    /// Writes the packet's data. If it has attachments, no object in it may resemble a placeholder, because the
    /// receiver would replace it.
    #[inline(always)]
    fn data(&mut self, write: impl FnOnce(&mut Self) -> serde_json::Result<()>) -> serde_json::Result<()> {
        let start = self.text().len();
        write(self)?;
        if self.attachments.is_empty() { Ok(()) } else { self.check_placeholders(start) }
    }

    #[inline(never)]
    fn check_placeholders(&mut self, start: usize) -> serde_json::Result<()> {
        let attachments = self.attachments.len();
        let is_unambiguous = has_only_placeholders(&self.text()[start..], attachments);
        if is_unambiguous { Ok(()) } else { Err(serde::ser::Error::custom(AMBIGUOUS)) }
    }

    #[inline(always)]
    fn finish(self, kind: Kind) -> Encoded {
        let Self { mut frame, attachments } = self;
        if !attachments.is_empty() {
            frame.prepend(b"-");
            frame.prepend(itoa::Buffer::new().format(attachments.len()).as_bytes());
        }
        frame.prepend(kind.digits(!attachments.is_empty()));
        Encoded { head: frame.finish(), attachments, number: None }
    }
}

impl PacketWriter {
    /// Like `finish`, for an event with an additional argument. `offset` must not need escaping.
    fn finish_numbered(mut self, number: NonZeroU64, offset: impl Display) -> Encoded {
        let text = self.text();
        // Removes the closing bracket of the array.
        text.pop();
        // Writing to a vector cannot fail.
        let _ = write!(text, ",\"{offset}\"]");
        Encoded { number: Some(number), ..self.finish(Kind::Event) }
    }
}

impl Sink for PacketWriter {
    #[inline]
    fn text(&mut self) -> &mut Vec<u8> {
        self.frame.buffer()
    }

    fn attach(&mut self, data: &[u8]) -> usize {
        self.attachments.push(Frame::binary(data));
        self.attachments.len() - 1
    }
}

/// The prefix that names the namespace of a packet, such as `/chat,`. Empty for `/`.
pub(crate) fn prefix(namespace: &str) -> String {
    if namespace == "/" { String::new() } else { format!("{namespace},") }
}

/// The namespace that a prefix names.
#[cfg(feature = "msgpack")]
fn namespace_of(prefix: &str) -> &str {
    prefix.strip_suffix(',').unwrap_or("/")
}

/// `2["name",args…]`, with an id if an acknowledgement is requested.
pub(crate) fn event<E: Serialize + ?Sized>(
    Address { parser, namespace }: Address<'_>,
    id: Option<u64>,
    name: &str,
    event: &E,
) -> Result<Encoded, serde_json::Error> {
    match parser {
        Parser::Json => {}
        #[cfg(feature = "msgpack")]
        Parser::MessagePack => return msgpack::encode::event(namespace, id, name, event),
    }
    let mut writer = PacketWriter::new(namespace, id);
    writer.data(|writer| write_event(writer, name, event))?;
    Ok(writer.finish(Kind::Event))
}

/// Like [`event`], with an additional argument: the offset that a client sends when it reconnects.
pub(crate) fn numbered_event<E: Serialize + ?Sized>(
    Address { parser, namespace }: Address<'_>,
    name: &str,
    event: &E,
    number: NonZeroU64,
    offset: impl Display,
) -> Result<Encoded, serde_json::Error> {
    match parser {
        Parser::Json => {}
        #[cfg(feature = "msgpack")]
        Parser::MessagePack => {
            let packet = msgpack::encode::numbered_event(namespace, name, event, &offset.to_string())?;
            return Ok(Encoded { number: Some(number), ..packet });
        }
    }
    let mut writer = PacketWriter::new(namespace, None);
    writer.data(|writer| write_event(writer, name, event))?;
    Ok(writer.finish_numbered(number, offset))
}

/// Like [`event_of`], with an additional argument: the offset.
pub(crate) fn numbered_event_of(
    Address { parser, namespace }: Address<'_>,
    json: &str,
    attachments: &[Bytes],
    number: NonZeroU64,
    offset: impl Display,
) -> Encoded {
    match parser {
        Parser::Json => {}
        #[cfg(feature = "msgpack")]
        Parser::MessagePack => {
            let packet = msgpack::encode::numbered_event_of(namespace, json, attachments, &offset.to_string());
            return Encoded { number: Some(number), ..packet };
        }
    }
    let mut writer = PacketWriter::new(namespace, None);
    writer.text().extend_from_slice(json.trim_end().as_bytes());
    for attachment in attachments {
        writer.attach(attachment);
    }
    writer.finish_numbered(number, offset)
}

/// An event whose data is already encoded as JSON and attachments.
pub(crate) fn event_of(address: Address<'_>, id: Option<u64>, json: &str, attachments: &[Bytes]) -> Encoded {
    let Address { parser, namespace } = address;
    match parser {
        Parser::Json => {}
        #[cfg(feature = "msgpack")]
        Parser::MessagePack => return msgpack::encode::event_of(namespace, id, json, attachments),
    }
    let mut writer = PacketWriter::new(namespace, id);
    writer.text().extend_from_slice(json.as_bytes());
    for attachment in attachments {
        writer.attach(attachment);
    }
    writer.finish(Kind::Event)
}

/// `0{"sid":…}`, or `0{"sid":…,"pid":…}` if the connection state can be recovered: the socket is connected. Clients of
/// Socket.IO 2 receive neither.
pub(crate) fn connected(to: Address<'_>, sid: Option<&str>, pid: Option<&str>) -> Frame {
    match (sid, pid) {
        (None, _) => control(b"40", to, format_args!("")),
        (Some(sid), None) => control(b"40", to, format_args!("{{\"sid\":\"{sid}\"}}")),
        (Some(sid), Some(pid)) => control(b"40", to, format_args!("{{\"sid\":\"{sid}\",\"pid\":\"{pid}\"}}")),
    }
}

/// `4{"message":…,"data":…}`: the connection to the namespace is refused.
pub(crate) fn refused(to: Address<'_>, error: impl std::fmt::Display) -> Frame {
    control(b"44", to, format_args!("{error}"))
}

/// `1`: the server disconnects the socket.
pub(crate) fn disconnected(to: Address<'_>) -> Frame {
    control(b"41", to, format_args!(""))
}

fn control(digits: &[u8; 2], to: Address<'_>, body: std::fmt::Arguments<'_>) -> Frame {
    match to.parser {
        Parser::Json => {}
        #[cfg(feature = "msgpack")]
        Parser::MessagePack => return msgpack::encode::control(digits[1] - b'0', to.namespace, &body.to_string()),
    }
    let mut writer = PacketWriter::new(to.namespace, None);
    // Writing to a vector cannot fail.
    let _ = writer.text().write_fmt(body);
    writer.frame.prepend(digits);
    writer.frame.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_of_an_event_is_found_again() {
        for namespace in ["/", "/a", "/a[1]", "/[b]/c"] {
            let address = Address { parser: Parser::Json, namespace };
            for id in [None, Some(17)] {
                let json = r#"["say","a,b[0]"]"#;
                let packet = event(address, id, "say", "a,b[0]").unwrap();
                assert_eq!(packet.json(namespace), json.as_bytes());
                let again = event_of(address, id, json, &[]);
                assert_eq!(again.head.payload(), packet.head.payload());
                let binary = event_of(address, id, json, &[Bytes::from_static(b"[")]).for_many();
                assert_eq!(binary.json(namespace), json.as_bytes());
                assert_eq!(binary.attachments[0].payload(), b"[");
            }
        }
    }
}
