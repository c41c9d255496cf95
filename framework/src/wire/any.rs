//! A value whose type does not say what it expects, so that an object may turn out to be a placeholder.
//!
//! serde reads untagged and internally tagged enums and flattened structs like this: first into a buffer that can hold
//! anything, bytes too. What is then read from the buffer is out of our hands: there, `Bytes` also takes a string or an
//! array of numbers, and `String` takes bytes that are UTF-8. An untagged enum cannot tell text from bytes.

use std::fmt;

use bytes::Bytes;
use serde::de::value::StringDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::binary::Binary;
use super::read::With;
use crate::protocol::PLACEHOLDER;

/// Shows a placeholder, which must begin with its mark, to the visitor as bytes, and everything else as it is.
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

/// An object whose first key has been looked at, if there is one.
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
