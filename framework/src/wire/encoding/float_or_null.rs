//! Sends a float that is not finite as `null`, and reads `null` as NaN.
//!
//! JSON has no number for NaN and the infinities, and sending one is an error unless its field has this form. The
//! contract then has `number | null`. Supports `f32` and `f64`, and an `Option` or a `Vec` of one.
//!
//! ```
//! use switchboard::prelude::*;
//!
//! #[event("measured")]
//! struct Measured {
//!     #[serde(with = "switchboard::float_or_null")]
//!     mean: f64,
//!     #[serde(with = "switchboard::float_or_null")]
//!     samples: Vec<f64>,
//! }
//!
//! let measured = Measured { mean: f64::NAN, samples: vec![1.5, f64::INFINITY] };
//! let json = serde_json::to_string(&measured).unwrap();
//! assert_eq!(json, r#"{"mean":null,"samples":[1.5,null]}"#);
//! assert!(serde_json::from_str::<Measured>(&json).unwrap().mean.is_nan());
//! ```
//!
//! An infinity is read back as NaN, and `Some(NaN)` as `None`, because `null` does not distinguish them. A handler's
//! parameter cannot have the attribute; use a type with such a field:
//!
//! ```
//! use switchboard::prelude::*;
//!
//! #[payload]
//! struct Reading(#[serde(with = "switchboard::float_or_null")] f64);
//!
//! struct Sensors;
//!
//! #[namespace("/sensors")]
//! impl Sensors {
//!     #[on("read")]
//!     fn read(&self, Reading(value): Reading) -> bool {
//!         value.is_nan()
//!     }
//! }
//! ```

use serde::{Deserialize, Deserializer, Serializer};

use super::Encoding;

/// Writes a value in this form; for `#[serde(with = "switchboard::float_or_null")]`.
pub fn serialize<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    FloatOrNull: Encoding<T>,
    S: Serializer,
{
    FloatOrNull::write(value, serializer)
}

/// Reads a value in this form; for `#[serde(with = "switchboard::float_or_null")]`.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    FloatOrNull: Encoding<T>,
    D: Deserializer<'de>,
{
    FloatOrNull::read(deserializer)
}

/// Writes a float as a number, or as `null`.
#[doc(hidden)]
#[derive(Debug)]
pub enum FloatOrNull {}

macro_rules! floats {
    ($($float:ident: $serialize:ident,)*) => { $(
        impl Encoding<$float> for FloatOrNull {
            const OPTIONAL: bool = true;

            #[cfg(feature = "schema")]
            type Description = Option<$float>;

            fn write<S: Serializer>(value: &$float, serializer: S) -> Result<S::Ok, S::Error> {
                if value.is_finite() { serializer.$serialize(*value) } else { serializer.serialize_none() }
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$float, D::Error> {
                Option::deserialize(deserializer).map(|value| value.unwrap_or($float::NAN))
            }
        }
    )* };
}

floats! {
    f32: serialize_f32,
    f64: serialize_f64,
}
