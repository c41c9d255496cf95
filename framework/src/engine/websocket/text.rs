//! Whether a payload is UTF-8.

use std::str::Utf8Error;

/// Beyond this simdutf8 is quicker. (Below 64 it would ask the standard library.)
const LONG: usize = 128;
/// What the standard library looks at in one step, if it is aligned.
const STEP: usize = 16;

/// Room to check short texts in: aligned and filled up to whole steps, one costs half of what it costs where it stands.
#[derive(Debug)]
#[repr(align(16))]
pub(crate) struct Room([u8; LONG]);

impl Room {
    pub(crate) fn new() -> Self {
        Self([0; LONG])
    }

    /// The payload as text.
    #[inline]
    pub(super) fn text<'a>(&'a mut self, payload: &'a [u8]) -> Result<&'a str, Utf8Error> {
        let end = payload.len().next_multiple_of(STEP);
        let Some(last) = end.checked_sub(STEP).filter(|_| end <= LONG) else { return long(payload) };
        self.0[last..][..STEP].copy_from_slice(&[b' '; STEP]);
        self.0[..payload.len()].copy_from_slice(payload);
        // A character that the payload breaks off is not completed by a space.
        str::from_utf8(&self.0[..end]).map(|text| &text[..payload.len()])
    }
}

#[inline(never)]
fn long(payload: &[u8]) -> Result<&str, Utf8Error> {
    simdutf8::basic::from_utf8(payload).or_else(|_| str::from_utf8(payload))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_broken_off_character_is_no_text() {
        for length in 0..200 {
            let mut payload = vec![b'a'; length];
            payload.extend("é".as_bytes());
            assert!(Room::new().text(&payload).is_ok(), "{length}");
            payload.pop();
            assert!(Room::new().text(&payload).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_standard_library(
            payloads in proptest::collection::vec(
                prop_oneof![any::<Vec<u8>>(), any::<String>().prop_map(String::into_bytes)],
                1..5,
            ),
        ) {
            let mut room = Room::new();
            for payload in &payloads {
                prop_assert_eq!(room.text(payload).ok(), str::from_utf8(payload).ok());
            }
        }
    }
}
