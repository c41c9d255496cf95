//! Finds the end of the plain part of a JSON string, which is the closing quote, an escape, or a character that is not
//! allowed.

/// The number of bytes before the first special byte of a string: a quote, a backslash or a control character. Most
/// strings are short, so the first eight bytes are checked before larger blocks.
#[inline]
pub(crate) fn plain_length(text: &[u8]) -> usize {
    match text.first_chunk() {
        Some(&first) => special_in(first).unwrap_or_else(|| plain_length_from(text, 8)),
        None => text.iter().position(is_special).unwrap_or(text.len()),
    }
}

/// Continues at `at`, which must be at least 8. The bytes before it are known to be plain.
fn plain_length_from(text: &[u8], mut at: usize) -> usize {
    at += plain_blocks::<128>(&text[at..]);
    at += plain_blocks::<16>(&text[at..]);
    while let Some(&chunk) = text[at..].first_chunk() {
        if let Some(special) = special_in(chunk) {
            return at + special;
        }
        at += 8;
    }
    // Checks the last eight bytes, some of them for the second time.
    text.last_chunk().and_then(|&last| special_in(last)).map_or(text.len(), |special| text.len() - 8 + special)
}

/// The number of bytes in leading blocks that are plain.
#[inline]
fn plain_blocks<const SIZE: usize>(text: &[u8]) -> usize {
    text.as_chunks().0.iter().take_while(|block| is_plain::<SIZE>(block)).count() * SIZE
}

fn is_special(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// Returns `true` if a block contains no special byte. Written by columns and without branches, so that the compiler
/// needs six instructions per 16 bytes and one test per block.
#[inline]
fn is_plain<const SIZE: usize>(block: &[u8; SIZE]) -> bool {
    let (rows, _) = block.as_chunks::<16>();
    let mut found = false;
    for column in 0..16 {
        let (mut low, mut backslash) = (u8::MAX, u8::MAX);
        for row in rows {
            // Maps the quote to 0x20, control characters to control characters, and all other bytes to values above
            // 0x20.
            low = low.min(row[column] ^ (b'"' ^ 0x20));
            backslash = backslash.min(row[column] ^ b'\\');
        }
        found |= low.saturating_sub(0x20).min(backslash) == 0;
    }
    !found
}

/// The index of the first special byte.
#[inline]
fn special_in(chunk: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    let chunk = u64::from_le_bytes(chunk);
    let (quote, backslash) = (chunk ^ (ONES * b'"' as u64), chunk ^ (ONES * b'\\' as u64));
    // Subtracting sets a byte's high bit if the byte is too small. The borrow may propagate to higher bytes, but these
    // are later in the text, and only the first match counts.
    let found = (chunk.wrapping_sub(ONES * 0x20) & !chunk)
        | (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash);
    (found & HIGHS != 0).then(|| (found & HIGHS).trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_special_byte_is_found_wherever_it_is() {
        for length in 0..300 {
            let mut text = vec![b'x'; length];
            assert_eq!(plain_length(&text), length);
            for at in 0..length {
                text[at] = b"\"\\\x00\x1f"[at % 4];
                assert_eq!(plain_length(&text), at, "of {length}");
                text[at] = b'x';
            }
        }
        for byte in 0..=u8::MAX {
            for length in [1, 8, 16, 24, 136, 150] {
                let plain = plain_length(&vec![byte; length]) == length;
                assert_eq!(plain, !is_special(&byte), "{byte} times {length}");
                let mut text = vec![b'x'; length];
                text[length - 1] = byte;
                assert_eq!(plain_length(&text) == length, plain, "{byte} at the end of {length}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_plain_part_of_a_text_is_found(text in prop::collection::vec(
            prop_oneof![
                40 => Just(b'x'),
                1 => any::<u8>(),
                1 => prop::sample::select(b"\"\\\n\x1f \x7f\xff".to_vec()),
            ],
            0..400,
        )) {
            let expected = text.iter().position(is_special).unwrap_or(text.len());
            prop_assert_eq!(plain_length(&text), expected);
        }
    }
}
