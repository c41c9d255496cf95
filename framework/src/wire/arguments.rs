//! The positional arguments of an event, deserialized one by one into the types of a handler's parameters.

use std::marker::PhantomData;

use bytes::Bytes;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IgnoredAny};

use super::absent::Absent;
use super::element::{Element, Extent, Text};
use super::event::Whole;
#[cfg(feature = "msgpack")]
use super::msgpack::{Packed, Reader};
use super::payload::Payload;
use super::read::With;
use super::received::{Event, Received};
use super::short::ShortName;
#[cfg(feature = "msgpack")]
use crate::protocol::Tokens;
use crate::protocol::{Head, Name, Packet, Place, json};

/// An event whose arguments are being read.
#[derive(Debug)]
pub(crate) struct Arguments(Received);

/// A position between two arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    first: Option<Place>,
    cursor: u32,
    position: u32,
}

/// Why the data of an event does not fit the requested type. Arguments are counted from one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    /// The event has fewer arguments than the type requires.
    #[error("argument {0} is missing")]
    Missing(u32),
    /// The argument does not fit its type.
    #[error("argument {0}: {1}")]
    Invalid(u32, String),
    /// Each argument fits, but the type rejects the combination.
    #[error("{0}")]
    Refused(String),
}

impl Arguments {
    /// Takes the JSON array of an event accepted by the decoder, its attachments, and its head.
    #[inline(always)]
    pub(crate) fn event(json: &str, attachments: Vec<Bytes>, head: Head) -> Self {
        Arguments(Received::new(json, attachments, head))
    }

    /// Takes the data of an event, if it has any.
    #[inline(always)]
    pub(crate) fn of(packet: &mut Packet<'_>) -> Option<Self> {
        let head = packet.head.take()?;
        #[cfg(feature = "msgpack")]
        if let Some(packed) = packet.packed.take() {
            return Some(Arguments(Received::packed(packed, head)));
        }
        Some(Arguments::event(packet.data?, std::mem::take(&mut packet.attachments), head))
    }

    /// The event's name.
    #[inline]
    pub(crate) fn name(&self) -> &str {
        self.0.name.of(&self.0.payload.json)
    }

    /// The attachments to which the placeholders in the JSON refer.
    pub(crate) fn attachments(&self) -> &[Bytes] {
        self.0.payload.attachments()
    }

    /// The current position.
    pub(crate) fn mark(&self) -> Mark {
        Mark { first: self.0.first, cursor: self.0.cursor, position: self.0.position }
    }

    /// Goes back to a position.
    pub(crate) fn go_back(&mut self, mark: Mark) {
        let event = &mut *self.0;
        (event.first, event.cursor, event.position) = (mark.first, mark.cursor, mark.position);
    }

    /// The size of the event in bytes, including attachments.
    pub(crate) fn size(&self) -> usize {
        self.0.payload.size()
    }

    /// A copy of the event's name that outlives the arguments.
    #[inline(always)]
    pub(crate) fn short_name(&self) -> ShortName {
        match &self.0.name {
            Name::Verbatim { start, end } => {
                ShortName::part(&self.0.payload.json, *start as usize, (*end - *start) as usize)
            }
            Name::Unescaped(name) => ShortName::new(name),
        }
    }

    /// Reads the next argument. If it is missing, the result is `None` if `T` is an `Option`, and an error otherwise.
    #[inline]
    pub(crate) fn next<T: DeserializeOwned>(&mut self) -> Result<T, ArgumentError> {
        self.read(|elements| elements.next(PhantomData))
    }

    /// Reads the whole event as one value. A tuple struct takes several arguments, a unit struct or `()` takes none,
    /// and every other type (a struct with named fields, a newtype, an enum, …) takes the first.
    pub(crate) fn all<E: DeserializeOwned>(&mut self) -> Result<E, ArgumentError> {
        self.read(|elements| E::deserialize(Whole(elements)))
    }

    /// Reads all remaining arguments.
    pub(crate) fn rest<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, ArgumentError> {
        self.read(|elements| {
            let mut rest = Vec::new();
            while elements.has_next() {
                rest.push(elements.next(PhantomData)?);
            }
            Ok(rest)
        })
    }

    /// The number of arguments, including those that have been read.
    pub(crate) fn count(&self) -> usize {
        let payload = &self.0.payload;
        let mut elements = Elements { payload, known: None, at: payload.start(), position: 0 };
        let mut count: usize = 0;
        while elements.has_next() && elements.next(PhantomData::<IgnoredAny>).is_ok() {
            count += 1;
        }
        // The first element is the name.
        count.saturating_sub(1)
    }

    /// The JSON array, including the name.
    pub(crate) fn raw(&self) -> &str {
        self.0.payload.json()
    }

