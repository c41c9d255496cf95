//! Conversions between values and other types.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Number;

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
    i8 => |value| Self::Number(value.into());
    i16 => |value| Self::Number(value.into());
    i32 => |value| Self::Number(value.into());
    i64 => |value| Self::Number(value.into());
    u8 => |value| Self::Number(value.into());
    u16 => |value| Self::Number(value.into());
    u32 => |value| Self::Number(value.into());
    u64 => |value| Self::Number(value.into());
    f32 => |value| f64::from(value).into();
    f64 => |value| Number::from_f64(value).map_or(Self::Null, Self::Number);
    &str => |value| Self::Text(value.to_owned());
    String => |value| Self::Text(value);
    Bytes => |value| Self::Binary(value);
    Vec<Value> => |value| Self::Array(value);
    BTreeMap<String, Value> => |value| Self::Object(value);
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
            serde_json::Value::Number(value) => Self::Number(value),
            serde_json::Value::String(value) => Self::Text(value),
            serde_json::Value::Array(value) => value.into_iter().collect(),
            serde_json::Value::Object(value) => {
                Self::Object(value.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

/// A value holds binary data, which JSON has no form for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot convert to JSON: the value holds binary data")]
pub struct HoldsBinary;

impl TryFrom<Value> for serde_json::Value {
    type Error = HoldsBinary;

    fn try_from(value: Value) -> Result<Self, HoldsBinary> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(value) => Self::Number(value),
            Value::Text(value) => Self::String(value),
            Value::Binary(_) => return Err(HoldsBinary),
            Value::Array(value) => Self::Array(value.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?),
            Value::Object(value) => {
                let entries = value.into_iter().map(|(key, value)| Ok((key, value.try_into()?)));
                Self::Object(entries.collect::<Result<_, _>>()?)
            }
        })
    }
}
