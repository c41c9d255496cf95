//! Deserializes one element of a packet's array. Uses serde_json except where a faster way exists.
//!
//! The text has already been validated, so that only the end of a string or value has to be found. serde_json would
//! validate it again, byte by byte.

use bytes::Bytes;
use serde::de::value::MapDeserializer;
use serde::de::{Deserializer, IgnoredAny, Visitor};
use serde_json::de::StrRead;

#[cfg(feature = "msgpack")]
use super::msgpack::Reader;
use super::read::With;
use super::verbatim;
use crate::protocol::{json, plain_length, usual_placeholder};

type Json<'j, 'de> = With<'j, &'j mut serde_json::Deserializer<StrRead<'de>>>;

/// An element of an array.
pub(super) enum Element<'e, 'de> {
    Text(Text<'e, 'de>),
    #[cfg(feature = "msgpack")]
    Packed(Reader<'e, 'de>),
}

/// An element of an array in JSON.
pub(super) struct Text<'e, 'de> {
    /// The text, starting with the element.
    pub(super) text: &'de str,
    pub(super) extent: Extent,
    pub(super) attachments: &'de [Bytes],
    /// The offset at which reading stopped. Set on success.
    pub(super) end: &'e mut usize,
}

/// The extent of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The text extends to the end of the whole array. The end of the element is found by reading it.
    Open,
    /// The text ends with the element.
    Value,
    /// The text ends with the element, which is a string without escapes.
    PlainString,
}

impl<'de> Text<'_, 'de> {
    /// Reads a string without escapes. Returns it without its quotes.
    #[inline]
    fn plain_string(&mut self) -> Option<&'de str> {
        if self.extent == Extent::PlainString {
            *self.end = self.text.len();
            return self.text.strip_prefix('"')?.strip_suffix('"');
        }
        let string = self.text.strip_prefix('"')?;
        let length = plain_length(string.as_bytes());
        let plain = string.get(..length).filter(|_| string.as_bytes().get(length) == Some(&b'"'))?;
        *self.end = length + 2;
        Some(plain)
    }

    /// Reads an attachment whose placeholder has the usual form.
    fn attachment(&mut self) -> Option<&'de [u8]> {
        let (number, length) = usual_placeholder(self.text.as_bytes())?;
        let data = self.attachments.get(number)?;
        *self.end = length;
        Some(data)
    }

    #[inline]
    fn by_serde_json<T>(self, read: impl FnOnce(Json<'_, 'de>) -> serde_json::Result<T>) -> serde_json::Result<T> {
        let mut json = serde_json::Deserializer::from_str(self.text);
        let value = read(With::new(&mut json, self.attachments))?;
        // Nothing is iterated: only serde_json's iterator reports the offset.
        *self.end = json.into_iter::<IgnoredAny>().byte_offset();
        Ok(value)
    }
}

macro_rules! read_by_serde_json {
    ($($method:ident($($parameter:ident: $type:ty),*))*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($parameter: $type,)* visitor: V) -> serde_json::Result<V::Value> {
            self.by_serde_json(|json| json.$method($($parameter,)* visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for Text<'_, 'de> {
    type Error = serde_json::Error;

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> serde_json::Result<V::Value> {
        match self.plain_string() {
            Some(string) => visitor.visit_borrowed_str(string),
            None => self.by_serde_json(|json| json.deserialize_str(visitor)),
        }
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(mut self, visitor: V) -> serde_json::Result<V::Value> {
        match self.attachment() {
            Some(data) => visitor.visit_bytes(data),
            None => self.by_serde_json(|json| json.deserialize_bytes(visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(mut self, visitor: V) -> serde_json::Result<V::Value> {
        match self.attachment() {
            Some(data) => visitor.visit_byte_buf(data.to_vec()),
            None => self.by_serde_json(|json| json.deserialize_byte_buf(visitor)),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        if self.text.starts_with("null") {
            *self.end = "null".len();
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        if name != verbatim::RAW_VALUE {
            return visitor.visit_newtype_struct(self);
        }
        let raw = match self.extent {
            Extent::Open => json::end_of_value(self.text, 0).and_then(|end| self.text.get(..end)),
            Extent::Value | Extent::PlainString => Some(self.text),
        };
        let raw = raw.ok_or_else(|| serde::de::Error::custom("no JSON"))?;
        verbatim::check(raw, self.attachments)?;
        *self.end = raw.len();
        visitor.visit_map(MapDeserializer::new(std::iter::once((verbatim::RAW_VALUE, raw))))
    }

    read_by_serde_json! {
        deserialize_any()
        deserialize_bool()
        deserialize_i8()
        deserialize_i16()
        deserialize_i32()
        deserialize_i64()
        deserialize_i128()
        deserialize_u8()
        deserialize_u16()
        deserialize_u32()
        deserialize_u64()
        deserialize_u128()
        deserialize_f32()
        deserialize_f64()
        deserialize_char()
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }
}

macro_rules! read_as_it_is {
    ($($method:ident($($parameter:ident: $type:ty),*))*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($parameter: $type,)* visitor: V) -> serde_json::Result<V::Value> {
            match self {
                Self::Text(text) => text.$method($($parameter,)* visitor),
                #[cfg(feature = "msgpack")]
                Self::Packed(packed) => packed.$method($($parameter,)* visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Element<'_, 'de> {
    type Error = serde_json::Error;

    read_as_it_is! {
        deserialize_any()
        deserialize_bool()
        deserialize_i8()
        deserialize_i16()
        deserialize_i32()
        deserialize_i64()
        deserialize_i128()
        deserialize_u8()
        deserialize_u16()
        deserialize_u32()
        deserialize_u64()
        deserialize_u128()
        deserialize_f32()
        deserialize_f64()
        deserialize_char()
        deserialize_str()
        deserialize_string()
        deserialize_bytes()
        deserialize_byte_buf()
        deserialize_option()
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }
}
