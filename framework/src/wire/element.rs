//! One element of a packet's array, read by serde_json, except for what can be had cheaper.
//!
//! The text has been checked: the end of a string, or of any value, only has to be found. serde_json would check it
//! once more, byte by byte.

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
    /// The text from where it begins.
    pub(super) text: &'de str,
    pub(super) extent: Extent,
    pub(super) attachments: &'de [Bytes],
    /// Where reading it stops, set when it has succeeded.
    pub(super) end: &'e mut usize,
}

/// How far an element's text goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// To the end of the whole array: only reading the element shows where it ends.
    Open,
    /// To the element's end.
    Value,
    /// To its end, and it is a string without escapes.
    PlainString,
}

impl<'de> Text<'_, 'de> {
    /// A string without escapes, without its quotes.
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

    /// An attachment whose placeholder is spelled as nearly all are.
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
        // Nothing is iterated over: serde_json tells only its iterator how far it has come.
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
