//! Reads MessagePack token by token.

use std::borrow::Cow;

/// A value, or the header of an array or a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Nil,
    /// JavaScript's `undefined`, which `notepack.io` writes as an extension of type 0 with one byte.
    Undefined,
    Bool(bool),
    Unsigned(u64),
    /// A negative number.
    Signed(i64),
    Float(f64),
    Str(&'a str),
    /// Binary data, or an `ArrayBuffer`: an extension of type 0 with an explicit length.
    Bin(&'a [u8]),
    /// A JavaScript `Date`: an extension of type 0 with eight bytes, in milliseconds since 1970.
    Date(i64),
    /// Any other extension.
    Ext(i8, &'a [u8]),
    /// An array with this number of values, which follow.
    Array(u32),
    /// A map with this number of pairs, which follow.
    Map(u32),
}

impl Token<'_> {
    /// The value of a non-negative integer, also if it is encoded as a float.
    pub(super) fn whole(self) -> Option<u64> {
        match self {
            Token::Unsigned(number) => Some(number),
            // Below this limit, floats represent integers exactly.
            Token::Float(number) if (0.0..9e15).contains(&number) && number.fract() == 0.0 => Some(number as u64),
            _ => None,
        }
    }
}

/// A position in MessagePack. The methods return `None` if the bytes are incomplete or invalid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Returns the next token without advancing.
    pub(crate) fn peek(mut self) -> Option<Token<'a>> {
        self.next()
    }

    pub(crate) fn next(&mut self) -> Option<Token<'a>> {
        let marker = self.byte()?;
        Some(match marker {
            0x00..=0x7f => Token::Unsigned(u64::from(marker)),
            0x80..=0x8f => Token::Map(u32::from(marker & 0x0f)),
            0x90..=0x9f => Token::Array(u32::from(marker & 0x0f)),
            0xa0..=0xbf => self.string(usize::from(marker & 0x1f))?,
            0xc0 => Token::Nil,
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xc4..=0xc6 => {
                let length = self.length(marker - 0xc4)?;
                Token::Bin(self.take(length)?)
            }
            0xc7..=0xc9 => {
                let length = self.length(marker - 0xc7)?;
                match (self.byte()? as i8, self.take(length)?) {
                    (0, data) => Token::Bin(data),
                    (kind, data) => Token::Ext(kind, data),
                }
            }
            0xca => Token::Float(f64::from(f32::from_be_bytes(self.array()?))),
            0xcb => Token::Float(f64::from_be_bytes(self.array()?)),
            0xcc => Token::Unsigned(u64::from(self.byte()?)),
            0xcd => Token::Unsigned(u64::from(u16::from_be_bytes(self.array()?))),
            0xce => Token::Unsigned(u64::from(u32::from_be_bytes(self.array()?))),
            0xcf => Token::Unsigned(u64::from_be_bytes(self.array()?)),
            0xd0 => signed(i64::from(self.byte()? as i8)),
            0xd1 => signed(i64::from(i16::from_be_bytes(self.array()?))),
            0xd2 => signed(i64::from(i32::from_be_bytes(self.array()?))),
            0xd3 => signed(i64::from_be_bytes(self.array()?)),
            0xd4..=0xd8 => {
                let kind = self.byte()? as i8;
                let data = self.take(1 << (marker - 0xd4))?;
                match (kind, data) {
                    (0, [_]) => Token::Undefined,
                    (0, data) if let Ok(time) = data.try_into() => Token::Date(i64::from_be_bytes(time)),
                    (kind, data) => Token::Ext(kind, data),
                }
            }
            0xd9..=0xdb => {
                let length = self.length(marker - 0xd9)?;
                self.string(length)?
            }
            0xdc => Token::Array(u32::from(u16::from_be_bytes(self.array()?))),
            0xdd => Token::Array(u32::from_be_bytes(self.array()?)),
            0xde => Token::Map(u32::from(u16::from_be_bytes(self.array()?))),
            0xdf => Token::Map(u32::from_be_bytes(self.array()?)),
            0xe0..=0xff => Token::Signed(i64::from(marker as i8)),
            0xc1 => return None,
        })
    }

    /// Reads the key of a map entry: a string, or a number or boolean converted as in JavaScript.
    pub(crate) fn key(&mut self) -> Option<Cow<'a, str>> {
        Some(match self.next()? {
            Token::Str(key) => Cow::Borrowed(key),
            Token::Unsigned(key) => Cow::Owned(key.to_string()),
            Token::Signed(key) => Cow::Owned(key.to_string()),
            Token::Bool(key) => Cow::Borrowed(if key { "true" } else { "false" }),
            _ => return None,
        })
    }

    /// Skips one value with at most this number of levels. Binary data counts as one level, because it is an array of
    /// numbers in JSON.
    pub(crate) fn skip(&mut self, levels: u32) -> Option<()> {
        match self.next()? {
            Token::Array(length) => {
                let inside = levels.checked_sub(1)?;
                for _ in 0..length {
                    self.skip(inside)?;
                }
            }
            Token::Map(length) => {
                let inside = levels.checked_sub(1)?;
                for _ in 0..length {
                    self.key()?;
                    self.skip(inside)?;
                }
            }
            Token::Bin(_) => drop(levels.checked_sub(1)?),
            Token::Ext(..) => drop(levels.checked_sub(2)?),
            _ => {}
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Reads a length of one, two or four bytes.
    fn length(&mut self, size: u8) -> Option<usize> {
        Some(match size {
            0 => usize::from(self.byte()?),
            1 => usize::from(u16::from_be_bytes(self.array()?)),
            _ => u32::from_be_bytes(self.array()?) as usize,
        })
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let data = self.bytes.get(self.at..)?.get(..length)?;
        self.at += length;
        Some(data)
    }

    fn string(&mut self, length: usize) -> Option<Token<'a>> {
        str::from_utf8(self.take(length)?).ok().map(Token::Str)
    }
}

fn signed(number: i64) -> Token<'static> {
    u64::try_from(number).map_or(Token::Signed(number), Token::Unsigned)
}
