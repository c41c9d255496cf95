//! Rust values into the data of events and acknowledgements.
//!
//! A value that fails to serialize leaves a part of itself behind: whoever owns the sink drops it.

use std::cell::RefCell;
use std::io;

use serde::Serialize;
use serde::ser::Error as _;
use serde_json::ser::Formatter;

use super::list::List;
use crate::protocol::PLACEHOLDER;

/// Where a packet's data is written to.
pub(crate) trait Sink: io::Write {
    /// Takes a binary attachment, and returns its number in the packet.
    fn attach(&mut self, data: &[u8]) -> usize;
}

/// Writes `["name",argument,…]`: the fields of a tuple struct as several arguments, a unit struct or `()` as none, and
/// everything else (a named struct, a newtype, an enum, …) as one.
pub(crate) fn write_event<S: Sink, E: Serialize + ?Sized>(
    sink: &mut S,
    name: &str,
    event: &E,
) -> serde_json::Result<()> {
    let sink = RefCell::new(sink);
    let mut json = json(&sink);
    put(&sink, b"[")?;
    name.serialize(&mut json)?;
    event.serialize(List::arguments(&mut json, &sink))?;
    put(&sink, b"]")
}

/// Writes `[value]`: the fields of a tuple struct as several values, and nothing for `()` or a unit struct.
pub(crate) fn write_answer<S: Sink, T: Serialize + ?Sized>(sink: &mut S, value: &T) -> serde_json::Result<()> {
    let sink = RefCell::new(sink);
    put(&sink, b"[")?;
    value.serialize(List::answer(&mut json(&sink), &sink, size_of_val(value) == 0))?;
    put(&sink, b"]")
}

/// Writes `[{"error":…}]`, which is how the server acknowledges an event that failed.
pub(crate) fn write_failure<S: Sink, E: Serialize + ?Sized>(sink: &mut S, error: &E) -> serde_json::Result<()> {
    let sink = RefCell::new(sink);
    put(&sink, br#"[{"error":"#)?;
    error.serialize(&mut json(&sink))?;
    put(&sink, b"}]")
}

/// A sink that is used from two sides: serde_json writes the text to it, and its formatter the attachments. Never from
/// both at once, as each call ends before the next.
pub(super) type Shared<'s, S> = &'s RefCell<&'s mut S>;

/// serde_json's serializer, with attachments instead of arrays of numbers for bytes.
pub(super) type Json<'s, S> = serde_json::Serializer<Text<'s, S>, Attaching<'s, S>>;

/// The text of the data.
#[derive(Debug)]
pub(super) struct Text<'s, S>(Shared<'s, S>);

impl<S: Sink> io::Write for Text<'_, S> {
    #[inline]
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(text)
    }

    #[inline]
    fn write_all(&mut self, text: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().write_all(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

/// Compact JSON, but for bytes.
#[derive(Debug)]
pub(super) struct Attaching<'s, S>(Shared<'s, S>);

impl<S: Sink> Formatter for Attaching<'_, S> {
    fn write_byte_array<W: io::Write + ?Sized>(&mut self, text: &mut W, data: &[u8]) -> io::Result<()> {
        let number = self.0.borrow_mut().attach(data);
        write!(text, r#"{{"{PLACEHOLDER}":true,"num":{number}}}"#)
    }
}

fn json<'s, S: Sink>(sink: Shared<'s, S>) -> Json<'s, S> {
    serde_json::Serializer::with_formatter(Text(sink), Attaching(sink))
}

/// Writes what is no value, like a bracket.
pub(super) fn put<S: Sink>(sink: Shared<'_, S>, text: &[u8]) -> serde_json::Result<()> {
    sink.borrow_mut().write_all(text).map_err(serde_json::Error::custom)
}
