//! Alternative forms of numbers on the wire, chosen by `#[serde(with = "..")]` on a field.

pub mod digits;
pub mod float_or_null;

pub use digits::AsDigits;
pub use float_or_null::FloatOrNull;

use std::marker::PhantomData;

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes and reads a `T` in a form other than its own.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be written by this module",
    label = "not a type that this module writes",
    note = "`switchboard::float_or_null` writes `f32` and `f64`, `switchboard::digits` writes integers; each also \
            writes an `Option` or a `Vec` of them"
)]
pub trait Encoding<T>: Sized {
    /// `true` if an event may lack an argument in this form.
    const OPTIONAL: bool;

    /// The type whose schema the contract uses.
    #[cfg(feature = "schema")]
    type Description: JsonSchema;

    /// Writes a value in this form.
    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads a value in this form.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>;
}

impl<F: Encoding<T>, T> Encoding<Option<T>> for F {
    const OPTIONAL: bool = true;

    #[cfg(feature = "schema")]
    type Description = Option<F::Description>;

    fn write<S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => F::write(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        Option::<As<F, T>>::deserialize(deserializer).map(|value| value.map(|value| value.0))
    }
}

impl<F: Encoding<T>, T> Encoding<Vec<T>> for F {
    const OPTIONAL: bool = false;

    #[cfg(feature = "schema")]
    type Description = Vec<F::Description>;

    fn write<S: Serializer>(value: &Vec<T>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(value.iter().map(As::<F, &T>::new))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
        Vec::<As<F, T>>::deserialize(deserializer).map(|values| values.into_iter().map(|value| value.0).collect())
    }
}

/// A `T` in the form `F`.
#[derive(Debug)]
pub struct As<F, T>(T, PhantomData<F>);

impl<F, T> As<F, T> {
    fn new(value: T) -> Self {
        Self(value, PhantomData)
    }
}

impl<F: Encoding<T>, T> Serialize for As<F, &T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        F::write(self.0, serializer)
    }
}

impl<'de, F: Encoding<T>, T> Deserialize<'de> for As<F, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        F::read(deserializer).map(Self::new)
    }
}

/// Unlike its description, the type is never an `Option`: serde requires a field that has `#[serde(with = "..")]`.
#[cfg(feature = "schema")]
impl<F: Encoding<T>, T> JsonSchema for As<F, T> {
    fn inline_schema() -> bool {
        F::Description::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        F::Description::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        F::Description::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        F::Description::json_schema(generator)
    }
}
