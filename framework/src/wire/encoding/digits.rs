//! Sends an integer as a string of digits.
//!
//! JavaScript clients read a number as a 64-bit float, which loses digits beyond 2<sup>53</sup> - 1, in JSON and in
//! MessagePack. A `BigInt` cannot be sent as a number either. In this form, an integer of any size arrives unchanged.
//! The contract has a `string`, which a client reads with `BigInt(text)` and sends with `String(bigint)`.
//!
//! Supports every integer type, and an `Option` or a `Vec` of one.
//!
//! ```
//! use switchboard::prelude::*;
//!
//! #[event("paid")]
//! struct Paid {
//!     #[serde(with = "switchboard::digits")]
//!     id: u64,
//!     #[serde(with = "switchboard::digits")]
//!     shares: Vec<i128>,
//! }
//!
//! let json = serde_json::to_string(&Paid { id: u64::MAX, shares: vec![-1] }).unwrap();
//! assert_eq!(json, r#"{"id":"18446744073709551615","shares":["-1"]}"#);
//! ```
//!
//! Numbers are rejected, because they may have lost digits before they were sent. [`Digits`] is the same form as a
//! type, for places without attributes: a handler's parameter or its answer, or a map.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::num::NonZero;
use std::str::FromStr;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Encoding;

/// Writes a value in this form; for `#[serde(with = "switchboard::digits")]`.
pub fn serialize<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    AsDigits: Encoding<T>,
    S: Serializer,
{
    AsDigits::write(value, serializer)
}

/// Reads a value in this form; for `#[serde(with = "switchboard::digits")]`.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    AsDigits: Encoding<T>,
    D: Deserializer<'de>,
{
    AsDigits::read(deserializer)
}

/// An integer that is sent as a string of digits: see [`digits`](self).
///
/// ```
/// use switchboard::{Digits, prelude::*};
///
/// struct Bank;
///
/// #[namespace("/bank")]
/// impl Bank {
///     /// `BigInt(await socket.emitWithAck("double", String(2n ** 63n)))`
///     #[on("double")]
///     fn double(&self, Digits(amount): Digits<u64>) -> Digits<u128> {
///         Digits(u128::from(amount) * 2)
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digits<T>(pub T);

impl<T> From<T> for Digits<T> {
    fn from(integer: T) -> Self {
        Self(integer)
    }
}

impl<T: Display> Display for Digits<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Integer> Serialize for Digits<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: Integer> Deserialize<'de> for Digits<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ReadDigits(PhantomData)).map(Self)
    }
}

#[cfg(feature = "schema")]
impl<T: Integer> schemars::JsonSchema for Digits<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Digits_{}", T::NAME).into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": T::PATTERN, "maxLength": T::max_length() })
    }
}

/// An integer type.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an integer type",
    note = "`Digits` holds one integer, such as `Digits<u64>`"
)]
pub trait Integer: Copy + Display + FromStr {
    /// The name of the type in a contract.
    const NAME: &'static str;
    /// The regular expression of the digits.
    const PATTERN: &'static str;

    /// Returns the length of the longest value.
    fn max_length() -> usize;
}

macro_rules! integers {
    ($($pattern:literal, $nonzero:literal: $($integer:ident)*;)*) => { $($(
        integers!(@one $integer, stringify!($integer), $pattern);
        integers!(@one NonZero<$integer>, concat!("NonZero_", stringify!($integer)), $nonzero);
    )*)* };
    (@one $integer:ty, $name:expr, $pattern:literal) => {
        impl Integer for $integer {
            const NAME: &'static str = $name;
            const PATTERN: &'static str = $pattern;

            fn max_length() -> usize {
                <$integer>::MIN.to_string().len().max(<$integer>::MAX.to_string().len())
            }
        }

        impl Encoding<$integer> for AsDigits {
            const OPTIONAL: bool = false;

            #[cfg(feature = "schema")]
            type Description = Digits<$integer>;

            fn write<S: Serializer>(value: &$integer, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(value)
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$integer, D::Error> {
                deserializer.deserialize_str(ReadDigits(PhantomData))
            }
        }
    };
}

integers! {
    "^(0|-?[1-9][0-9]*)$", "^-?[1-9][0-9]*$": i8 i16 i32 i64 i128 isize;
    "^(0|[1-9][0-9]*)$", "^[1-9][0-9]*$": u8 u16 u32 u64 u128 usize;
}

/// Writes an integer as a string of digits.
#[doc(hidden)]
#[derive(Debug)]
pub enum AsDigits {}

struct ReadDigits<T>(PhantomData<T>);

impl<T: Integer> Visitor<'_> for ReadDigits<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer as a string of digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        // One spelling for each integer: `FromStr` also accepts a plus sign and leading zeros.
        let digits = text.strip_prefix('-').unwrap_or(text);
        let canonical = digits.starts_with(|digit: char| ('1'..='9').contains(&digit)) || text == "0";
        text.parse().ok().filter(|_| canonical).ok_or_else(|| de::Error::invalid_value(Unexpected::Str(text), &self))
    }
}
