//! Deserializer for a missing argument.

use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::arguments::ArgumentError;

/// Deserializes to `None`. Every other type is an error.
pub(super) struct Absent {
    pub(super) position: u32,
}

impl<'de> Deserializer<'de> for Absent {
    type Error = ArgumentError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ArgumentError> {
        Err(ArgumentError::Missing(self.position))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
