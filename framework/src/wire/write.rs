//! Serializes Rust values as the data of events and acknowledgements.
//!
//! A value that fails to serialize leaves incomplete output in the sink. The caller must drop the sink.

use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::Result;

use super::elements::append;
use super::writer::Writer;

/// The destination of a packet's data.
pub(crate) trait Sink {
    /// The buffer for the JSON.
    fn text(&mut self) -> &mut Vec<u8>;

    /// Adds a binary attachment. Returns its number in the packet.
    fn attach(&mut self, data: &[u8]) -> usize;
}

/// Writes `["name",argument,…]`. The fields of a tuple struct become several arguments, a unit struct or `()` adds no
/// argument, and every other value (a struct with named fields, a newtype, an enum, …) becomes one.
pub(crate) fn write_event<S: Sink, E: Serialize + ?Sized>(sink: &mut S, name: &str, event: &E) -> Result<()> {
    let mut array = Writer::<_>(sink).serialize_seq(None)?;
    array.serialize_element(name)?;
    append(&mut array, event)?;
    array.end()
}

/// Writes `[value]`. The fields of a tuple struct become several values, and a unit struct or `()` adds no value.
pub(crate) fn write_answer<S: Sink, T: Serialize + ?Sized>(sink: &mut S, value: &T) -> Result<()> {
    let mut array = Writer::<_>(sink).serialize_seq(None)?;
    append(&mut array, value)?;
    array.end()
}
