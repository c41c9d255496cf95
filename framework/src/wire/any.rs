//! Deserializes types that accept any value, for which an object may be a placeholder.
//!
//! serde reads untagged enums, internally tagged enums and flattened structs in this way: first into a buffer for any
//! value, including bytes. How types are then read from that buffer cannot be influenced here: `Bytes` also accepts a
//! string or an array of numbers, and `String` accepts bytes that are UTF-8. An untagged enum cannot distinguish text
//! from bytes.

use std::fmt;

use bytes::Bytes;
use serde::de::value::StringDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::binary::Binary;
use super::read::With;
use crate::protocol::PLACEHOLDER;

/// Passes a placeholder, which must start with its mark, to the visitor as bytes, and every other value unchanged.
pub(super) struct Any<'a, V> {
    pub(super) visitor: V,
    pub(super) attachments: &'a [Bytes],
}

macro_rules! forward {
    ($($method:ident($type:ty))*) => {$(
        fn $method<E: de::Error>(self, value: $type) -> Result<V::Value, E> {
            self.visitor.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Any<'_, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(formatter)
    }

    forward! {
        visit_bool(bool)
        visit_i64(i64)
        visit_u64(u64)
        visit_f64(f64)
        visit_str(&str)
        visit_borrowed_str(&'de str)
        visit_string(String)
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(With::new(array, self.attachments))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<V::Value, A::Error> {
        let attachments = self.attachments;
        let mut first = None;
        if !attachments.is_empty() {
            first = object.next_key::<String>()?;
            if first.as_deref() == Some(PLACEHOLDER) {
                let marked = object.next_value()?;
                let data = Binary { attachments }.read(object, marked)?;
                return self.visitor.visit_byte_buf(data.to_vec());
            }
        }
        self.visitor.visit_map(Object { first, rest: With::new(object, attachments) })
    }
}

/// An object whose first key, if any, has already been read.
struct Object<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Object<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        match self.first.take() {
            Some(key) => {
                let key: StringDeserializer<A::Error> = key.into_deserializer();
                seed.deserialize(key).map(Some)
            }
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.rest.size_hint()
    }
}
