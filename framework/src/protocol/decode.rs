//! The text of a packet: `<type>[<attachments>-][<namespace>,][<id>][<JSON>]`.
//!
//! Stricter than the reference implementation where that takes what no encoder writes: an id is digits and fits 64
//! bits, an attachment count is digits, and nothing is between the id and the JSON.

use super::json;
use super::name::Head;
use super::packet::{Kind, Packet, is_reserved};

/// Why a connection is closed: what it sent is no Socket.IO packet. The texts are those of the reference
/// implementation, where it has the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DecodeError {
    /// A message without content.
    #[error("empty packet")]
    Empty,
    /// The packet begins with something else than a digit from 0 to 6.
    #[error("unknown packet type {0:?}")]
    UnknownType(char),
    /// A binary packet that does not say how many attachments it has, or says 0.
    #[error("Illegal attachments")]
    AttachmentCount,
    /// More attachments than the server allows.
    #[error("too many attachments")]
    TooManyAttachments,
    /// More bytes in the attachments of one packet than the server allows, or placeholders for more.
    #[error("attachments are too large")]
    AttachmentsTooLarge,
    /// The JSON is malformed, nested deeper than 128 levels, or not of the shape that the packet's type asks for; or
    /// the id is no number of 64 bits; or the event has a reserved name.
    #[error("invalid payload")]
    Payload,
    /// A placeholder for an attachment that the packet does not have.
    #[error("illegal attachments")]
    Placeholder,
    /// Bytes that belong to no packet.
    #[error("got binary data when not reconstructing a packet")]
    UnexpectedBinary,
    /// A packet before all attachments of the one before have come.
    #[error("got plaintext data when reconstructing a packet")]
    UnexpectedText,
}

/// Reads a packet without attachments.
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

/// Whether attachments are to follow a packet.
#[inline]
pub(super) fn is_binary(text: &str) -> bool {
    text.starts_with(['5', '6'])
}

/// Reads a packet with attachments, and how many are to follow it.
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

/// Checks a packet's JSON, and says how an event begins.
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
    // A number beyond 64 bits is as much too many as any other.
    match digits.parse().unwrap_or(usize::MAX) {
        0 => Err(DecodeError::AttachmentCount),
        count if count > max => Err(DecodeError::TooManyAttachments),
        count => Ok((count, rest)),
    }
}

/// The namespace runs to a comma or to the end.
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
