//! A look at JSON that is not read yet: is it well formed, and how does the array of an event begin?
//!
//! `serde_json` could skip a value as well, but without a bound on its depth, and allocating for every nested one.

use std::ops::Range;

use super::plain::plain_length;

/// How many arrays and objects may be inside each other.
pub(super) const MAX_DEPTH: u32 = u128::BITS;

/// Whether the text is one JSON value, no deeper than 128 levels.
pub(crate) fn is_valid(text: &str) -> bool {
    let mut scanner = Scanner::new(text, 0);
    scanner.value().and_then(|()| scanner.end()).is_some()
}

/// The first element of an array, when it is a string or a number.
pub(super) struct First {
    /// Quotes included.
    pub(super) at: Range<usize>,
    pub(super) quoted: bool,
    pub(super) escaped: bool,
}

/// A value in a longer text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Whether it is a string that has no escapes.
    pub(crate) plain: bool,
}

/// Whether the text is JSON as for [`is_valid`], no larger than 4 GiB, and an array that begins with a string or a
/// number: with which one, and where the element behind it is, if there is one.
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
        // It fits, since the whole text does.
        second.get_or_insert(Place { start: start as u32, end: scanner.at as u32, plain });
    }
    scanner.end()?;
    Some((first, second))
}

/// Where the value ends that begins at `at`.
pub(crate) fn end_of_value(text: &str, at: usize) -> Option<usize> {
    let mut scanner = Scanner::new(text, at);
    scanner.value()?;
    Some(scanner.at)
}

/// Steps over what is before the next element of a well-formed array: from `at`, which is behind the opening bracket or
/// an element, to where that element begins. `None` at the end of the array.
#[inline]
pub(crate) fn next_element(array: &str, at: usize) -> Option<usize> {
    let mut scanner = Scanner::new(array, at);
    (scanner.more(b']') && scanner.peek().is_some()).then_some(scanner.at)
}

/// A place in JSON text. Steps that find something else than they are for stop wherever they notice.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Scanner { text: text.as_bytes(), at }
    }

    /// How far it has come.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// One value.
    fn value(&mut self) -> Option<()> {
        self.value_inside(0)
    }

    /// One value that is in an array, and whether it is a string without escapes.
    #[inline]
    fn element(&mut self) -> Option<bool> {
        if self.eat(b'"') {
            return self.string().map(|escaped| !escaped);
        }
        self.value_inside(1)?;
        Some(false)
    }

    /// One value, inside of so many others. Without recursion, so that no depth of nesting can exhaust the stack.
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

    /// A value has ended, and with it perhaps some of those that it is in: whether another one comes.
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

    /// Whether an array or object goes on behind an element of it. Stops at the next element, or behind the end.
    pub(super) fn more(&mut self, closing: u8) -> bool {
        self.space();
        if self.eat(b',') {
            self.space();
        }
        !self.eat(closing)
    }

    /// The key of an object's member, and the colon.
    pub(super) fn key(&mut self) -> Option<Key<'a>> {
        let start = self.at;
        self.expect(b'"')?;
        let escaped = self.string()?;
        let quoted = self.text.get(start..self.at)?;
        self.space();
        self.expect(b':')?;
        Some(Key { quoted, escaped })
    }

    /// What is left of the text.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Steps over so many bytes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// A value that is neither an array nor an object, as it is spelled.
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

    /// A string from behind its opening quote. Says whether it has escapes.
    #[inline]
    fn string(&mut self) -> Option<bool> {
        self.at += plain_length(self.text.get(self.at..)?);
        if self.eat(b'"') { Some(false) } else { self.escaped_string() }
    }

    /// The same from the first escape on.
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

    /// The next byte that is no space.
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

/// The arrays and objects that a place is in.
struct Open {
    depth: u32,
    max: u32,
    /// Whether each of them is an object (1) or an array (0), the innermost in the lowest bit.
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

/// An object's key.
pub(super) struct Key<'a> {
    quoted: &'a [u8],
    escaped: bool,
}

impl<'a> Key<'a> {
    /// As it is spelled, quotes included.
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
