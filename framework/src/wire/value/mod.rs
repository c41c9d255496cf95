//! A value of any shape, binary data included.

mod convert;
mod serde_impl;

use std::ops::Index;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use convert::HoldsBinary;
#[cfg(feature = "msgpack")]
pub(super) use serde_impl::UNDESCRIBED_FLOAT;

use super::written::Written;

/// Any value that Socket.IO can carry: JSON values and binary data, nested in any way.
///
/// Use it for data whose shape is not known at compile time. It can be an argument, an acknowledgement, the payload of
/// an event, or a part of another payload, with both parsers. For data without binary parts, `serde_json::Value` works
/// too; binary data in a `serde_json::Value` or a [`RawJson`](crate::RawJson) is an error.
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
/// - The order of keys is preserved. If a key occurs twice, the last value counts.
/// - NaN and the infinities are sent with MessagePack only; with JSON, sending them is an error.
/// - Values from clients have at most 128 levels.
/// - In a contract, its type is `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`. JavaScript's `undefined` is received as `Null` among arguments and in arrays.
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
    // Not named `String`: if two public items share a name, compiler messages show the other as `std::string::String`.
    Text(String),
    /// Binary data: a `Buffer`, an `ArrayBuffer` or a typed array in JavaScript.
    Binary(Bytes),
    /// An array.
    Array(Vec<Value>),
    /// The entries of an object.
    Object(Vec<(String, Value)>),
}

static NULL: Value = Value::Null;

impl Value {
    /// Converts a value to `Value`. Types that serialize as bytes, such as `bytes::Bytes`, become [`Value::Binary`].
    ///
    /// # Errors
    ///
    /// If the value cannot be represented, for example a map whose keys are not strings, or more than 128 levels.
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        Written::of(value)?.read()
    }

    /// Deserializes the value in the same way as an argument of type `T`.
    ///
    /// # Errors
    ///
    /// If the value does not fit `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        Written::of(self)?.read()
    }

    /// Returns `true` for `Null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the boolean, or `None` for another type.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// Returns the number, or `None` if it is not an integer that fits `i64`.
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::Integer(value) => Some(value),
            Self::Unsigned(value) => value.try_into().ok(),
            _ => None,
        }
    }

    /// Returns the number, or `None` if it is not an integer that fits `u64`.
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Self::Integer(value) => value.try_into().ok(),
            Self::Unsigned(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the number, or `None` for another type. Integers beyond 2<sup>53</sup> are rounded.
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Self::Integer(value) => Some(value as f64),
            Self::Unsigned(value) => Some(value as f64),
            Self::Float(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the text, or `None` for another type.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(value) = self { Some(value) } else { None }
    }

    /// Returns the binary data, or `None` for another type.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        if let Self::Binary(value) = self { Some(value) } else { None }
    }

    /// Returns the elements of an array, or `None` for another type.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(value) = self { Some(value) } else { None }
    }

    /// Returns the entries of an object, or `None` for another type.
    pub fn as_object(&self) -> Option<&[(String, Value)]> {
        if let Self::Object(value) = self { Some(value) } else { None }
    }

    /// Returns the value of a key, or `None` if this is not an object or the key is missing. Searches linearly.
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
        // No constraints, because it may be any value.
        schemars::Schema::default()
    }
}

#[cfg(test)]
mod tests;
