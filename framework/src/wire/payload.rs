//! The data of a packet that has been decoded.

use bytes::Bytes;

/// The data of an incoming event or acknowledgement.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    pub(super) json: String,
    pub(super) attachments: Vec<Bytes>,
}

impl Payload {
    /// Takes a JSON array that the decoder has accepted, and what its placeholders stand for.
    pub(crate) fn new(json: &str, attachments: Vec<Bytes>) -> Self {
        Payload { json: json.to_owned(), attachments }
    }

    /// The JSON array.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// What the placeholders in the JSON stand for.
    pub(crate) fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }

    /// How many bytes it keeps.
    pub(crate) fn size(&self) -> usize {
        self.json.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }
}
