//! Values that contain JSON as text, which is sent unchanged.
//!
//! serde has no concept for this. serde_json's `RawValue` serializes as a struct with this name and one field with the
//! same name, and deserializes as a newtype with this name. serde_json recognizes it by that name, and so do the reader
//! and the writer here. Tests check that they agree.

use bytes::Bytes;
use serde::de;

use crate::protocol::has_only_placeholders;

/// The name of `serde_json::value::RawValue` in serde.
pub(super) const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// The name of `serde_json::Number` in serde, if any crate of the program enables serde_json's feature
/// `arbitrary_precision`.
pub(super) const NUMBER: &str = "$serde_json::private::Number";

/// Returns `true` if a struct with this name contains text to be written unchanged.
#[inline]
pub(super) fn is_verbatim(name: &str) -> bool {
    name == RAW_VALUE || name == NUMBER
}

/// Rejects text that contains a placeholder for an attachment, because it would be treated as data.
pub(super) fn check<E: de::Error>(json: &str, attachments: &[Bytes]) -> Result<(), E> {
    if attachments.is_empty() || has_only_placeholders(json.as_bytes(), 0) { Ok(()) } else { Err(binary()) }
}

/// The error for binary data in text.
pub(super) fn binary<E: de::Error>() -> E {
    E::custom("binary data does not fit `RawJson`: use `switchboard::Value`, or a type with `Bytes`")
}
