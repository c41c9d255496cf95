//! Rust values into the data of events and acknowledgements.
//!
//! A value that fails to serialize leaves a part of itself behind: whoever owns the sink drops it.

use std::io;

use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::Result;
use serde_json::ser::Formatter;

use super::elements::append;
use crate::protocol::PLACEHOLDER;

/// Where a packet's data is written to.
pub(crate) trait Sink {
    /// What takes the JSON, and what takes a binary attachment and returns its number in the packet. They are used by
    /// turns.
    fn split(&mut self) -> (&mut impl io::Write, impl FnMut(&[u8]) -> usize);
}

/// Writes `["name",argument,…]`: the fields of a tuple struct as several arguments, a unit struct or `()` as none, and
/// everything else (a named struct, a newtype, an enum, …) as one.
pub(crate) fn write_event<S: Sink, E: Serialize + ?Sized>(sink: &mut S, name: &str, event: &E) -> Result<()> {
    let (text, attach) = sink.split();
    let mut json = serde_json::Serializer::with_formatter(text, Attaching(attach));
    let mut array = json.serialize_seq(None)?;
    array.serialize_element(name)?;
    append(&mut array, event)?;
    array.end()
}

/// Writes `[value]`: the fields of a tuple struct as several values, and nothing for `()` or a unit struct.
pub(crate) fn write_answer<S: Sink, T: Serialize + ?Sized>(sink: &mut S, value: &T) -> Result<()> {
    let (text, attach) = sink.split();
    let mut json = serde_json::Serializer::with_formatter(text, Attaching(attach));
    let mut array = json.serialize_seq(None)?;
    append(&mut array, value)?;
    array.end()
}

/// Writes `[{"error":…}]`, which is how the server acknowledges an event that failed.
pub(crate) fn write_failure<S: Sink, E: Serialize + ?Sized>(sink: &mut S, error: &E) -> Result<()> {
    #[derive(serde::Serialize)]
    struct Failure<'e, E: ?Sized> {
        error: &'e E,
    }

    write_answer(sink, &Failure { error })
}

/// Compact JSON, but attachments instead of arrays of numbers for bytes.
struct Attaching<A>(A);

impl<A: FnMut(&[u8]) -> usize> Formatter for Attaching<A> {
    fn write_byte_array<W: io::Write + ?Sized>(&mut self, text: &mut W, data: &[u8]) -> io::Result<()> {
        let number = (self.0)(data);
        write!(text, r#"{{"{PLACEHOLDER}":true,"num":{number}}}"#)
    }
}
