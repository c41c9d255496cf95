//! Converts JSON to MessagePack.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{Deserializer, Visitor};

use super::pack::{Header, pack_binary, pack_signed, pack_str, pack_unsigned};
use crate::protocol::json::{self, Scanner};
use crate::protocol::placeholder::{PLACEHOLDER, index};

/// Writes one JSON value, with attachments in place of their placeholders. Returns `None` if the text is not JSON or
/// has more than 128 levels; the output is then incomplete.
///
/// Numbers beyond 64 bits become the nearest floats, as in JavaScript. Unpaired surrogates, which UTF-8 cannot
/// represent, are replaced.
pub(crate) fn pack_json(out: &mut Vec<u8>, text: &str, attachments: &[Bytes]) -> Option<()> {
    if !json::is_valid(text) {
        return None;
    }
    Translation { json: Scanner::new(text, 0), out, attachments }.value()
}

struct Translation<'a, 'o> {
    json: Scanner<'a>,
    out: &'o mut Vec<u8>,
    attachments: &'a [Bytes],
}

impl Translation<'_, '_> {
    fn value(&mut self) -> Option<()> {
        self.json.space();
        if self.json.eat(b'[') {
            let (start, mut count) = self.open(Header::Array);
            while self.json.more(b']') {
                self.value()?;
                count += 1;
            }
            Header::Array.correct(self.out, start, 0, count);
        } else if self.json.eat(b'{') {
            self.object()?;
        } else {
            self.scalar()?;
        }
        Some(())
    }

    fn object(&mut self) -> Option<()> {
        let (start, mut count) = self.open(Header::Map);
        let (mut is_placeholder, mut number) = (false, None);
        while self.json.more(b'}') {
            let key = self.json.key()?;
            pack_str(self.out, &text_of(key.quoted())?);
            self.json.space();
            let rest = self.json.rest();
            if key.is(PLACEHOLDER) {
                is_placeholder = rest.starts_with(b"true");
            } else if key.is("num") {
                let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
                number = rest.get(..length).and_then(index);
            }
            self.value()?;
            count += 1;
        }
        match number.filter(|_| is_placeholder).and_then(|number| self.attachments.get(number)) {
            Some(attachment) => {
                self.out.truncate(start);
                pack_binary(self.out, attachment);
            }
            None => Header::Map.correct(self.out, start, 0, count),
        }
        Some(())
    }

    /// Writes the header of an array or an object whose length is not known yet. Returns its offset and the count 0.
    fn open(&mut self, header: Header) -> (usize, usize) {
        let start = self.out.len();
        header.put(self.out, 0);
        (start, 0)
    }

    fn scalar(&mut self) -> Option<()> {
        match self.json.scalar()? {
            b"null" => self.out.push(0xc0),
            b"false" => self.out.push(0xc2),
            b"true" => self.out.push(0xc3),
            string @ [b'"', ..] => pack_str(self.out, &text_of(string)?),
            number => {
                let number = str::from_utf8(number).ok()?;
                if let Ok(number) = number.parse() {
                    pack_unsigned(self.out, number);
                } else if let Ok(number) = number.parse() {
                    pack_signed(self.out, number);
                } else {
                    self.out.push(0xcb);
                    self.out.extend_from_slice(&number.parse::<f64>().ok()?.to_be_bytes());
                }
            }
        }
        Some(())
    }
}

/// The value of a quoted string.
fn text_of(quoted: &[u8]) -> Option<Cow<'_, str>> {
    let inside = quoted.get(1..quoted.len().checked_sub(1)?)?;
    if !inside.contains(&b'\\') {
        return str::from_utf8(inside).ok().map(Cow::Borrowed);
    }
    let mut json = serde_json::Deserializer::from_slice(quoted);
    // Read as bytes, because an unpaired surrogate is valid in JSON but not in UTF-8.
    let bytes = json.deserialize_byte_buf(Unescaped).ok()?;
    Some(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
}

struct Unescaped;

impl Visitor<'_> for Unescaped {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}
