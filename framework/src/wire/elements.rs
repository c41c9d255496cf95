//! Serializes a value as elements of an array: usually one, but none for a unit and several for a tuple struct.

use std::fmt::{self, Display};

use serde::ser::{Impossible, Serialize, SerializeSeq, SerializeTupleStruct, Serializer};

/// Appends a value to the array.
pub(super) fn append<A, T>(array: &mut A, value: &T) -> Result<(), A::Error>
where
    A: SerializeSeq,
    T: Serialize + ?Sized,
{
    let unit = size_of_val(value) == 0;
    match value.serialize(Elements { array: &mut *array, unit }) {
        Err(Refusal::One) => array.serialize_element(value),
        Err(Refusal::Failed(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

/// Serializes a value that is not exactly one element. Only the value's `Serialize` implementation decides how many
/// elements it is, so it has to be called. A value that is one element is rejected at its first call, before anything
/// is written.
struct Elements<'a, A> {
    array: &'a mut A,
    /// `true` if a value that serializes as a unit is `()`, and not the `null` of a dynamic type.
    unit: bool,
}

#[derive(Debug)]
enum Refusal<E> {
    /// The value is one element.
    One,
    /// The value is several elements, one of which cannot be serialized.
    Failed(E),
}

impl<E: serde::ser::Error> serde::ser::Error for Refusal<E> {
    fn custom<T: Display>(message: T) -> Self {
        Refusal::Failed(E::custom(message))
    }
}

impl<E: Display> Display for Refusal<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::One => formatter.write_str("one element"),
            Refusal::Failed(error) => error.fmt(formatter),
        }
    }
}

impl<E: std::error::Error> std::error::Error for Refusal<E> {}

macro_rules! one_element {
    ($($method:ident($($type:ty),*) -> $written:ty)*) => {$(
        #[inline]
        fn $method(self, $(_: $type),*) -> Result<$written, Self::Error> {
            Err(Refusal::One)
        }
    )*};
}

impl<'a, A: SerializeSeq> Serializer for Elements<'a, A> {
    type Ok = ();
    type Error = Refusal<A::Error>;
    type SerializeSeq = Impossible<(), Self::Error>;
    type SerializeTuple = Impossible<(), Self::Error>;
    type SerializeTupleStruct = Fields<'a, A>;
    type SerializeTupleVariant = Impossible<(), Self::Error>;
    type SerializeMap = Impossible<(), Self::Error>;
    type SerializeStruct = Impossible<(), Self::Error>;
    type SerializeStructVariant = Impossible<(), Self::Error>;

    #[inline]
    fn serialize_unit(self) -> Result<(), Self::Error> {
        if self.unit { Ok(()) } else { Err(Refusal::One) }
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Self::Error> {
        Ok(())
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Fields<'a, A>, Self::Error> {
        Ok(Fields(self.array))
    }

    one_element! {
        serialize_bool(bool) -> ()
        serialize_i8(i8) -> ()
        serialize_i16(i16) -> ()
        serialize_i32(i32) -> ()
        serialize_i64(i64) -> ()
        serialize_i128(i128) -> ()
        serialize_u8(u8) -> ()
        serialize_u16(u16) -> ()
        serialize_u32(u32) -> ()
        serialize_u64(u64) -> ()
        serialize_u128(u128) -> ()
        serialize_f32(f32) -> ()
        serialize_f64(f64) -> ()
        serialize_char(char) -> ()
        serialize_str(&str) -> ()
        serialize_bytes(&[u8]) -> ()
        serialize_none() -> ()
        serialize_unit_variant(&'static str, u32, &'static str) -> ()
        serialize_seq(Option<usize>) -> Self::SerializeSeq
        serialize_tuple(usize) -> Self::SerializeTuple
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant
        serialize_map(Option<usize>) -> Self::SerializeMap
        serialize_struct(&'static str, usize) -> Self::SerializeStruct
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Self::Error> {
        Err(Refusal::One)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<(), Self::Error> {
        Err(Refusal::One)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Self::Error> {
        Err(Refusal::One)
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Result<(), Self::Error> {
        Err(Refusal::One)
    }
}

/// The fields of a tuple struct, each of which is one element.
struct Fields<'a, A>(&'a mut A);

impl<A: SerializeSeq> SerializeTupleStruct for Fields<'_, A> {
    type Ok = ();
    type Error = Refusal<A::Error>;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Self::Error> {
        self.0.serialize_element(value).map_err(Refusal::Failed)
    }

    #[inline]
    fn end(self) -> Result<(), Self::Error> {
        Ok(())
    }
}
