//! The data of a decoded packet.

use bytes::Bytes;

#[cfg(feature = "msgpack")]
use super::msgpack::Packed;
use crate::protocol::Packet;

/// The data of an incoming event or acknowledgement.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    pub(super) json: String,
    pub(super) attachments: Vec<Bytes>,
    /// Replaces `json` and `attachments` if the packet was received as MessagePack.
    #[cfg(feature = "msgpack")]
    pub(super) packed: Option<Box<Packed>>,
}

impl Payload {
    /// Takes a JSON array accepted by the decoder, and its attachments.
    pub(crate) fn new(json: &str, attachments: Vec<Bytes>) -> Self {
        Payload {
            json: json.to_owned(),
            attachments,
            #[cfg(feature = "msgpack")]
            packed: None,
        }
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

    /// The attachments to which the placeholders in the JSON refer.
    pub(crate) fn attachments(&self) -> &[Bytes] {
        #[cfg(feature = "msgpack")]
        if let Some(packed) = &self.packed {
            return &packed.json().1;
        }
        &self.attachments
    }

    /// The offset from which to search for the first element.
    #[cfg_attr(not(feature = "msgpack"), allow(clippy::unused_self, reason = "there is only JSON then"))]
    pub(super) fn start(&self) -> usize {
        #[cfg(feature = "msgpack")]
        if self.packed.is_some() {
            return 0;
        }
        // After the bracket.
        1
    }

    /// The size of the data in bytes.
    pub(crate) fn size(&self) -> usize {
        #[cfg(feature = "msgpack")]
        if let Some(packed) = &self.packed {
            return packed.elements().len();
        }
        self.json.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }
}
