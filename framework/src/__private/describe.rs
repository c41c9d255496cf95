//! Schemas of fields, arguments and answers whose types may not implement `JsonSchema`.
//!
//! A type is one of four kinds, tested in this order. **Binary** data is what serde passes as bytes. A **known** type
//! implements `JsonSchema`. A **container** holds a type that does not: it is known to be an optional value, a list or
//! a map. Any other type is **unknown**, and its schema says so.

use super::{
    ByAck, ByReturn, Event, Form, Map, Rest,
    schema::{
        self, ArgumentSchema, BINARY_FORMAT, Described, Direction, EventSchema, JsonSchema, Origin, Schema, Schemas,
        UNKNOWN,
    },
};
use schemars::{SchemaGenerator, json_schema};
use serde::Deserialize;
use std::{
    any::type_name,
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    marker::PhantomData,
};

/// Returns the keyword that names the Rust type of a payload. `chosen` is `true` if an attribute renames the type.
pub fn origin<T: JsonSchema + ?Sized>(chosen: bool) -> serde_json::Value {
    Origin { path: type_name::<T>().to_owned(), name: T::schema_name().into_owned(), chosen }.to_value()
}

/// A placeholder for a `T` without a schema.
pub struct Unknown<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> JsonSchema for Unknown<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Unknown".into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("switchboard::Unknown<{}>", type_name::<T>()).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ (UNKNOWN): type_name::<T>() })
    }
}

/// A placeholder for data that is sent as an attachment.
pub struct BinaryData;

impl JsonSchema for BinaryData {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Binary".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": BINARY_FORMAT })
    }
}

/// Binary data, alone or in a container.
pub trait Binary {
    type Description: JsonSchema;
}

impl Binary for bytes::Bytes {
    type Description = BinaryData;
}

impl Binary for bytes::BytesMut {
    type Description = BinaryData;
}

impl<T: Binary> Binary for Option<T> {
    type Description = Option<T::Description>;
}

impl<T: Binary> Binary for Vec<T> {
    type Description = Vec<T::Description>;
}

impl<K: JsonSchema, T: Binary> Binary for HashMap<K, T> {
    type Description = HashMap<K, T::Description>;
}

impl<K: JsonSchema, T: Binary> Binary for BTreeMap<K, T> {
    type Description = BTreeMap<K, T::Description>;
}

impl<K: JsonSchema, T: Binary> Binary for Map<K, T> {
    type Description = Map<K, T::Description>;
}

/// A container of a type without a schema.
pub trait Container {
    type Description: JsonSchema;
}

impl<T> Container for Option<T> {
    type Description = Option<Unknown<T>>;
}

impl<T> Container for Vec<T> {
    type Description = Vec<Unknown<T>>;
}

impl<K: JsonSchema, T> Container for HashMap<K, T> {
    type Description = HashMap<K, Unknown<T>>;
}

impl<K: JsonSchema, T> Container for BTreeMap<K, T> {
    type Description = BTreeMap<K, Unknown<T>>;
}

impl<K: JsonSchema, T> Container for Map<K, T> {
    type Description = Map<K, Unknown<T>>;
}

/// Called as `(&&&&Probe::<T>::NEW).describe(..)`: method lookup removes one reference after the other, and selects the
/// first of these impls that applies to `T`.
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Probe<T> {
    pub const NEW: Self = Self(PhantomData);
}

macro_rules! describe {
    ($( $trait:ident: impl<T: $bound:tt> for $probe:ty => $description:ty; )*) => { $(
        pub trait $trait {
            /// Describes `T` as one argument, or as an error.
            fn describe(&self, schemas: &mut Schemas, direction: Direction) -> Schema;
            /// Describes `T` as an argument of type `Option<T>`.
            fn describe_optional(&self, schemas: &mut Schemas, direction: Direction) -> Schema;
            /// Describes `T` as all arguments of an event, or as an acknowledgement.
            fn values(&self, schemas: &mut Schemas, form: Option<Form>, direction: Direction) -> Vec<Schema>;
            /// Describes `T` as a field.
            fn describe_field(&self, generator: &mut SchemaGenerator) -> Schema;
            /// Describes `T` as a field whose own fields become the container's.
            fn describe_inline(&self, generator: &mut SchemaGenerator) -> Schema;
        }

        describe!(@impl $trait, $bound, $probe, $description);
    )* };
    (@impl $trait:ident, [$($bound:tt)*], $probe:ty, $description:ty) => {
        impl<T: $($bound)*> $trait for $probe {
            fn describe(&self, schemas: &mut Schemas, direction: Direction) -> Schema {
                schemas.describe_type(Described::of::<$description>(), direction)
            }

            fn describe_optional(&self, schemas: &mut Schemas, direction: Direction) -> Schema {
                schemas.describe_optional(Described::of::<$description>(), direction)
            }

            fn values(&self, schemas: &mut Schemas, form: Option<Form>, direction: Direction) -> Vec<Schema> {
                schemas.values(Described::of::<$description>(), form, direction)
            }

            fn describe_field(&self, generator: &mut SchemaGenerator) -> Schema {
                Described::of::<$description>().subschema(generator)
            }

            fn describe_inline(&self, generator: &mut SchemaGenerator) -> Schema {
                Described::of::<$description>().inline(generator)
            }
        }
    };
}

describe! {
    DescribeBinary: impl<T: [Binary + ?Sized]> for &&&Probe<T> => T::Description;
    DescribeKnown: impl<T: [JsonSchema + ?Sized]> for &&Probe<T> => T;
    DescribeContainer: impl<T: [Container]> for &Probe<T> => T::Description;
    DescribeUnknown: impl<T: [?Sized]> for Probe<T> => Unknown<T>;
}

