//! Conversions between values and other types.

use bytes::Bytes;
use serde_json::{Map, Number};

use super::Value;

macro_rules! from {
    ($($type:ty => |$value:ident| $made:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $made
            }
        }
    )*};
}

from! {
    () => |_unit| Self::Null;
    bool => |value| Self::Bool(value);
    i8 => |value| Self::Integer(value.into());
    i16 => |value| Self::Integer(value.into());
    i32 => |value| Self::Integer(value.into());
    i64 => |value| Self::Integer(value);
    u8 => |value| Self::Integer(value.into());
    u16 => |value| Self::Integer(value.into());
    u32 => |value| Self::Integer(value.into());
    u64 => |value| i64::try_from(value).map_or(Self::Unsigned(value), Self::Integer);
    f32 => |value| Self::Float(value.into());
    f64 => |value| Self::Float(value);
    Number => |value| Self::number(&value);
    &str => |value| Self::Text(value.to_owned());
    String => |value| Self::Text(value);
    Bytes => |value| Self::Binary(value);
    Vec<Value> => |value| Self::Array(value);
    Vec<(String, Value)> => |value| Self::Object(value);
}

impl Value {
    fn number(value: &Number) -> Self {
        match (value.as_i64(), value.as_u64()) {
            (Some(value), _) => Self::Integer(value),
            (None, Some(value)) => Self::Unsigned(value),
            (None, None) => value.as_f64().map_or(Self::Null, Self::Float),
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self::Array(elements.into_iter().map(Into::into).collect())
    }
}

impl<K: Into<String>, const N: usize> From<[(K, Value); N]> for Value {
    fn from(entries: [(K, Value); N]) -> Self {
        Self::Object(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(value) => value.into(),
            serde_json::Value::String(value) => Self::Text(value),
            serde_json::Value::Array(value) => value.into_iter().collect(),
            serde_json::Value::Object(value) => {
                Self::Object(value.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

/// A value contains binary data, which JSON cannot represent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot convert to JSON: the value holds binary data")]
pub struct HoldsBinary;

impl TryFrom<Value> for serde_json::Value {
    type Error = HoldsBinary;

    fn try_from(value: Value) -> Result<Self, HoldsBinary> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Integer(value) => value.into(),
            Value::Unsigned(value) => value.into(),
            Value::Float(value) => value.into(),
            Value::Text(value) => Self::String(value),
            Value::Binary(_) => return Err(HoldsBinary),
            Value::Array(value) => Self::Array(value.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?),
            Value::Object(value) => {
                let entries = value.into_iter().map(|(key, value)| Ok((key, value.try_into()?)));
                Self::Object(entries.collect::<Result<Map<_, _>, _>>()?)
            }
        })
    }
}
