//! The positional arguments of an event, read one by one straight into the types that a handler takes.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Range;

use bytes::Bytes;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IgnoredAny};
use serde_json::de::SliceRead;

use super::absent::Absent;
use super::event::Whole;
use super::payload::Payload;
use super::read::With;
use crate::protocol::json;

/// An event that is being read.
#[derive(Debug)]
pub(crate) struct Arguments {
    payload: Payload,
    name: Name,
    /// Where in the JSON the last argument that was read ends.
    cursor: u32,
    /// How many have been read.
    position: u32,
}

/// An event's name: part of the JSON, unless the JSON spells it with escapes.
#[derive(Debug)]
enum Name {
    Verbatim(Range<u32>),
    Unescaped(Box<str>),
}

/// Why an event's data cannot be read as what is asked for. Arguments count from one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    /// The event has fewer arguments than the type wants.
    #[error("argument {0} is missing")]
    Missing(u32),
    /// The argument is there, but of another shape.
    #[error("argument {0}: {1}")]
    Invalid(u32, String),
    /// The arguments are fine one by one, but the type refuses them together.
    #[error("{0}")]
    Refused(String),
    /// The data is no event: an array that begins with a string or a number, no larger than 4 GiB.
    #[error("the event has no name")]
    Nameless,
}

impl Arguments {
    /// Reads the event's name. A number as a name is what the JSON spells.
    pub(crate) fn event(payload: Payload) -> Result<Self, ArgumentError> {
        let (name, end) = json::event_name(&payload.json).ok_or(ArgumentError::Nameless)?;
        let cursor = u32::try_from(end).map_err(|_| ArgumentError::Nameless)?;
        let name = match name {
            Cow::Owned(name) => Name::Unescaped(name.into()),
            Cow::Borrowed(name) => {
                let quotes = usize::from(payload.json[end - 1] == b'"');
                let start = end - quotes - name.len();
                Name::Verbatim(start as u32..(end - quotes) as u32)
            }
        };
        Ok(Arguments { payload, name, cursor, position: 0 })
    }

    /// The event's name.
    pub(crate) fn name(&self) -> &str {
        match &self.name {
            Name::Verbatim(range) => str::from_utf8(&self.payload.json[range.start as usize..range.end as usize])
                .expect("the name was found to be text"),
            Name::Unescaped(name) => name,
        }
    }

    /// How many bytes the event keeps, attachments included.
    pub(crate) fn size(&self) -> usize {
        self.payload.size()
    }

    /// The event's name in UTF-8, to be kept when the arguments are gone.
    pub(crate) fn shared_name(&self) -> Bytes {
        match &self.name {
            Name::Verbatim(range) => self.payload.json.slice(range.start as usize..range.end as usize),
            Name::Unescaped(name) => Bytes::copy_from_slice(name.as_bytes()),
        }
    }

    /// The next argument. One that the event does not have is `None` if `T` is an `Option`, else an error.
    #[inline]
    pub(crate) fn next<T: DeserializeOwned>(&mut self) -> Result<T, ArgumentError> {
        self.read(|elements| elements.next(PhantomData))
    }

    /// The whole event as one value: a tuple struct takes several arguments, a unit struct or `()` none, everything
    /// else (a named struct, a newtype, an enum, …) the first.
    pub(crate) fn all<E: DeserializeOwned>(&mut self) -> Result<E, ArgumentError> {
        self.read(|elements| E::deserialize(Whole(elements)))
    }

    /// The JSON array, name included.
    pub(crate) fn raw(&self) -> &str {
        str::from_utf8(&self.payload.json).expect("the decoder takes text only")
    }

    fn read<'de, T>(
        &'de mut self,
        read: impl FnOnce(&mut Elements<'de>) -> Result<T, ArgumentError>,
    ) -> Result<T, ArgumentError> {
        let mut elements = Elements { payload: &self.payload, at: self.cursor as usize, position: self.position };
        let value = read(&mut elements)?;
        // It fits: `event` would not have taken more JSON than that.
        self.cursor = elements.at as u32;
        self.position = elements.position;
        Ok(value)
    }
}

/// What a client acknowledges an event with: a tuple struct takes several values, everything else the first. An
/// acknowledgement without value is one of `null`.
pub(crate) fn acknowledged<T: DeserializeOwned>(payload: &Payload) -> Result<T, ArgumentError> {
    let mut elements = Elements { payload, at: 1, position: 0 };
    if elements.open().is_some() {
        return T::deserialize(Whole(&mut elements));
    }
    T::deserialize(With::new(&mut serde_json::Deserializer::from_slice(b"null"), &[]))
        .map_err(|error| ArgumentError::invalid(1, &error))
}

/// A walk over the elements of a payload's array.
pub(super) struct Elements<'de> {
    payload: &'de Payload,
    at: usize,
    position: u32,
}

/// An element of the array, or rather all that is left from there: only reading it shows where it ends.
pub(super) struct Element<'de> {
    pub(super) json: serde_json::Deserializer<SliceRead<'de>>,
    pub(super) attachments: &'de [Bytes],
    start: usize,
}

impl<'de> Elements<'de> {
    #[inline]
    pub(super) fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ArgumentError> {
        match self.open() {
            Some(mut element) => {
                let value = seed.deserialize(With::new(&mut element.json, element.attachments));
                self.close(element, value)
            }
            None => seed.deserialize(self.absent()),
        }
    }

    /// The next element, if there is one more.
    #[inline]
    pub(super) fn open(&self) -> Option<Element<'de>> {
        let start = json::next_element(&self.payload.json, self.at)?;
        let json = serde_json::Deserializer::from_slice(&self.payload.json[start..]);
        Some(Element { json, attachments: &self.payload.attachments, start })
    }

    /// Goes on behind an element that has been read.
    #[inline]
    pub(super) fn close<T>(&mut self, element: Element<'de>, value: serde_json::Result<T>) -> Result<T, ArgumentError> {
        self.position += 1;
        let value = value.map_err(|error| ArgumentError::invalid(self.position, &error))?;
        // Nothing is iterated over: serde_json tells only its iterator how far it has come.
        self.at = element.start + element.json.into_iter::<IgnoredAny>().byte_offset();
        // A 128-bit integer is read up to the first character that is no digit, be it the point of a fraction.
        match self.payload.json.get(self.at) {
            Some(b',' | b']' | b' ' | b'\n' | b'\r' | b'\t') => Ok(value),
            _ => Err(ArgumentError::Invalid(self.position, "trailing characters".to_owned())),
        }
    }

    /// The next element, when there is none.
    pub(super) fn absent(&mut self) -> Absent {
        self.position += 1;
        Absent { position: self.position }
    }
}

impl ArgumentError {
    fn invalid(position: u32, error: &serde_json::Error) -> Self {
        ArgumentError::Invalid(position, without_place(error))
    }
}

/// What serde says, less the line and the column: in which text would be anyone's guess.
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
