//! The form in which serde reads a type, which decides how many arguments or values the type has.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

/// The form of a type: the first method of a deserializer that the type calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One value.
    One,
    /// One value that may be missing.
    Optional,
    /// One value: a struct with one unnamed field. The field's form makes no difference.
    Newtype,
    /// A tuple struct: one value for each field.
    Fields(usize),
    /// A unit struct: no value.
    UnitStruct,
    /// `()`: no value. A type with data that is written as `()` is one value, `null`.
    Unit {
        /// `true` if the type has no data.
        empty: bool,
    },
}

impl Form {
    /// Returns the form that `T` is read in.
    ///
    /// `T` may borrow. `'static` is the one lifetime for which every readable type implements `Deserialize`.
    pub fn of<T: Deserialize<'static>>() -> Self {
        let Err(Asked(form)) = T::deserialize(Probe) else {
            // A type that calls no method takes nothing from the event.
            return Self::Fields(0);
        };
        match form {
            Self::Unit { .. } => Self::Unit { empty: size_of::<T>() == 0 },
            form => form,
        }
    }
}

/// A deserializer that answers the first call with the form that the call shows.
struct Probe;

#[derive(Debug)]
struct Asked(Form);

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the type's form is {:?}", self.0)
    }
}

impl std::error::Error for Asked {}

impl de::Error for Asked {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(Form::One)
    }
}

macro_rules! ask {
    ($($method:ident($($type:ty),*) => $form:expr;)*) => {$(
        fn $method<V: Visitor<'static>>(self, $(_: $type,)* _: V) -> Result<V::Value, Asked> {
            Err(Asked($form))
        }
    )*};
}

impl Deserializer<'static> for Probe {
    type Error = Asked;

    fn deserialize_tuple_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        length: usize,
        _: V,
    ) -> Result<V::Value, Asked> {
        Err(Asked(Form::Fields(length)))
    }

    ask! {
        deserialize_unit_struct(&'static str) => Form::UnitStruct;
        deserialize_unit() => Form::Unit { empty: true };
        deserialize_newtype_struct(&'static str) => Form::Newtype;
        deserialize_option() => Form::Optional;
        deserialize_any() => Form::One;
        deserialize_bool() => Form::One;
        deserialize_i8() => Form::One;
        deserialize_i16() => Form::One;
        deserialize_i32() => Form::One;
        deserialize_i64() => Form::One;
        deserialize_i128() => Form::One;
        deserialize_u8() => Form::One;
        deserialize_u16() => Form::One;
        deserialize_u32() => Form::One;
        deserialize_u64() => Form::One;
        deserialize_u128() => Form::One;
        deserialize_f32() => Form::One;
        deserialize_f64() => Form::One;
        deserialize_char() => Form::One;
        deserialize_str() => Form::One;
        deserialize_string() => Form::One;
        deserialize_bytes() => Form::One;
        deserialize_byte_buf() => Form::One;
        deserialize_seq() => Form::One;
        deserialize_tuple(usize) => Form::One;
        deserialize_map() => Form::One;
        deserialize_struct(&'static str, &'static [&'static str]) => Form::One;
        deserialize_enum(&'static str, &'static [&'static str]) => Form::One;
        deserialize_identifier() => Form::One;
        deserialize_ignored_any() => Form::One;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::RawJson;
    use std::borrow::Cow;

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "read only")]
    struct Pair(u8, u8);

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "read only")]
    struct Around((u8, u8));

    #[derive(Deserialize)]
    #[serde(transparent)]
    #[allow(dead_code, reason = "read only")]
    struct Through<T>(T);

    #[derive(Deserialize)]
    #[serde(from = "Pair")]
    struct Converted;

    impl From<Pair> for Converted {
        fn from(_: Pair) -> Self {
            Self
        }
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code, reason = "read only")]
    enum Untagged {
        Pair(u8, u8),
    }

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "read only")]
    struct Borrowing<'a>(&'a str, &'static str);

    #[derive(Deserialize)]
    struct Unit;

    #[test]
    fn form_is_what_serde_asks_for() {
        assert_eq!(Form::of::<Pair>(), Form::Fields(2));
        assert_eq!(Form::of::<Box<Through<Through<Pair>>>>(), Form::Fields(2));
        assert_eq!(Form::of::<Converted>(), Form::Fields(2));
        assert_eq!(Form::of::<Borrowing<'_>>(), Form::Fields(2));
        assert_eq!(Form::of::<Around>(), Form::Newtype);
        assert_eq!(Form::of::<RawJson>(), Form::Newtype);
        assert_eq!(Form::of::<Unit>(), Form::UnitStruct);
        assert_eq!(Form::of::<Through<()>>(), Form::Unit { empty: true });
        assert_eq!(Form::of::<Box<()>>(), Form::Unit { empty: false });
        assert_eq!(Form::of::<Through<Option<Pair>>>(), Form::Optional);
        assert_eq!(Form::of::<(u8, u8)>(), Form::One);
        assert_eq!(Form::of::<Cow<'_, str>>(), Form::One);
        assert_eq!(Form::of::<Untagged>(), Form::One);
    }
}
