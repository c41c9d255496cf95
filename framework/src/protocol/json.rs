//! A look at JSON that is not read yet: is it well formed, and how does the array of an event begin?
//!
//! `serde_json` could skip a value as well, but without a bound on its depth, and allocating for every nested one.

use std::borrow::Cow;

/// How many arrays and objects may be inside each other.
const MAX_DEPTH: u32 = u128::BITS;

/// Whether the text is one JSON value, no deeper than 128 levels.
pub(crate) fn is_valid(text: &str) -> bool {
    let mut scanner = Scanner::new(text.as_bytes(), 0);
    scanner.value().and_then(|()| scanner.end()).is_some()
}

/// The first element of an array, if it is a string or a number: an event's name, and where the array goes on.
///
/// A number is named as it is spelled. A name is only owned if it has escapes; one that escapes half a surrogate pair
/// is no text, hence no name.
pub(crate) fn event_name(array: &[u8]) -> Option<(Cow<'_, str>, usize)> {
    let mut scanner = Scanner::new(array, 0);
    scanner.expect(b'[')?;
    scanner.space();
    let start = scanner.at;
    if !scanner.eat(b'"') {
        scanner.number()?;
        return Some((str::from_utf8(&array[start..scanner.at]).ok()?.into(), scanner.at));
    }
    let name = if scanner.string()? {
        Cow::Owned(serde_json::from_slice(&array[start..scanner.at]).ok()?)
    } else {
        str::from_utf8(&array[start + 1..scanner.at - 1]).ok()?.into()
    };
    Some((name, scanner.at))
}

/// Steps over what is before the next element of a well-formed array: from `at`, which is behind the opening bracket or
/// an element, to where that element begins. `None` at the end of the array.
pub(crate) fn next_element(array: &[u8], at: usize) -> Option<usize> {
    let mut scanner = Scanner::new(array, at);
    (scanner.more(b']') && scanner.peek().is_some()).then_some(scanner.at)
}

/// A place in JSON text. Steps that find something else than they are for stop wherever they notice.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8], at: usize) -> Self {
        Scanner { text, at }
    }

    /// One value. Without recursion, so that no depth of nesting can exhaust the stack: whether each open level is an
    /// object (1) or an array (0) is one bit of a number.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0;
        let mut objects = 0_u128;
        loop {
            self.space();
            match self.next()? {
                opening @ (b'[' | b'{') => {
                    if depth == MAX_DEPTH {
                        return None;
                    }
                    let is_object = opening == b'{';
                    self.space();
                    if !self.eat(if is_object { b'}' } else { b']' }) {
                        depth += 1;
                        objects = objects << 1 | u128::from(is_object);
                        if is_object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                _ => {
                    self.at -= 1;
                    self.scalar()?;
                }
            }
            // A value has ended, and with it perhaps some of those that it is in.
            loop {
                if depth == 0 {
                    return Some(());
                }
                self.space();
                match (self.next()?, objects & 1 == 1) {
                    (b',', false) => break,
                    (b',', true) => {
                        self.space();
                        self.key()?;
                        break;
                    }
                    (b']', false) | (b'}', true) => {
                        depth -= 1;
                        objects >>= 1;
                    }
                    _ => return None,
                }
            }
        }
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
    fn string(&mut self) -> Option<bool> {
        let mut escaped = false;
        loop {
            self.at += plain_length(self.text.get(self.at..)?);
            match self.next()? {
                b'"' => return Some(escaped),
                b'\\' => {
                    escaped = true;
                    match self.next()? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.text.get(self.at..self.at + 4)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.at += 4;
                        }
                        _ => return None,
                    }
                }
                _ => return None, // a control character
            }
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

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

/// An object's key.
pub(super) struct Key<'a> {
    quoted: &'a [u8],
    escaped: bool,
}

impl Key<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        if self.escaped {
            return serde_json::from_slice::<String>(self.quoted).is_ok_and(|key| key == name);
        }
        self.quoted[1..self.quoted.len() - 1] == *name.as_bytes()
    }
}

/// How many bytes there are before the first that means something in a string: a quote, a backslash, or a control
/// character. Looks at eight bytes at a time.
fn plain_length(text: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    let (chunks, rest) = text.as_chunks::<8>();
    for (index, &chunk) in chunks.iter().enumerate() {
        let chunk = u64::from_le_bytes(chunk);
        let (quote, backslash) = (chunk ^ (ONES * b'"' as u64), chunk ^ (ONES * b'\\' as u64));
        // Subtracting borrows from a byte's high bit if the byte is too small. A borrow can go on into the bytes above,
        // but those are later in the text, and only the first one counts.
        let found = (chunk.wrapping_sub(ONES * 0x20) & !chunk)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash);
        if found & HIGHS != 0 {
            return index * 8 + (found & HIGHS).trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    chunks.len() * 8 + rest.iter().position(special).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests;
