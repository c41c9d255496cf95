//! A serializer for MessagePack. It supports the same values as JSON with attachments.

use serde::ser::{self, Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Error, Result};

use crate::protocol::{Header, pack_binary, pack_json, pack_signed, pack_str, pack_unsigned};
use crate::wire::elements::append;
use crate::wire::value::UNDESCRIBED_FLOAT;
use crate::wire::verbatim::is_verbatim;
use crate::wire::writer::check_finite;

/// Writes `["name",argument,…]`. See `write_event`.
pub(crate) fn pack_event<E: Serialize + ?Sized>(out: &mut Vec<u8>, name: &str, event: &E) -> Result<()> {
    let mut array = Packer::new(out).serialize_seq(None)?;
    array.serialize_element(name)?;
    append(&mut array, event)?;
    SerializeSeq::end(array)
}

/// Writes `[value]`. See `write_answer`.
pub(crate) fn pack_answer<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<()> {
    let mut array = Packer::new(out).serialize_seq(None)?;
    append(&mut array, value)?;
    SerializeSeq::end(array)
}

/// Serializes one value.
struct Packer<'o> {
    out: &'o mut Vec<u8>,
    /// If `true`, NaN and the infinities are allowed.
    any_float: bool,
}

impl<'o> Packer<'o> {
    fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, any_float: false }
    }

    fn check(&self, float: f64) -> Result<()> {
        if self.any_float { Ok(()) } else { check_finite(float) }
    }

    fn put(self, marker: u8, bytes: &[u8]) -> Result<()> {
        self.out.push(marker);
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn open(self, header: Header, length: Option<usize>) -> Result<Parts<'o>> {
        let (start, expected) = (self.out.len(), length.unwrap_or(0));
        header.put(self.out, expected);
        Ok(Parts { out: self.out, header, start, expected, count: 0 })
    }

    /// Starts a map with one entry, whose value must follow.
    fn variant(self, variant: &str) -> Self {
        Header::Map.put(self.out, 1);
        pack_str(self.out, variant);
        self
    }

    /// Converts a value that is already JSON.
    fn verbatim<T: Serialize + ?Sized>(self, json: &T) -> Result<()> {
        // `RawValue` serializes its JSON as a string.
        let json: String = serde_json::from_value(serde_json::to_value(json)?)?;
        pack_json(self.out, &json, &[]).ok_or_else(|| Error::custom("no JSON, or nested too deep"))
    }
}

macro_rules! integers {
    ($($method:ident($type:ty) => $pack:ident)*) => {$(
        fn $method(self, value: $type) -> Result<()> {
            $pack(self.out, value.into());
            Ok(())
        }
    )*};
}

impl<'o> Serializer for Packer<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parts<'o>;
    type SerializeTuple = Parts<'o>;
    type SerializeTupleStruct = Parts<'o>;
    type SerializeTupleVariant = Parts<'o>;
    type SerializeMap = Parts<'o>;
    type SerializeStruct = Fields<'o>;
    type SerializeStructVariant = Parts<'o>;

    integers! {
        serialize_i8(i8) => pack_signed
        serialize_i16(i16) => pack_signed
        serialize_i32(i32) => pack_signed
        serialize_i64(i64) => pack_signed
        serialize_u8(u8) => pack_unsigned
        serialize_u16(u16) => pack_unsigned
        serialize_u32(u32) => pack_unsigned
        serialize_u64(u64) => pack_unsigned
    }

    /// Integers beyond 64 bits become floats, as in JavaScript.
    fn serialize_i128(self, value: i128) -> Result<()> {
        match (u64::try_from(value), i64::try_from(value)) {
            (Ok(value), _) => self.serialize_u64(value),
            (_, Ok(value)) => self.serialize_i64(value),
            _ => self.serialize_f64(value as f64),
        }
    }

    fn serialize_u128(self, value: u128) -> Result<()> {
        match u64::try_from(value) {
            Ok(value) => self.serialize_u64(value),
            Err(_) => self.serialize_f64(value as f64),
        }
    }

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.put(if value { 0xc3 } else { 0xc2 }, &[])
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        self.check(value.into())?;
        self.put(0xca, &value.to_be_bytes())
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        self.check(value)?;
        self.put(0xcb, &value.to_be_bytes())
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<()> {
        pack_str(self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        pack_binary(self.out, value);
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.put(0xc0, &[])
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<()> {
        value.serialize(Self { any_float: name == UNDESCRIBED_FLOAT, ..self })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self.variant(variant))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Parts<'o>> {
        self.open(Header::Array, length)
    }

    fn serialize_tuple(self, length: usize) -> Result<Parts<'o>> {
        self.open(Header::Array, Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Parts<'o>> {
        self.open(Header::Array, Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Parts<'o>> {
        self.variant(variant).open(Header::Array, Some(length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Parts<'o>> {
        self.open(Header::Map, length)
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Fields<'o>> {
        if is_verbatim(name) {
            return Ok(Fields::Verbatim(self.out));
        }
        self.open(Header::Map, Some(length)).map(Fields::Map)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Parts<'o>> {
        self.variant(variant).open(Header::Map, Some(length))
    }
}

/// Serializes the parts of an array or a map one by one.
struct Parts<'o> {
    out: &'o mut Vec<u8>,
    header: Header,
    /// The offset of the header, and the number of parts in it.
    start: usize,
    expected: usize,
    count: usize,
}

impl Parts<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.count += 1;
        value.serialize(Packer::new(self.out))
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<()> {
        pack_str(self.out, name);
        self.element(value)
    }

    fn close(self) -> Result<()> {
        if self.count != self.expected {
            self.header.correct(self.out, self.start, self.expected, self.count);
        }
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.element(value)
            }

            fn end(self) -> Result<()> {
                self.close()
            }
        }
    )*};
}

elements! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

impl ser::SerializeStructVariant for Parts<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.field(name, value)
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Error;

    /// serde_json decides which keys are valid and how they are written. It writes the key as the first of a separate
    /// map.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        let mut json = Vec::new();
        serde_json::Serializer::new(&mut json).serialize_map(None)?.serialize_key(key)?;
        let key: String = serde_json::from_slice(json.get(1..).unwrap_or_default())?;
        pack_str(self.out, &key);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}

/// Serializes a struct: as a map, or as JSON that the value contains as text.
enum Fields<'o> {
    Map(Parts<'o>),
    Verbatim(&'o mut Vec<u8>),
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        match self {
            Self::Map(parts) => parts.field(name, value),
            Self::Verbatim(out) => Packer::new(out).verbatim(value),
        }
    }

    fn end(self) -> Result<()> {
        match self {
            Self::Map(parts) => parts.close(),
            Self::Verbatim(_) => Ok(()),
        }
    }
}
