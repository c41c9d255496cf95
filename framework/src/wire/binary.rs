//! Deserializes a value that must be an attachment.

use std::fmt;

use bytes::Bytes;
use serde::de::{self, IgnoredAny, MapAccess, Unexpected, Visitor};

use crate::protocol::PLACEHOLDER;

/// Reads a placeholder as its attachment. Rejects strings and arrays of numbers, and placeholders in a packet without
/// attachments, where they are regular objects.
#[derive(Clone, Copy)]
pub(super) struct Binary<'a> {
    pub(super) attachments: &'a [Bytes],
}

impl<'a> Binary<'a> {
    /// Reads the rest of a placeholder. `marked` is `true` if its mark has already been read.
    pub(super) fn read<'de, A: MapAccess<'de>>(self, mut object: A, mut marked: bool) -> Result<&'a [u8], A::Error> {
        let mut number = None;
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                PLACEHOLDER => marked = object.next_value()?,
                "num" => number = Some(object.next_value()?),
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        number
            .filter(|_| marked)
            .and_then(|number: usize| self.attachments.get(number))
            .map(AsRef::as_ref)
            .ok_or_else(|| de::Error::invalid_type(Unexpected::Map, &self))
    }
}

impl<'de, 'a> Visitor<'de> for Binary<'a> {
    type Value = &'a [u8];

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("binary data")
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<&'a [u8], A::Error> {
        self.read(object, false)
    }
}
