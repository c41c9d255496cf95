//! A deserializer for validated MessagePack. It supports the same types as JSON with attachments.

use serde::de::value::MapDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Result};

use super::key::Key;
use super::translate::{date, json_without_binary};
use crate::protocol::{Token, Tokens};
use crate::wire::verbatim::{RAW_VALUE, binary};

/// Deserializes the next value.
pub(in crate::wire) struct Reader<'t, 'de>(pub(in crate::wire) &'t mut Tokens<'de>);

impl<'t, 'de> Reader<'t, 'de> {
    fn next(&mut self) -> Result<Token<'de>> {
        self.0.next().ok_or_else(|| de::Error::custom("no MessagePack"))
    }

    fn peek(&self) -> Option<Token<'de>> {
        self.0.peek()
    }

    /// Reads text for types that could also be read from bytes. Binary data is rejected, as in JSON.
    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.peek() {
            Some(Token::Bin(data)) => Err(de::Error::invalid_type(Unexpected::Bytes(data), &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    /// Reads a float. NaN and the infinities are errors, as `null` is, which JSON has in their place.
    fn float<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.peek() {
            Some(Token::Float(value)) if !value.is_finite() => {
                Err(de::Error::invalid_value(Unexpected::Float(value), &visitor))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn binary(mut self) -> Result<&'de [u8]> {
        match self.next()? {
            Token::Bin(data) => Ok(data),
            other => Err(de::Error::invalid_type(kind(other), &"binary data")),
        }
    }

    /// Creates an accessor to the next `left` parts.
    fn parts(self, left: u32) -> Parts<'t, 'de> {
        Parts { tokens: self.0, left }
    }
}

/// The name of a token in error messages.
fn kind(token: Token<'_>) -> Unexpected<'_> {
    match token {
        Token::Nil | Token::Undefined => Unexpected::Unit,
        Token::Bool(value) => Unexpected::Bool(value),
        Token::Unsigned(value) => Unexpected::Unsigned(value),
        Token::Signed(value) => Unexpected::Signed(value),
        Token::Float(value) => Unexpected::Float(value),
        Token::Str(value) => Unexpected::Str(value),
        Token::Bin(value) => Unexpected::Bytes(value),
        Token::Date(_) => Unexpected::Other("date"),
        Token::Ext(..) | Token::Array(_) => Unexpected::Seq,
        Token::Map(_) => Unexpected::Map,
    }
}

impl<'de> Deserializer<'de> for Reader<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        match self.next()? {
            Token::Nil | Token::Undefined => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Unsigned(value) => visitor.visit_u64(value),
            Token::Signed(value) => visitor.visit_i64(value),
            Token::Float(value) => visitor.visit_f64(value),
            Token::Str(value) => visitor.visit_borrowed_str(value),
            Token::Bin(value) => visitor.visit_borrowed_bytes(value),
            Token::Date(time) => visitor.visit_string(date(time)),
            Token::Ext(kind, data) => visitor.visit_seq(Extension { kind: Some(kind), data: Some(data) }),
            Token::Array(length) => {
                let mut parts = self.parts(length);
                let value = visitor.visit_seq(&mut parts)?;
                parts.end(value)
            }
            Token::Map(length) => {
                let mut parts = self.parts(length);
                let value = visitor.visit_map(&mut parts)?;
                parts.end(value)
            }
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_bytes(self.binary()?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_byte_buf(self.binary()?.to_vec())
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.float(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.float(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        let is_none = match self.peek() {
            Some(Token::Nil | Token::Undefined) => true,
            Some(Token::Float(value)) => !value.is_finite(),
            _ => false,
        };
        if is_none {
            self.next()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name != RAW_VALUE {
            return visitor.visit_newtype_struct(self);
        }
        let json = json_without_binary(*self.0).ok_or_else(binary)?;
        self.0.skip(u32::MAX);
        visitor.visit_map(MapDeserializer::new(std::iter::once((RAW_VALUE, json))))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.next()? {
            Token::Str(variant) => visitor.visit_enum(IntoDeserializer::<Error>::into_deserializer(variant)),
            Token::Map(1) => visitor.visit_enum(Variant(self.0)),
            Token::Map(_) => Err(de::Error::invalid_value(Unexpected::Map, &"map with a single key")),
            other => Err(de::Error::invalid_type(kind(other), &visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.0.skip(u32::MAX);
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 unit unit_struct seq tuple tuple_struct map struct
    }
}

/// The parts of an array or a map.
struct Parts<'t, 'de> {
    tokens: &'t mut Tokens<'de>,
    left: u32,
}

impl Parts<'_, '_> {
    /// Fails if the visitor has not read the whole array or map.
    fn end<T>(&self, value: T) -> Result<T> {
        if self.left == 0 { Ok(value) } else { Err(de::Error::custom("too many elements")) }
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(Reader(self.tokens)).map(Some)
    }

    /// The size is exact, because the message has been validated.
    fn size_hint(&self) -> Option<usize> {
        Some(self.left as usize)
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        while self.left > 0 {
            self.left -= 1;
            let key = self.tokens.key().ok_or_else(|| <Error as de::Error>::custom("no key"))?;
            if self.tokens.peek() != Some(Token::Undefined) {
                return seed.deserialize(Key(key)).map(Some);
            }
            self.tokens.next();
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(Reader(self.tokens))
    }
}

/// An unknown extension: its type and its data, as read by `notepack.io`.
struct Extension<'de> {
    kind: Option<i8>,
    data: Option<&'de [u8]>,
}

impl<'de> SeqAccess<'de> for Extension<'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if let Some(kind) = self.kind.take() {
            return seed.deserialize(kind.into_deserializer()).map(Some);
        }
        self.data.take().map(|data| seed.deserialize(de::value::BorrowedBytesDeserializer::new(data))).transpose()
    }
}

/// An enum variant with content: the key of a map with one entry.
struct Variant<'t, 'de>(&'t mut Tokens<'de>);

impl<'t, 'de> EnumAccess<'de> for Variant<'t, 'de> {
    type Error = Error;
    type Variant = Reader<'t, 'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Reader<'t, 'de>)> {
        let key = self.0.key().ok_or_else(|| <Error as de::Error>::custom("no key"))?;
        Ok((seed.deserialize(Key(key))?, Reader(self.0)))
    }
}

impl<'de> VariantAccess<'de> for Reader<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        de::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.deserialize_any(visitor)
    }
}
