//! Validates JSON without deserializing it, and locates the name and the first argument of an event.
//!
//! `serde_json` could skip values too, but without a limit on their depth, and with an allocation for every nested
//! value.

use std::ops::Range;

use super::plain::plain_length;

/// The maximum depth of nested arrays and objects.
pub(super) const MAX_DEPTH: u32 = u128::BITS;

/// Returns `true` if the text is one JSON value with at most 128 levels.
pub(crate) fn is_valid(text: &str) -> bool {
    let mut scanner = Scanner::new(text, 0);
    scanner.value().and_then(|()| scanner.end()).is_some()
}

/// The first element of an array, if it is a string or a number.
pub(super) struct First {
    /// The range of the element, including its quotes.
    pub(super) at: Range<usize>,
    pub(super) quoted: bool,
    pub(super) escaped: bool,
}

/// A value in a longer text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// `true` if it is a string without escapes.
    pub(crate) plain: bool,
}

/// Checks that the text is valid as in [`is_valid`], not longer than 4 GiB, and an array that starts with a string or a
/// number. Returns this first element, and the range of the second element if there is one.
pub(super) fn check_event(text: &str) -> Option<(First, Option<Place>)> {
    u32::try_from(text.len()).ok()?;
    let mut scanner = Scanner::new(text, 0);
    scanner.expect(b'[')?;
    let quoted = scanner.token()? == b'"';
    let start = scanner.at - 1;
    let escaped = if quoted {
        scanner.string()?
    } else {
        scanner.at = start;
        scanner.number()?;
        false
    };
    let first = First { at: start..scanner.at, quoted, escaped };
    let mut second = None;
    loop {
        match scanner.token()? {
            b',' => {}
            b']' => break,
            _ => return None,
        }
        scanner.space();
        let start = scanner.at;
        let plain = scanner.element()?;
        // The offsets fit 32 bits, because the length of the text does.
        second.get_or_insert(Place { start: start as u32, end: scanner.at as u32, plain });
    }
    scanner.end()?;
    Some((first, second))
}

/// The offset after the value that starts at `at`.
pub(crate) fn end_of_value(text: &str, at: usize) -> Option<usize> {
    let mut scanner = Scanner::new(text, at);
    scanner.value()?;
    Some(scanner.at)
}

/// Returns the offset of the next element of a well-formed array. `at` must be the offset after the opening bracket or
/// after an element. `None` at the end of the array.
#[inline]
pub(crate) fn next_element(array: &str, at: usize) -> Option<usize> {
    let mut scanner = Scanner::new(array, at);
    (scanner.more(b']') && scanner.peek().is_some()).then_some(scanner.at)
}

