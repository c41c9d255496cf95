//! Deserializes an event as one value, whose type determines the number of arguments.

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::arguments::{ArgumentError, Elements};

/// The remaining arguments of an event.
pub(super) struct Whole<'e, 'de>(pub(super) &'e mut Elements<'de>);

macro_rules! read_as_first_argument {
    ($($method:ident($($parameter:ident: $type:ty),*))*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($parameter: $type,)* visitor: V) -> Result<V::Value, ArgumentError> {
            self.0.read(
                visitor,
                |visitor, element| element.$method($($parameter,)* visitor),
                |visitor, absent| absent.$method($($parameter,)* visitor),
            )
        }
    )*};
}

impl<'de> Deserializer<'de> for Whole<'_, 'de> {
    type Error = ArgumentError;

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        visitor.visit_seq(Fields { elements: self.0, left: length })
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_unit()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_unit()
    }

    read_as_first_argument! {
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
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(length: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }
}

/// The fields of a tuple struct, each of which is one argument.
struct Fields<'e, 'de> {
    elements: &'e mut Elements<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = ArgumentError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ArgumentError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.elements.next(seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}
