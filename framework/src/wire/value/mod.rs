//! A value of any shape, binary data included.

mod convert;
mod serde_impl;

use std::collections::BTreeMap;
use std::ops::Index;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Number;

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
/// - Objects keep their keys in alphabetical order. Of a key that is there twice, the last value counts.
/// - Numbers are 64-bit integers or floats, as in `serde_json`. `NaN` and infinities, which only MessagePack has, become
///   `Null`.
/// - Values from clients are at most 128 levels deep.
/// - A contract shows it as `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`. JavaScript's `undefined` arrives as this among arguments and in arrays.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    // Not `String`: of two public items of one name, the compiler writes the other one as `std::string::String`.
    Text(String),
    /// Binary data: a `Buffer`, an `ArrayBuffer` or a typed array in JavaScript.
    Binary(Bytes),
    /// A list.
    Array(Vec<Value>),
    /// An object.
    Object(BTreeMap<String, Value>),
}

static NULL: Value = Value::Null;

impl Value {
    /// Converts a type of the program's into a value, as it would travel: `bytes::Bytes` become [`Value::Binary`].
    ///
    /// # Errors
    ///
    /// When the value cannot be expressed: a map with keys that are no strings, say, or more than 128 levels.
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

    /// Whether it is `Null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The number, if it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Number(value) = self { value.as_i64() } else { None }
    }

    /// The number, if it is an integer that fits.
    pub fn as_u64(&self) -> Option<u64> {
        if let Self::Number(value) = self { value.as_u64() } else { None }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(value) = self { value.as_f64() } else { None }
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
    pub fn as_object(&self) -> Option<&BTreeMap<String, Value>> {
        if let Self::Object(value) = self { Some(value) } else { None }
    }

    /// The value of a key, if it is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }
}

/// The value of a key; `Null` where there is none.
impl Index<&str> for Value {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&NULL)
    }
}

/// The element at a position; `Null` where there is none.
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
