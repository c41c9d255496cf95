//! Rust values into the data of events and acknowledgements.
//!
//! A value that fails to serialize leaves a part of itself behind: whoever owns the sink drops it.

use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::Result;

use super::elements::append;
use super::writer::Writer;

/// Where a packet's data is written to.
pub(crate) trait Sink {
    /// What takes the JSON.
    fn text(&mut self) -> &mut Vec<u8>;

    /// Takes a binary attachment, and returns its number in the packet.
    fn attach(&mut self, data: &[u8]) -> usize;
}

/// Writes `["name",argument,…]`: the fields of a tuple struct as several arguments, a unit struct or `()` as none, and
/// everything else (a named struct, a newtype, an enum, …) as one.
pub(crate) fn write_event<S: Sink, E: Serialize + ?Sized>(sink: &mut S, name: &str, event: &E) -> Result<()> {
    let mut array = Writer::<_>(sink).serialize_seq(None)?;
    array.serialize_element(name)?;
    append(&mut array, event)?;
    array.end()
}

/// Writes `[value]`: the fields of a tuple struct as several values, and nothing for `()` or a unit struct.
pub(crate) fn write_answer<S: Sink, T: Serialize + ?Sized>(sink: &mut S, value: &T) -> Result<()> {
    let mut array = Writer::<_>(sink).serialize_seq(None)?;
    append(&mut array, value)?;
    array.end()
}

/// How the server acknowledges an event that failed: `[{"error":…}]`.
#[derive(serde::Serialize)]
pub(crate) struct Failure<'e, E: ?Sized> {
    pub(crate) error: &'e E,
}
