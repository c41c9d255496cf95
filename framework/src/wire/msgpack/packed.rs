//! The data of a packet received as MessagePack.

use std::sync::OnceLock;

use bytes::Bytes;

use super::translate::array_as_json;
use crate::protocol::Tokens;

/// The validated elements of the array of an event or acknowledgement.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    /// A copy, so that the rest of the message, which may be much longer, is not kept.
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

    /// Returns the array as JSON and attachments. Converts it on the first call.
    pub(crate) fn json(&self) -> &(String, Vec<Bytes>) {
        self.json.get_or_init(|| array_as_json(Tokens::new(&self.elements, 0)))
    }
}