/// The form that a type is read in, if it implements `Deserialize`. Called as `(&&Probe::<T>::NEW).form()`.
pub trait KnownForm {
    fn form(&self) -> Option<Form>;
}

// Not `DeserializeOwned`: rustc would select this impl for a type with a `&'static str`, and then report an error.
impl<T: Deserialize<'static>> KnownForm for &Probe<T> {
    fn form(&self) -> Option<Form> {
        Some(Form::of::<T>())
    }
}

pub trait UnknownForm {
    fn form(&self) -> Option<Form> {
        None
    }
}

impl<T: ?Sized> UnknownForm for Probe<T> {}

/// Returns the schema of a `T` that is written as another type, given that type's `schema` and `form`.
pub fn written_as<T>(generator: &SchemaGenerator, schema: Schema, form: Option<Form>) -> Schema {
    schema::written_as(generator, schema, form, size_of::<T>() == 0)
}

/// Returns the arguments of an event that is read and written as a whole.
pub fn arguments(values: Vec<Schema>, form: Option<Form>) -> Vec<ArgumentSchema> {
    let optional = form == Some(Form::Optional);
    let argument = |schema| ArgumentSchema { name: None, optional, rest: false, schema };
    values.into_iter().map(argument).collect()
}

/// Returns an argument whose type implements `JsonSchema`.
pub fn argument<T: JsonSchema>(schemas: &mut Schemas, name: Option<&'static str>, optional: bool) -> ArgumentSchema {
    ArgumentSchema { name, optional, rest: false, schema: schemas.describe::<T>(Direction::Incoming) }
}

impl<T> Probe<Option<T>> {
    pub const OPTIONAL: bool = true;
}

pub trait NotOptional {
    const OPTIONAL: bool = false;
}

impl<T: ?Sized> NotOptional for Probe<T> {}

/// An argument of type `T`, which may be a `Rest`.
pub struct RestProbe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> RestProbe<T> {
    pub const NEW: Self = Self(PhantomData);
}

impl<T> RestProbe<Rest<T>> {
    pub const REST: bool = true;

    /// Returns a probe for the type of a single argument.
    pub fn each(self) -> Probe<T> {
        Probe::NEW
    }
}

pub trait NotRest: Sized {
    type Each;
    const REST: bool = false;

    fn each(self) -> Probe<Self::Each> {
        Probe::NEW
    }
}

impl<T> NotRest for RestProbe<T> {
    type Each = T;
}

/// The type that schemars' derive on `Self` uses for the field with this index. The field's own type may not implement
/// `JsonSchema`. That type is named only inside a function, because it may be more private than `Self`.
pub trait Field<const INDEX: usize> {
    type Type: JsonSchema;

    fn describe(generator: &mut SchemaGenerator) -> Schema;
}

pub struct FieldOf<S: ?Sized, const INDEX: usize>(PhantomData<S>);

impl<S: Field<INDEX> + ?Sized, const INDEX: usize> JsonSchema for FieldOf<S, INDEX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        S::describe(generator)
    }
}

/// Tells schemars whether a struct's field may be left out: schemars allows it only for an `Option`.
pub struct Leave<const OUT: bool>;

pub trait FieldType<S: ?Sized, const INDEX: usize> {
    type Type;
}

impl<S: ?Sized, const INDEX: usize> FieldType<S, INDEX> for Leave<true> {
    type Type = Option<FieldOf<S, INDEX>>;
}

impl<S: ?Sized, const INDEX: usize> FieldType<S, INDEX> for Leave<false> {
    type Type = FieldOf<S, INDEX>;
}

/// The schema of `E` as an outgoing event. A type that is not an event is reported where it is declared.
pub struct EventProbe<E>(PhantomData<E>);

impl<E> EventProbe<E> {
    pub const NEW: Self = Self(PhantomData);
}

impl<E: Event> EventProbe<E> {
    pub fn schema(self, schemas: &mut Schemas) -> EventSchema {
        E::schema(schemas, Direction::Outgoing)
    }
}

pub trait NoEvent: Sized {
    fn schema(self, _: &mut Schemas) -> EventSchema {
        EventSchema::unknown("")
    }
}

impl<E> NoEvent for EventProbe<E> {}

/// The answer of a return type: `T`, and `E` if there is one, for a `Result<T, E>`; otherwise the type itself.
pub struct ReturnProbe<R>(PhantomData<R>);

impl<R> ReturnProbe<R> {
    pub const NEW: Self = Self(PhantomData);
}

impl<T, E> ReturnProbe<Result<T, E>> {
    pub const CAN_FAIL: bool = true;

    pub fn value(self) -> Probe<T> {
        Probe::NEW
    }

    pub fn error(self) -> Probe<E> {
        Probe::NEW
    }
}

pub trait DescribeReturn: Sized {
    type Value;
    const CAN_FAIL: bool = false;

    fn value(self) -> Probe<Self::Value> {
        Probe::NEW
    }

    fn error(self) -> Probe<()> {
        Probe::NEW
    }
}

impl<R> DescribeReturn for ReturnProbe<R> {
    type Value = R;
}

impl ByReturn {
    /// Returns a probe for the answer of a handler with this return type.
    pub fn answers<T: ?Sized>(self, returned: Probe<T>) -> Probe<T> {
        returned
    }
}

impl<A> ByAck<A> {
    pub fn answers<T: ?Sized>(self, _: Probe<T>) -> Probe<A> {
        Probe::NEW
    }
}
