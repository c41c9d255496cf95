//! Schemas of types that may have none: of a payload's fields, of arguments, of acknowledgements.
//!
//! A type is one of four kinds, in this order. **Binary** data is what serde passes as bytes. A **known** type describes
//! itself. A **container** of something that does not is at least known to be an optional value, or a list. All else is
//! **unknown**, and the schema says so.

use super::{
    Event,
    schema::{BINARY_FORMAT, Direction, EventSchema, JsonSchema, Schema, Schemas, UNKNOWN},
};
use schemars::{SchemaGenerator, json_schema};
use std::{
    any::type_name,
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    marker::PhantomData,
};

/// Stands for a `T` that has no schema.
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

/// Stands for what travels as an attachment.
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

/// Something around a type that does not describe itself.
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

// ---- by type: of a field, for `#[schemars(with = "..")]` ----

/// A type's kind. Each constant is that of an inherent impl where the type has the trait, and else of the trait behind it.
pub struct Kind<T: ?Sized>(PhantomData<T>);

impl<T: Binary + ?Sized> Kind<T> {
    pub const BINARY: bool = true;
}

pub trait NotBinary {
    const BINARY: bool = false;
}

impl<T: ?Sized> NotBinary for Kind<T> {}

impl<T: JsonSchema + ?Sized> Kind<T> {
    pub const KNOWN: bool = true;
}

pub trait NotKnown {
    const KNOWN: bool = false;
}

impl<T: ?Sized> NotKnown for Kind<T> {}

impl<T: Container> Kind<T> {
    pub const CONTAINER: bool = true;
}

pub trait NoContainer {
    const CONTAINER: bool = false;
}

impl<T: ?Sized> NoContainer for Kind<T> {}

pub const BINARY: u8 = 0;
pub const KNOWN: u8 = 1;
pub const CONTAINER: u8 = 2;
pub const UNKNOWN_TYPE: u8 = 3;

pub const fn kind(binary: bool, known: bool, container: bool) -> u8 {
    if binary {
        BINARY
    } else if known {
        KNOWN
    } else if container {
        CONTAINER
    } else {
        UNKNOWN_TYPE
    }
}

/// The type whose schema describes `T`, of this kind.
pub struct Described<T: ?Sized, const KIND: u8>(PhantomData<T>);

pub trait Describes {
    type Type: JsonSchema + ?Sized;
}

impl<T: Binary + ?Sized> Describes for Described<T, BINARY> {
    type Type = T::Description;
}

impl<T: JsonSchema + ?Sized> Describes for Described<T, KNOWN> {
    type Type = T;
}

impl<T: Container> Describes for Described<T, CONTAINER> {
    type Type = T::Description;
}

impl<T: ?Sized> Describes for Described<T, UNKNOWN_TYPE> {
    type Type = Unknown<T>;
}

/// The type that describes a type. It is given twice: as it is, and without the lifetimes that a constant cannot name.
#[doc(hidden)]
#[macro_export]
macro_rules! __described {
    ($type:ty, $closed:ty) => {
        <$crate::__private::Described<
            $type,
            {
                #[allow(unused_imports)]
                use $crate::__private::{NoContainer as _, NotBinary as _, NotKnown as _};
                $crate::__private::kind(
                    $crate::__private::Kind::<$closed>::BINARY,
                    $crate::__private::Kind::<$closed>::KNOWN,
                    $crate::__private::Kind::<$closed>::CONTAINER,
                )
            },
        > as $crate::__private::Describes>::Type
    };
}
pub use crate::__described as described;

// ---- by value: of arguments and answers, which may mention a namespace's own type parameters ----

/// Asked as `(&&&&Probe::<T>::NEW).describe(..)`: method lookup takes off one reference after the other, and so finds
/// the first of these impls that there is.
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Probe<T> {
    pub const NEW: Self = Self(PhantomData);
}

pub trait DescribeBinary {
    fn describe(&self, generator: &mut SchemaGenerator) -> Schema;
}

impl<T: Binary + ?Sized> DescribeBinary for &&&Probe<T> {
    fn describe(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T::Description>()
    }
}

pub trait DescribeKnown {
    fn describe(&self, generator: &mut SchemaGenerator) -> Schema;
}

impl<T: JsonSchema + ?Sized> DescribeKnown for &&Probe<T> {
    fn describe(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

pub trait DescribeContainer {
    fn describe(&self, generator: &mut SchemaGenerator) -> Schema;
}

impl<T: Container> DescribeContainer for &Probe<T> {
    fn describe(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T::Description>()
    }
}

pub trait DescribeUnknown {
    fn describe(&self, generator: &mut SchemaGenerator) -> Schema;
}

impl<T: ?Sized> DescribeUnknown for Probe<T> {
    fn describe(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Unknown<T>>()
    }
}

impl<T> Probe<Option<T>> {
    pub const OPTIONAL: bool = true;
}

pub trait NotOptional {
    const OPTIONAL: bool = false;
}

impl<T: ?Sized> NotOptional for Probe<T> {}

/// The schema of `E` as an outgoing event. What is no event is reported where it is declared.
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

/// What a return type answers with: `T` and maybe `E` for a `Result<T, E>`, else itself.
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
