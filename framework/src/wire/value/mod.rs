//! A value of any shape, binary data included.

mod convert;
mod serde_impl;

use std::ops::Index;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use convert::HoldsBinary;

use super::written::Written;

/// Any value that Socket.IO carries: what JSON has, and binary data, in any nesting.
///
/// It is for data whose shape is not known when the program is compiled. It can be an argument, an acknowledgement, an
/// event's payload, or a part of another payload, with both parsers. Where there is no binary data, `serde_json::Value`
/// does as well; a `serde_json::Value` or a [`RawJson`](crate::RawJson) that meets binary data is an error.
///
/// ```
/// use bytes::Bytes;
/// use switchboard::{Value, prelude::*};
///
/// struct Inspector;
///
/// #[namespace("/inspector")]
/// impl Inspector {
///     /// socket.emitWithAck("size", { name: "a.png", content: new Uint8Array([1, 2, 3]) })
///     #[on("size")]
///     fn size(&self, file: Value) -> Option<usize> {
///         file["content"].as_bytes().map(Bytes::len)
///     }
///
///     #[on("echo")]
///     fn echo(&self, value: Value) -> Value {
///         value
///     }
/// }
/// ```
///
/// - Objects keep their keys in order. Of a key that is there twice, the last value counts.
/// - `NaN` and infinities travel in MessagePack only; in JSON they are `null`.
/// - Values from clients are at most 128 levels deep.
/// - A contract shows it as `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`. JavaScript's `undefined` arrives as this among arguments and in arrays.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// An integer above `i64::MAX`.
    Unsigned(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    // Not `String`: of two public items of one name, the compiler writes the other one as `std::string::String`.
    Text(String),
    /// Binary data: a `Buffer`, an `ArrayBuffer` or a typed array in JavaScript.
    Binary(Bytes),
    /// A list.
    Array(Vec<Value>),
    /// The entries of an object.
    Object(Vec<(String, Value)>),
}

static NULL: Value = Value::Null;

impl Value {
    /// Converts a type of the program's into a value, as it would travel: `bytes::Bytes` become [`Value::Binary`].
    ///
    /// # Errors
    ///
    /// When the value cannot be expressed: a map whose keys are not strings, for example, or more than 128 levels.
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        Written::of(value)?.read()
    }

    /// Reads the value as a type of the program's, as an argument of that type would be read.
    ///
    /// # Errors
    ///
    /// When it does not fit `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        Written::of(self)?.read()
    }

    /// Returns `true` for `Null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The number, if it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::Integer(value) => Some(value),
            Self::Unsigned(value) => value.try_into().ok(),
            _ => None,
        }
    }

    /// The number, if it is an integer that fits.
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Self::Integer(value) => value.try_into().ok(),
            Self::Unsigned(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is one. Of an integer beyond 2<sup>53</sup>, the nearest that there is.
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Self::Integer(value) => Some(value as f64),
            Self::Unsigned(value) => Some(value as f64),
            Self::Float(value) => Some(value),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(value) = self { Some(value) } else { None }
    }

    /// The binary data, if it is that.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        if let Self::Binary(value) = self { Some(value) } else { None }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(value) = self { Some(value) } else { None }
    }

    /// The entries, if it is an object.
    pub fn as_object(&self) -> Option<&[(String, Value)]> {
        if let Self::Object(value) = self { Some(value) } else { None }
    }

    /// The value of a key, if it is an object that has it. It looks at one entry after the other.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// Returns the value of a key, or `Null` if the key is missing.
impl Index<&str> for Value {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&NULL)
    }
}

/// Returns the element at a position, or `Null` if there are fewer.
impl Index<usize> for Value {
    type Output = Value;

    fn index(&self, position: usize) -> &Value {
        self.as_array().and_then(|array| array.get(position)).unwrap_or(&NULL)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Value {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // Without any rule: it may be anything.
        schemars::Schema::default()
    }
}

#[cfg(test)]
mod tests;