/// A position in JSON text. Methods that do not find the expected text stop at any position.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Scanner { text: text.as_bytes(), at }
    }

    /// The current offset.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Skips one value.
    fn value(&mut self) -> Option<()> {
        self.value_inside(0)
    }

    /// Skips one value in an array. Returns `true` if it is a string without escapes.
    #[inline]
    fn element(&mut self) -> Option<bool> {
        if self.eat(b'"') {
            return self.string().map(|escaped| !escaped);
        }
        self.value_inside(1)?;
        Some(false)
    }

    /// Skips one value within `outside` others. Not recursive, so that deep nesting cannot overflow the stack.
    fn value_inside(&mut self, outside: u32) -> Option<()> {
        let open = &mut Open { depth: 0, objects: 0, max: MAX_DEPTH - outside };
        loop {
            match self.token()? {
                b'"' => {
                    self.string()?;
                }
                b'[' => {
                    open.push(false)?;
                    if self.token()? != b']' {
                        self.at -= 1;
                        continue;
                    }
                    open.pop();
                }
                b'{' => {
                    open.push(true)?;
                    if self.token()? != b'}' {
                        self.at -= 1;
                        self.key()?;
                        continue;
                    }
                    open.pop();
                }
                _ => {
                    self.at -= 1;
                    self.scalar()?;
                }
            }
            if !self.goes_on(open)? {
                return Some(());
            }
        }
    }

    /// Called after a value. Closes the arrays and objects that end here, and returns `true` if another value follows.
    #[inline]
    fn goes_on(&mut self, open: &mut Open) -> Option<bool> {
        while open.depth > 0 {
            match (self.token()?, open.in_object()) {
                (b',', false) => return Some(true),
                (b',', true) => {
                    self.space();
                    self.key()?;
                    return Some(true);
                }
                (b']', false) | (b'}', true) => open.pop(),
                _ => return None,
            }
        }
        Some(false)
    }

    /// Returns `true` if an array or object has another element. Stops at that element, or after the closing bracket.
    pub(super) fn more(&mut self, closing: u8) -> bool {
        self.space();
        if self.eat(b',') {
            self.space();
        }
        !self.eat(closing)
    }

    /// Reads the key of an object's member, and the colon.
    pub(super) fn key(&mut self) -> Option<Key<'a>> {
        let start = self.at;
        self.expect(b'"')?;
        let escaped = self.string()?;
        let quoted = self.text.get(start..self.at)?;
        self.space();
        self.expect(b':')?;
        Some(Key { quoted, escaped })
    }

    /// The rest of the text.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Skips this number of bytes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Reads a value that is neither an array nor an object. Returns its text.
    pub(super) fn scalar(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string()?;
            }
            b't' => self.literal(b"true")?,
            b'f' => self.literal(b"false")?,
            b'n' => self.literal(b"null")?,
            _ => self.number()?,
        }
        self.text.get(start..self.at)
    }

    /// Skips a string after its opening quote. Returns `true` if it contains escapes.
    #[inline]
    fn string(&mut self) -> Option<bool> {
        self.at += plain_length(self.text.get(self.at..)?);
        if self.eat(b'"') { Some(false) } else { self.escaped_string() }
    }

    /// Skips the rest of a string from its first escape on.
    #[inline(never)]
    fn escaped_string(&mut self) -> Option<bool> {
        loop {
            match self.next()? {
                b'"' => return Some(true),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        let digits = self.text.get(self.at..self.at + 4)?;
                        if !digits.iter().all(u8::is_ascii_hexdigit) {
                            return None;
                        }
                        self.at += 4;
                    }
                    _ => return None,
                },
                _ => return None, // a control character
            }
            self.at += plain_length(self.text.get(self.at..)?);
        }
    }

    fn number(&mut self) -> Option<()> {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        } else if self.peek().is_some_and(|next| next.is_ascii_digit()) {
            return None;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|next| next.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn literal(&mut self, word: &[u8]) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    #[inline]
    pub(super) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn end(&mut self) -> Option<()> {
        self.space();
        (self.at == self.text.len()).then_some(())
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Reads the next byte that is not whitespace.
    #[inline]
    fn token(&mut self) -> Option<u8> {
        loop {
            match self.next()? {
                b' ' | b'\n' | b'\r' | b'\t' => {}
                byte => return Some(byte),
            }
        }
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

/// The open arrays and objects at a position.
struct Open {
    depth: u32,
    max: u32,
    /// One bit per level, the innermost lowest: 1 for an object, 0 for an array.
    objects: u128,
}

impl Open {
    #[inline]
    fn push(&mut self, is_object: bool) -> Option<()> {
        if self.depth == self.max {
            return None;
        }
        self.depth += 1;
        self.objects = self.objects << 1 | u128::from(is_object);
        Some(())
    }

    #[inline]
    fn pop(&mut self) {
        self.depth -= 1;
        self.objects >>= 1;
    }

    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }
}

/// The key of an object's member.
pub(super) struct Key<'a> {
    quoted: &'a [u8],
    escaped: bool,
}

impl<'a> Key<'a> {
    /// The text of the key, including quotes.
    #[cfg(feature = "msgpack")]
    pub(super) fn quoted(&self) -> &'a [u8] {
        self.quoted
    }

    pub(super) fn is(&self, name: &str) -> bool {
        if self.escaped {
            return serde_json::from_slice::<String>(self.quoted).is_ok_and(|key| key == name);
        }
        self.quoted[1..self.quoted.len() - 1] == *name.as_bytes()
    }
}

#[cfg(test)]
mod tests;
