//! Parses the text of a packet: `<type>[<attachments>-][<namespace>,][<id>][<JSON>]`.
//!
//! Stricter than the reference implementation where it accepts text that no encoder writes: an id consists of digits
//! and fits 64 bits, an attachment count consists of digits, and nothing precedes the JSON after the id.

use super::json;
use super::name::Head;
use super::packet::{Kind, Packet, is_reserved};

/// Why a received message is not a Socket.IO packet. Such a message closes the connection. The texts are those of the
/// reference implementation, for the errors that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DecodeError {
    /// A message without content.
    #[error("empty packet")]
    Empty,
    /// The packet does not start with a digit from 0 to 6.
    #[error("unknown packet type {0:?}")]
    UnknownType(char),
    /// A binary packet whose number of attachments is missing or 0.
    #[error("Illegal attachments")]
    AttachmentCount,
    /// More attachments than the server allows.
    #[error("too many attachments")]
    TooManyAttachments,
    /// The attachments of one packet, or its placeholders, exceed the number of bytes that the server allows.
    #[error("attachments are too large")]
    AttachmentsTooLarge,
    /// The JSON is malformed, nested deeper than 128 levels, or does not have the shape that the packet type requires;
    /// the id does not fit 64 bits; or the event has a reserved name.
    #[error("invalid payload")]
    Payload,
    /// A placeholder for an attachment that the packet does not have.
    #[error("illegal attachments")]
    Placeholder,
    /// A binary message that belongs to no packet.
    #[error("got binary data when not reconstructing a packet")]
    UnexpectedBinary,
    /// A text packet that arrives before all attachments of the previous packet.
    #[error("got plaintext data when reconstructing a packet")]
    UnexpectedText,
}

/// Parses a packet without attachments.
#[inline(always)]
pub(super) fn plain(text: &str) -> Result<Packet<'_>, DecodeError> {
    let kind = match text.as_bytes().first().ok_or(DecodeError::Empty)? {
        b'0' => Kind::Connect,
        b'1' => Kind::Disconnect,
        b'2' => Kind::Event,
        b'3' => Kind::Ack,
        b'4' => Kind::ConnectError,
        _ => return Err(text.chars().next().map_or(DecodeError::Empty, DecodeError::UnknownType)),
    };
    behind_type(kind, &text[1..])
}

/// Returns `true` if attachments follow the packet.
#[inline]
pub(super) fn is_binary(text: &str) -> bool {
    text.starts_with(['5', '6'])
}

/// Parses a packet with attachments. Returns it and the number of attachments that follow.
pub(super) fn binary(text: &str, max_attachments: usize) -> Result<(Packet<'_>, usize), DecodeError> {
    let kind = if text.starts_with('5') { Kind::Event } else { Kind::Ack };
    let (attachments, rest) = attachment_count(&text[1..], max_attachments)?;
    Ok((behind_type(kind, rest)?, attachments))
}

#[inline(always)]
fn behind_type(kind: Kind, text: &str) -> Result<Packet<'_>, DecodeError> {
    let (namespace, rest) = namespace(text);
    let (id, rest) = id(rest)?;
    let data = (!rest.is_empty()).then_some(rest);
    let head = data.map_or(Ok(None), |data| check(kind, data))?;
    Ok(Packet {
        kind,
        namespace,
        id,
        data,
        head,
        attachments: Vec::new(),
        #[cfg(feature = "msgpack")]
        packed: None,
    })
}

/// Checks the JSON of a packet, and returns the head of an event.
fn check(kind: Kind, data: &str) -> Result<Option<Head>, DecodeError> {
    let has_shape = match kind {
        Kind::Event => {
            let head = Head::of(data).filter(|head| !is_reserved(head.name.of(data)));
            return head.map(Some).ok_or(DecodeError::Payload);
        }
        Kind::Connect => data.starts_with('{'),
        Kind::Disconnect => false,
        Kind::Ack => data.starts_with('['),
        Kind::ConnectError => data.starts_with(['{', '"']),
    };
    if has_shape && json::is_valid(data) { Ok(None) } else { Err(DecodeError::Payload) }
}

fn attachment_count(text: &str, max: usize) -> Result<(usize, &str), DecodeError> {
    let (digits, rest) = split_digits(text);
    let rest = rest.strip_prefix('-').filter(|_| !digits.is_empty()).ok_or(DecodeError::AttachmentCount)?;
    // A number that overflows is also too large.
    match digits.parse().unwrap_or(usize::MAX) {
        0 => Err(DecodeError::AttachmentCount),
        count if count > max => Err(DecodeError::TooManyAttachments),
        count => Ok((count, rest)),
    }
}

/// Splits off the namespace, which ends at a comma or at the end of the text.
fn namespace(text: &str) -> (&str, &str) {
    if text.starts_with('/') { text.split_once(',').unwrap_or((text, "")) } else { ("/", text) }
}

fn id(text: &str) -> Result<(Option<u64>, &str), DecodeError> {
    let mut id: u64 = 0;
    let mut length = 0;
    while let Some(digit @ b'0'..=b'9') = text.as_bytes().get(length) {
        id = id.checked_mul(10).and_then(|id| id.checked_add(u64::from(digit - b'0'))).ok_or(DecodeError::Payload)?;
        length += 1;
    }
    Ok(((length > 0).then_some(id), &text[length..]))
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

#[cfg(test)]
mod tests;
