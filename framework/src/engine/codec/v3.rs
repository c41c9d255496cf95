//! Engine.IO revision 3, where it differs from revision 4: binary packets contain their type, and payloads contain the
//! length of each packet.
//!
//! The format is revision 3 of the [Engine.IO protocol].
//!
//! [Engine.IO protocol]: https://github.com/socketio/engine.io-protocol/tree/v3

use bytes::Bytes;

use super::base64;
use super::packet::{Packet, PacketError};

/// The type byte of a binary message.
pub(crate) const MESSAGE: u8 = 4;

// Packets in a binary payload start with one of these bytes, followed by the digits of the length and the byte 255.
const TEXT: u8 = 0;
const BINARY: u8 = 1;
const END_OF_LENGTH: u8 = 255;

/// Parses a text packet. It differs from revision 4 only in that base64 data is preceded by a type.
#[cold]
pub(crate) fn packet(text: &str) -> Result<Packet<'_>, PacketError> {
    let Some(rest) = text.strip_prefix('b') else { return Packet::parse(text) };
    match rest.split_at_checked(1) {
        Some(("4", data)) => Ok(Packet::Binary(base64::decode(data)?)),
        _ => Err(rest.chars().next().map_or(PacketError::Empty, PacketError::UnknownType)),
    }
}

/// Parses a binary packet. Only messages are sent in this form.
#[cold]
pub(crate) fn binary_packet<'a>(packet: &[u8]) -> Result<Packet<'a>, PacketError> {
    match packet.split_first() {
        Some((&MESSAGE, data)) => Ok(Packet::Binary(Bytes::copy_from_slice(data))),
        Some((other, _)) => Err(PacketError::UnknownType(char::from(*other))),
        None => Err(PacketError::Empty),
    }
}

/// A position in a request body.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// Offset of the next packet. `None` after an error.
    at: Option<usize>,
}

impl Cursor {
    pub(crate) fn new() -> Self {
        Self { at: Some(0) }
    }

    /// Returns `true` once all packets of a payload of `length` bytes have been taken.
    pub(crate) fn is_finished(&self, length: usize) -> bool {
        self.at.is_none_or(|at| at > 0 && at == length)
    }

    /// Returns the next packet of a text payload, such as `6:4hello2:4w`. Pass the same payload in every call. A length
    /// counts UTF-16 code units, as in JavaScript. Empty packets are skipped; an empty payload is an error.
    pub(crate) fn next<'a>(&mut self, payload: &'a str) -> Option<Result<Packet<'a>, PacketError>> {
        let mut at = self.at?;
        self.at = None;
        if payload.is_empty() {
            return Some(Err(PacketError::Empty));
        }
        loop {
            let rest = payload.get(at..).filter(|rest| !rest.is_empty())?;
            let Some((text, after)) = split_packet(rest) else { return Some(Err(PacketError::Length)) };
            at = payload.len() - after.len();
            if !text.is_empty() {
                let packet = packet(text);
                self.at = packet.is_ok().then_some(at);
                return Some(packet);
            }
        }
    }

    /// Returns the next packet of a binary payload: `00 06 ff` and six bytes of text, or `01 04 ff` and four bytes, of
    /// which the first is the type.
    pub(crate) fn next_binary<'a>(&mut self, payload: &'a [u8]) -> Option<Result<Packet<'a>, PacketError>> {
        let rest = payload.get(self.at?..).filter(|rest| !rest.is_empty())?;
        self.at = None;
        let Some((kind, data, after)) = split_binary_packet(rest) else { return Some(Err(PacketError::Length)) };
        let packet = match (kind, std::str::from_utf8(data)) {
            (BINARY, _) => binary_packet(data),
            (TEXT, Ok(text)) => packet(text),
            (TEXT, Err(_)) => Err(PacketError::Utf8),
            (other, _) => Err(PacketError::UnknownType(char::from(other))),
        };
        self.at = packet.is_ok().then_some(payload.len() - after.len());
        Some(packet)
    }
}

/// Splits off the first packet: the packet without its length, and the rest.
fn split_packet(payload: &str) -> Option<(&str, &str)> {
    let (length, rest) = payload.split_once(':')?;
    // `parse` alone would accept a sign.
    let length = Some(length).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    split_utf16(rest, length)
}

/// Splits after `units` UTF-16 code units. `None` if the text is shorter or a character would be split.
fn split_utf16(text: &str, units: usize) -> Option<(&str, &str)> {
    let (mut chars, mut left) = (text.chars(), units);
    while left > 0 {
        left = left.checked_sub(chars.next()?.len_utf16())?;
    }
    text.split_at_checked(text.len() - chars.as_str().len())
}

/// Splits off the first packet: its kind, its data, and the rest.
fn split_binary_packet(payload: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, rest) = payload.split_first()?;
    let digits = rest.iter().position(|byte| *byte == END_OF_LENGTH).filter(|digits| *digits > 0)?;
    let (digits, rest) = rest.split_at_checked(digits)?;
    let length = digits.iter().try_fold(0_usize, |length, digit| {
        let digit = Some(*digit).filter(|digit| *digit <= 9)?;
        length.checked_mul(10)?.checked_add(digit.into())
    })?;
    let (packet, after) = rest.split_at_checked(length.checked_add(1)?)?;
    Some((*kind, packet.get(1..)?, after))
}

/// Appends a text packet to a text payload. `packet` includes the type digit.
pub(crate) fn append_text(out: &mut Vec<u8>, packet: &[u8]) {
    append_length(out, utf16_length(packet));
    out.extend_from_slice(packet);
}

/// Appends a binary message to a text payload.
pub(crate) fn append_base64(out: &mut Vec<u8>, data: &[u8]) {
    let packet = base64_packet(data);
    append_length(out, packet.len());
    out.extend_from_slice(&packet);
}

/// Encodes a binary message as a text packet.
pub(crate) fn base64_packet(data: &[u8]) -> Vec<u8> {
    let mut packet = b"b4".to_vec();
    base64::append(&mut packet, data);
    packet
}

/// Encodes the body of a poll response, and returns whether it is binary. It is if any packet is, unless the client
/// asked for `base64`. Each packet comes with a flag that is `true` for binary.
pub(crate) fn payload<'a, I>(packets: impl Fn() -> I, base64: bool) -> (Vec<u8>, bool)
where
    I: Iterator<Item = (bool, &'a [u8])>,
{
    let of_bytes = !base64 && packets().any(|(is_binary, _)| is_binary);
    let mut out = Vec::new();
    for (is_binary, packet) in packets() {
        match (of_bytes, is_binary) {
            (false, false) => append_text(&mut out, packet),
            (false, true) => append_base64(&mut out, packet),
            (true, false) => append_part(&mut out, TEXT, &[], packet),
            (true, true) => append_part(&mut out, BINARY, &[MESSAGE], packet),
        }
    }
    (out, of_bytes)
}

/// Appends a packet to a binary payload.
fn append_part(out: &mut Vec<u8>, kind: u8, head: &[u8], packet: &[u8]) {
    let mut digits = itoa::Buffer::new();
    out.push(kind);
    out.extend(digits.format(head.len() + packet.len()).bytes().map(|digit| digit - b'0'));
    out.push(END_OF_LENGTH);
    out.extend_from_slice(head);
    out.extend_from_slice(packet);
}

fn append_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
    out.push(b':');
}

/// The length of UTF-8 text in UTF-16 code units: two for each four-byte character, one for every other.
fn utf16_length(text: &[u8]) -> usize {
    text.iter().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0)).sum()
}

#[cfg(test)]
mod tests;
