//! UTF-8 validation of payloads.

use std::str::Utf8Error;

/// For texts longer than this, simdutf8 is faster. (For texts below 64 bytes it calls the standard library.)
const LONG: usize = 128;
/// The number of bytes that the standard library checks per step if they are aligned.
const STEP: usize = 16;

/// Scratch space to validate short texts. Aligned and padded to whole steps, a text takes half the time that it takes
/// in place.
#[derive(Debug)]
#[repr(align(16))]
pub(crate) struct Room([u8; LONG]);

impl Room {
    pub(crate) fn new() -> Self {
        Self([0; LONG])
    }

    /// Validates the payload as UTF-8.
    #[inline]
    pub(super) fn text<'a>(&'a mut self, payload: &'a [u8]) -> Result<&'a str, Utf8Error> {
        let end = payload.len().next_multiple_of(STEP);
        let Some(last) = end.checked_sub(STEP).filter(|_| end <= LONG) else { return long(payload) };
        self.0[last..][..STEP].copy_from_slice(&[b' '; STEP]);
        self.0[..payload.len()].copy_from_slice(payload);
        // A space does not complete a character that is cut off at the end of the payload.
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
