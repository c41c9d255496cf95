//! The data of a packet that has been decoded.

use bytes::Bytes;

#[cfg(feature = "msgpack")]
use super::msgpack::Packed;
use crate::protocol::Packet;

/// The data of an incoming event or acknowledgement.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    pub(super) json: String,
    pub(super) attachments: Vec<Bytes>,
    /// What there is instead of JSON and attachments if it came as MessagePack.
    #[cfg(feature = "msgpack")]
    pub(super) packed: Option<Box<Packed>>,
}

impl Payload {
    /// Takes a JSON array that the decoder has accepted, and what its placeholders stand for.
    pub(crate) fn new(json: &str, attachments: Vec<Bytes>) -> Self {
        Payload { json: json.to_owned(), attachments, ..Payload::default() }
    }

    /// Takes the data of an acknowledgement, if it has any.
    pub(crate) fn of(packet: &mut Packet<'_>) -> Option<Self> {
        #[cfg(feature = "msgpack")]
        if let Some(packed) = packet.packed.take() {
            return Some(Payload { packed: Some(packed), ..Payload::default() });
        }
        Some(Payload::new(packet.data?, std::mem::take(&mut packet.attachments)))
    }

    /// The JSON array.
    pub(crate) fn json(&self) -> &str {
        #[cfg(feature = "msgpack")]
        if let Some(packed) = &self.packed {
            return &packed.json().0;
        }
        &self.json
    }

    /// What the placeholders in the JSON stand for.
    pub(crate) fn attachments(&self) -> &[Bytes] {
        #[cfg(feature = "msgpack")]
        if let Some(packed) = &self.packed {
            return &packed.json().1;
        }
        &self.attachments
    }

    /// Where its first element is to be looked for.
    pub(super) fn start(&self) -> usize {
        #[cfg(feature = "msgpack")]
        if self.packed.is_some() {
            return 0;
        }
        // Behind the bracket.
        1
    }

    /// How many bytes it keeps.
    pub(crate) fn size(&self) -> usize {
        #[cfg(feature = "msgpack")]
        if let Some(packed) = &self.packed {
            return packed.elements().len();
        }
        self.json.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }
}
