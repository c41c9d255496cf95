//! One Engine.IO packet, as a WebSocket text frame or one part of a polling payload.

use bytes::Bytes;

use super::base64;

/// An Engine.IO packet, borrowing its text from the frame or the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// `0`: the handshake. A server ignores its data.
    Open,
    /// `1`
    Close,
    /// `2`. Its text is `probe` while a transport is being probed.
    Ping(&'a str),
    /// `3`, with the text of the ping that it answers.
    Pong(&'a str),
    /// `4` and the text. The digit is stripped.
    Message(&'a str),
    /// `b` and base64 data: a binary message.
    Binary(Bytes),
    /// `5`
    Upgrade,
    /// `6`
    Noop,
}

impl<'a> Packet<'a> {
    /// Parses one packet from text. Text after the digit of a packet without data is ignored.
    #[inline(always)]
    pub(crate) fn parse(text: &'a str) -> Result<Self, PacketError> {
        let Some((kind, rest)) = text.split_at_checked(1) else {
            // Empty, or starts with a multi-byte character.
            return Err(text.chars().next().map_or(PacketError::Empty, PacketError::UnknownType));
        };
        Ok(match kind {
            "4" => Packet::Message(rest),
            "3" => Packet::Pong(rest),
            "2" => Packet::Ping(rest),
            "b" => Packet::Binary(base64::decode(rest)?),
            "0" => Packet::Open,
            "1" => Packet::Close,
            "5" => Packet::Upgrade,
            "6" => Packet::Noop,
            _ => return Err(PacketError::UnknownType(char::from(kind.as_bytes()[0]))),
        })
    }
}

/// Why a text is not an Engine.IO packet. The session that sent it is closed with `parse error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PacketError {
    #[error("empty packet")]
    Empty,
    #[error("unknown packet type {0:?}")]
    UnknownType(char),
    #[error("invalid base64")]
    Base64,
    /// Only in payloads of revision 3.
    #[error("invalid length")]
    Length,
    /// Only in binary payloads of revision 3.
    #[error("invalid UTF-8")]
    Utf8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read() {
        for (text, packet) in [
            ("0", Packet::Open),
            (r#"0{"sid":"x"}"#, Packet::Open),
            ("1", Packet::Close),
            ("2", Packet::Ping("")),
            ("2probe", Packet::Ping("probe")),
            ("3", Packet::Pong("")),
            ("3probe", Packet::Pong("probe")),
            ("4", Packet::Message("")),
            ("4hello", Packet::Message("hello")),
            ("4utf8 — string", Packet::Message("utf8 — string")),
            ("5", Packet::Upgrade),
            ("6", Packet::Noop),
            ("b", Packet::Binary(Bytes::new())),
            ("bAQIDBA==", Packet::Binary(Bytes::from_static(&[1, 2, 3, 4]))),
        ] {
            assert_eq!(Packet::parse(text), Ok(packet), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for (text, error) in [
            ("", PacketError::Empty),
            ("7", PacketError::UnknownType('7')),
            ("a123", PacketError::UnknownType('a')),
            ("é", PacketError::UnknownType('é')),
            ("\u{1e}", PacketError::UnknownType('\u{1e}')),
            ("b!", PacketError::Base64),
            ("bA", PacketError::Base64),
        ] {
            assert_eq!(Packet::parse(text), Err(error), "{text:?}");
        }
    }
}
