//! JSON that stands in a value as text, and goes over the wire as it is.
//!
//! serde has no word for it. serde_json's `RawValue` is a struct of this name with one field of the same name, and is
//! asked for as a newtype of this name. serde_json knows it by that, and so do the reader and the writer here; the
//! tests hold that they agree.

use bytes::Bytes;
use serde::de;

use crate::protocol::has_only_placeholders;

/// How a `serde_json::value::RawValue` is called.
pub(super) const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// How a `serde_json::Number` is called if any crate of the program turns serde_json's feature `arbitrary_precision` on.
pub(super) const NUMBER: &str = "$serde_json::private::Number";

/// Whether a struct of this name stands for text to be written as it is.
#[inline]
pub(super) fn is_verbatim(name: &str) -> bool {
    name == RAW_VALUE || name == NUMBER
}

/// Refuses text in which a placeholder stands for an attachment: it would be taken for data.
pub(super) fn check<E: de::Error>(json: &str, attachments: &[Bytes]) -> Result<(), E> {
    if attachments.is_empty() || has_only_placeholders(json.as_bytes(), 0) { Ok(()) } else { Err(binary()) }
}

/// Text cannot hold binary data.
pub(super) fn binary<E: de::Error>() -> E {
    E::custom("binary data does not fit `RawJson`: use `switchboard::Value`, or a type with `Bytes`")
}
