//! A value as the elements of an array: mostly one, but a unit is none, and a tuple struct may be several.

use serde::ser::{Serialize, SerializeTupleStruct, Serializer};
use serde_json::{Error, Result};

use super::write::{Json, Shared, Sink, put};

/// Serializes one value into an array that has been begun, and that somebody else ends.
pub(super) struct List<'j, 's, S> {
    json: &'j mut Json<'s, S>,
    sink: Shared<'s, S>,
    /// Whether something stands before the next element.
    begun: bool,
    /// Whether the value can only be `()` where it serializes as a unit, and no `null` of a dynamic type.
    is_unit: bool,
}

impl<'j, 's, S: Sink> List<'j, 's, S> {
    /// The arguments of an event, behind its name.
    pub(super) fn arguments(json: &'j mut Json<'s, S>, sink: Shared<'s, S>) -> Self {
        List { json, sink, begun: true, is_unit: true }
    }

    /// The values of an acknowledgement.
    pub(super) fn answer(json: &'j mut Json<'s, S>, sink: Shared<'s, S>, is_unit: bool) -> Self {
        List { json, sink, begun: false, is_unit }
    }

    /// Makes way for an element.
    fn element(self) -> Result<&'j mut Json<'s, S>> {
        if self.begun {
            put(self.sink, b",")?;
        }
        Ok(self.json)
    }
}

type Compound<'j, 's, S> = <&'j mut Json<'s, S> as Serializer>::SerializeSeq;

macro_rules! write_as_one_element {
    ($($method:ident($($parameter:ident: $type:ty),*) -> $written:ty)*) => {$(
        #[inline]
        fn $method(self, $($parameter: $type),*) -> Result<$written> {
            self.element()?.$method($($parameter),*)
        }
    )*};
}

impl<'j, 's, S: Sink> Serializer for List<'j, 's, S> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'j, 's, S>;
    type SerializeTuple = Compound<'j, 's, S>;
    type SerializeTupleStruct = Fields<'j, 's, S>;
    type SerializeTupleVariant = Compound<'j, 's, S>;
    type SerializeMap = Compound<'j, 's, S>;
    type SerializeStruct = Compound<'j, 's, S>;
    type SerializeStructVariant = Compound<'j, 's, S>;

    fn serialize_unit(self) -> Result<()> {
        if self.is_unit { Ok(()) } else { self.element()?.serialize_unit() }
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        Ok(())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Fields<'j, 's, S>> {
        Ok(Fields(self))
    }

    write_as_one_element! {
        serialize_bool(value: bool) -> ()
        serialize_i8(value: i8) -> ()
        serialize_i16(value: i16) -> ()
        serialize_i32(value: i32) -> ()
        serialize_i64(value: i64) -> ()
        serialize_i128(value: i128) -> ()
        serialize_u8(value: u8) -> ()
        serialize_u16(value: u16) -> ()
        serialize_u32(value: u32) -> ()
        serialize_u64(value: u64) -> ()
        serialize_u128(value: u128) -> ()
        serialize_f32(value: f32) -> ()
        serialize_f64(value: f64) -> ()
        serialize_char(value: char) -> ()
        serialize_str(value: &str) -> ()
        serialize_bytes(value: &[u8]) -> ()
        serialize_none() -> ()
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str) -> ()
        serialize_seq(length: Option<usize>) -> Self::SerializeSeq
        serialize_tuple(length: usize) -> Self::SerializeTuple
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> Self::SerializeTupleVariant
        serialize_map(length: Option<usize>) -> Self::SerializeMap
        serialize_struct(name: &'static str, length: usize) -> Self::SerializeStruct
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> Self::SerializeStructVariant
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self.element()?)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<()> {
        self.element()?.serialize_newtype_struct(name, value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.element()?.serialize_newtype_variant(name, index, variant, value)
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, value: &T) -> Result<()> {
        self.element()?.collect_str(value)
    }
}

/// The fields of a tuple struct, an element each.
pub(super) struct Fields<'j, 's, S>(List<'j, 's, S>);

impl<S: Sink> SerializeTupleStruct for Fields<'_, '_, S> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        if std::mem::replace(&mut self.0.begun, true) {
            put(self.0.sink, b",")?;
        }
        value.serialize(&mut *self.0.json)
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}