    #[inline]
    fn read<'de, T>(
        &'de mut self,
        read: impl FnOnce(&mut Elements<'de>) -> Result<T, ArgumentError>,
    ) -> Result<T, ArgumentError> {
        let Event { payload, first, cursor, position, .. } = &mut *self.0;
        let known = first.take();
        let mut elements = Elements { payload, known, at: *cursor as usize, position: *position };
        let value = read(&mut elements)?;
        // The offset fits 32 bits, because the decoder accepts no larger event.
        *cursor = elements.at as u32;
        *position = elements.position;
        Ok(value)
    }
}

/// Reads the data of an acknowledgement. A tuple struct takes several values, every other type the first. An
/// acknowledgement without a value is read as `null`.
pub(crate) fn acknowledged<T: DeserializeOwned>(payload: &Payload) -> Result<T, ArgumentError> {
    let mut elements = Elements { payload, known: None, at: payload.start(), position: 0 };
    let has_values = elements.has_next();
    let answer = T::deserialize(Whole(&mut elements));
    if has_values || answer.is_ok() {
        return answer;
    }
    T::deserialize(With::new(&mut serde_json::Deserializer::from_str("null"), &[]))
        .map_err(|error| ArgumentError::invalid(1, &error))
}

/// Iterates over the elements of a payload's array.
pub(super) struct Elements<'de> {
    payload: &'de Payload,
    /// The range of the next element, if it is already known.
    known: Option<Place>,
    at: usize,
    position: u32,
}

impl<'de> Elements<'de> {
    #[inline]
    pub(super) fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ArgumentError> {
        self.read(seed, |seed, element| seed.deserialize(element), S::deserialize)
    }

    /// Reads the next element, or calls `absent` if it is missing.
    #[inline]
    pub(super) fn read<I, T>(
        &mut self,
        input: I,
        present: impl FnOnce(I, Element<'_, 'de>) -> serde_json::Result<T>,
        absent: impl FnOnce(I, Absent) -> Result<T, ArgumentError>,
    ) -> Result<T, ArgumentError> {
        self.position += 1;
        #[cfg(feature = "msgpack")]
        if let Some(packed) = &self.payload.packed {
            return self.read_packed(packed, input, present, absent);
        }
        let json: &'de str = &self.payload.json;
        let (text, extent, start) = match self.known.take() {
            Some(Place { start, end, plain }) => {
                let extent = if plain { Extent::PlainString } else { Extent::Value };
                (json.get(start as usize..end as usize), extent, start as usize)
            }
            None => match json::next_element(json, self.at) {
                Some(start) => (json.get(start..), Extent::Open, start),
                None => return absent(input, Absent { position: self.position }),
            },
        };
        let text = text.unwrap_or_default();
        let mut end = 0;
        let element = Text { text, extent, attachments: &self.payload.attachments, end: &mut end };
        let value =
            present(input, Element::Text(element)).map_err(|error| ArgumentError::invalid(self.position, &error))?;
        self.at = start + end;
        // A 128-bit integer is parsed up to the first non-digit, which may be the decimal point of a fraction.
        match text.as_bytes().get(end) {
            None | Some(b',' | b']' | b' ' | b'\n' | b'\r' | b'\t') => Ok(value),
            Some(_) => Err(ArgumentError::Invalid(self.position, "trailing characters".to_owned())),
        }
    }

    /// Like `read`, for MessagePack.
    #[cfg(feature = "msgpack")]
    fn read_packed<I, T>(
        &mut self,
        packed: &'de Packed,
        input: I,
        present: impl FnOnce(I, Element<'_, 'de>) -> serde_json::Result<T>,
        absent: impl FnOnce(I, Absent) -> Result<T, ArgumentError>,
    ) -> Result<T, ArgumentError> {
        let mut tokens = Tokens::new(packed.elements(), self.at);
        if tokens.is_at_end() {
            return absent(input, Absent { position: self.position });
        }
        let value = present(input, Element::Packed(Reader(&mut tokens)));
        let value = value.map_err(|error| ArgumentError::invalid(self.position, &error))?;
        self.at = tokens.at();
        Ok(value)
    }

    fn has_next(&self) -> bool {
        #[cfg(feature = "msgpack")]
        if let Some(packed) = &self.payload.packed {
            return self.at < packed.elements().len();
        }
        json::next_element(&self.payload.json, self.at).is_some()
    }
}

impl ArgumentError {
    fn invalid(position: u32, error: &serde_json::Error) -> Self {
        ArgumentError::Invalid(position, without_place(error))
    }
}

/// The message of a serde error without line and column, which refer to a text that the reader of the message does not
/// know.
pub(crate) fn without_place(error: &serde_json::Error) -> String {
    let mut message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    if message.ends_with(&place) {
        message.truncate(message.len() - place.len());
    }
    message
}

impl de::Error for ArgumentError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        ArgumentError::Refused(message.to_string())
    }
}
