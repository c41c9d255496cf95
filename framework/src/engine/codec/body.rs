//! The body of a POST, in the payload format of either revision.

use super::packet::{Packet, PacketError};
use super::{payload, v3};

/// A payload that a client posted. It is read packet by packet, so the caller can pause.
#[derive(Debug)]
pub(crate) enum Body {
    Four(String, payload::Cursor),
    Three(String, v3::Cursor),
    /// Revision 3 with content type `application/octet-stream`.
    ThreeOfBytes(Vec<u8>, v3::Cursor),
}

impl Body {
    pub(crate) fn four(text: String) -> Self {
        Self::Four(text, payload::Cursor::new())
    }

    pub(crate) fn three(text: String) -> Self {
        Self::Three(text, v3::Cursor::new())
    }

    pub(crate) fn three_of_bytes(bytes: Vec<u8>) -> Self {
        Self::ThreeOfBytes(bytes, v3::Cursor::new())
    }

    /// Returns the next packet, or `None` at the end and after an invalid packet.
    pub(crate) fn next(&mut self) -> Option<Result<Packet<'_>, PacketError>> {
        match self {
            Self::Four(text, cursor) => cursor.next(text),
            Self::Three(text, cursor) => cursor.next(text),
            Self::ThreeOfBytes(bytes, cursor) => cursor.next_binary(bytes),
        }
    }

    /// Returns `true` once all packets have been taken.
    pub(crate) fn is_finished(&self) -> bool {
        match self {
            Self::Four(_, cursor) => cursor.is_finished(),
            Self::Three(text, cursor) => cursor.is_finished(text.len()),
            Self::ThreeOfBytes(bytes, cursor) => cursor.is_finished(bytes.len()),
        }
    }
}
