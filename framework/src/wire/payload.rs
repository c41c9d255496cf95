//! The data of a packet that has been decoded.

use bytes::Bytes;

use super::text::Text;

/// The data of an incoming event or acknowledgement, owned, and cheap to move.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    pub(super) json: Text,
    pub(super) attachments: Vec<Bytes>,
}

impl Payload {
    /// Takes a JSON array that the decoder has accepted, and what its placeholders stand for.
    pub(crate) fn new(json: &str, attachments: Vec<Bytes>) -> Self {
        Payload { json: Text::copy(json), attachments }
    }

    /// How many bytes it keeps.
    pub(crate) fn size(&self) -> usize {
        self.json.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }
}
