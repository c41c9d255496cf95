//! A serializer of compact JSON that writes bytes as attachments instead of arrays of numbers.
//!
//! It produces the same output as serde_json, except that floats must be finite. It exists because serde_json looks up
//! each byte of a string in a table, which takes eight instructions per byte. Searching a string in large steps and
//! copying it as a whole takes less than one.

use serde::ser::{self, Serialize, SerializeMap, Serializer};
use serde_json::{Error, Result};

use super::Sink;
use super::verbatim::is_verbatim;
use crate::protocol::{PLACEHOLDER, plain_length};

/// Serializes one value. With `VERBATIM`, the value is text that is already JSON.
pub(super) struct Writer<'s, S, const VERBATIM: bool = false>(pub(super) &'s mut S);

impl<'s, S: Sink, const VERBATIM: bool> Writer<'s, S, VERBATIM> {
    #[inline]
    fn put(self, text: &str) -> Result<()> {
        self.0.text().extend_from_slice(text.as_bytes());
        Ok(())
    }

    #[inline]
    fn open(self, opening: &str, closing: &'static str) -> Result<Parts<'s, S>> {
        self.0.text().extend_from_slice(opening.as_bytes());
        Ok(Parts { sink: self.0, first: true, closing })
    }

    /// Opens `{"variant":`. The caller must close it.
    fn open_variant(self, variant: &str, opening: &str, closing: &'static str) -> Result<Parts<'s, S>> {
        let text = self.0.text();
        text.push(b'{');
        write_string(text, variant);
        text.push(b':');
        self.open(opening, closing)
    }

    fn float(self, value: f64, number: impl Serialize) -> Result<()> {
        check_finite(value)?;
        number.serialize(&mut serde_json::Serializer::new(self.0.text()))
    }
}

macro_rules! integers {
    ($($method:ident($type:ty))*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<()> {
            self.put(itoa::Buffer::new().format(value))
        }
    )*};
}

impl<'s, S: Sink, const VERBATIM: bool> Serializer for Writer<'s, S, VERBATIM> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parts<'s, S>;
    type SerializeTuple = Parts<'s, S>;
    type SerializeTupleStruct = Parts<'s, S>;
    type SerializeTupleVariant = Parts<'s, S>;
    type SerializeMap = Parts<'s, S>;
    type SerializeStruct = Parts<'s, S>;
    type SerializeStructVariant = Parts<'s, S>;

    integers! {
        serialize_i8(i8)
        serialize_i16(i16)
        serialize_i32(i32)
        serialize_i64(i64)
        serialize_i128(i128)
        serialize_u8(u8)
        serialize_u16(u16)
        serialize_u32(u32)
        serialize_u64(u64)
        serialize_u128(u128)
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<()> {
        self.put(if value { "true" } else { "false" })
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        self.float(value.into(), value)
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        self.float(value, value)
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<()> {
        if VERBATIM {
            return self.put(value);
        }
        write_string(self.0.text(), value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        let number = self.0.attach(value);
        let text = self.0.text();
        for part in ["{\"", PLACEHOLDER, "\":true,\"num\":", itoa::Buffer::new().format(number), "}"] {
            text.extend_from_slice(part.as_bytes());
        }
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result<()> {
        self.put("null")
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<()> {
        self.put("null")
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.put("null")
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        let parts = self.open_variant(variant, "", "}")?;
        value.serialize(Writer::<_>(&mut *parts.sink))?;
        parts.close()
    }

    #[inline]
    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'s, S>> {
        self.open("[", "]")
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Parts<'s, S>> {
        self.open("[", "]")
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'s, S>> {
        self.open("[", "]")
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Parts<'s, S>> {
        self.open_variant(variant, "[", "]}")
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'s, S>> {
        self.open("{", "}")
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'s, S>> {
        if is_verbatim(name) { self.open("", "") } else { self.open("{", "}") }
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'s, S>> {
        self.open_variant(variant, "{", "}}")
    }
}

/// Refuses NaN and the infinities, which the contract's `number` does not include; serde_json writes them as `null`.
pub(super) fn check_finite(value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(ser::Error::custom(format_args!(
        "the float {value} cannot be sent as a number; `switchboard::float_or_null` sends it as `null`"
    )))
}

/// Serializes the parts of an array or an object one by one.
pub(super) struct Parts<'s, S> {
    sink: &'s mut S,
    first: bool,
    closing: &'static str,
}

impl<S: Sink> Parts<'_, S> {
    #[inline]
    fn comma(&mut self) -> &mut Vec<u8> {
        let text = self.sink.text();
        if !std::mem::take(&mut self.first) {
            text.push(b',');
        }
        text
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.comma();
        value.serialize(Writer::<_>(&mut *self.sink))
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<()> {
        let text = self.comma();
        write_string(text, name);
        text.push(b':');
        value.serialize(Writer::<_>(&mut *self.sink))
    }

    #[inline]
    fn close(self) -> Result<()> {
        self.sink.text().extend_from_slice(self.closing.as_bytes());
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl<S: Sink> ser::$trait for Parts<'_, S> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.element(value)
            }

            #[inline]
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

impl<S: Sink> ser::SerializeStruct for Parts<'_, S> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        if is_verbatim(name) {
            return value.serialize(Writer::<_, true>(&mut *self.sink));
        }
        self.field(name, value)
    }

    #[inline]
    fn end(self) -> Result<()> {
        self.close()
    }
}

impl<S: Sink> ser::SerializeStructVariant for Parts<'_, S> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.field(name, value)
    }

    #[inline]
    fn end(self) -> Result<()> {
        self.close()
    }
}

impl<S: Sink> SerializeMap for Parts<'_, S> {
    type Ok = ();
    type Error = Error;

    /// serde_json decides which keys are valid. It writes the key as the first of a separate map, including the brace,
    /// which is then replaced by the comma.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        let text = self.sink.text();
        let first = std::mem::take(&mut self.first);
        if first {
            text.pop();
        }
        let brace = text.len();
        serde_json::Serializer::new(&mut *text).serialize_map(None)?.serialize_key(key)?;
        if !first {
            text[brace] = b',';
        }
        Ok(())
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.sink.text().push(b':');
        value.serialize(Writer::<_>(&mut *self.sink))
    }

    #[inline]
    fn end(self) -> Result<()> {
        self.close()
    }
}

/// Writes a string with quotes and escapes.
#[inline]
fn write_string(text: &mut Vec<u8>, value: &str) {
    let value = value.as_bytes();
    text.reserve(value.len() + 2);
    text.push(b'"');
    let plain = plain_length(value);
    if plain == value.len() {
        text.extend_from_slice(value);
    } else {
        write_escaped(text, value, plain);
    }
    text.push(b'"');
}

fn write_escaped(text: &mut Vec<u8>, mut rest: &[u8], mut plain: usize) {
    loop {
        let (before, special) = rest.split_at(plain);
        text.extend_from_slice(before);
        let Some((&byte, behind)) = special.split_first() else { break };
        write_escape(text, byte);
        rest = behind;
        plain = plain_length(rest);
    }
}

fn write_escape(text: &mut Vec<u8>, byte: u8) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let hex = |digit: u8| char::from_digit(u32::from(digit), 16).map_or(b'0', |digit| digit as u8);
            text.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            return;
        }
    };
    text.extend_from_slice(&[b'\\', letter]);
}
