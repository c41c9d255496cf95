//! The data of a packet that came as MessagePack.

use std::sync::OnceLock;

use bytes::Bytes;

use super::translate::array_as_json;
use crate::protocol::Tokens;

/// The elements of an event's or an acknowledgement's array, whose form has been checked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    /// A copy: of the rest of the message, which may be much longer, nothing is kept.
    elements: Box<[u8]>,
    json: OnceLock<(String, Vec<Bytes>)>,
}

impl Packed {
    pub(crate) fn new(elements: &[u8]) -> Self {
        Self { elements: elements.into(), json: OnceLock::new() }
    }

    pub(in crate::wire) fn elements(&self) -> &[u8] {
        &self.elements
    }

    /// The array as JSON and attachments, for those who want it so.
    pub(crate) fn json(&self) -> &(String, Vec<Bytes>) {
        self.json.get_or_init(|| array_as_json(Tokens::new(&self.elements, 0)))
    }
}
