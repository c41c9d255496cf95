//! A value that has to be an attachment.

use std::fmt;

use bytes::Bytes;
use serde::de::{self, IgnoredAny, MapAccess, Unexpected, Visitor};

use crate::protocol::PLACEHOLDER;

/// Reads a placeholder as what it stands for. A string or an array of numbers is refused, as is a placeholder in a
/// packet without attachments, which is an object like any other.
#[derive(Clone, Copy)]
pub(super) struct Binary<'a> {
    pub(super) attachments: &'a [Bytes],
}

impl<'a> Binary<'a> {
    /// Reads what is left of a placeholder, of whose mark it is known whether it has been seen yet.
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
