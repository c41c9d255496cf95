//! How far a string is plain: up to its end, an escape, or what may not be in it.

/// How many bytes there are before the first that means something in a string: a quote, a backslash, or a control
/// character. Most strings are short, so that it looks at eight bytes first; then at as many at once as pays.
#[inline]
pub(crate) fn plain_length(text: &[u8]) -> usize {
    match text.first_chunk() {
        Some(&first) => special_in(first).unwrap_or_else(|| plain_length_from(text, 8)),
        None => text.iter().position(is_special).unwrap_or(text.len()),
    }
}

/// The same when so much is known to be plain, and not less than eight bytes.
fn plain_length_from(text: &[u8], mut at: usize) -> usize {
    at += plain_blocks::<128>(&text[at..]);
    at += plain_blocks::<16>(&text[at..]);
    while let Some(&chunk) = text[at..].first_chunk() {
        if let Some(special) = special_in(chunk) {
            return at + special;
        }
        at += 8;
    }
    // The last eight bytes again, with those among them that are new.
    text.last_chunk().and_then(|&last| special_in(last)).map_or(text.len(), |special| text.len() - 8 + special)
}

/// How many bytes there are in blocks that are plain, before the first that is not.
#[inline]
fn plain_blocks<const SIZE: usize>(text: &[u8]) -> usize {
    text.as_chunks().0.iter().take_while(|block| is_plain::<SIZE>(block)).count() * SIZE
}

fn is_special(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// Whether nothing in a block is special. Column by column and without a branch, so that the compiler makes it six
/// instructions for 16 bytes, and one test for the block.
#[inline]
fn is_plain<const SIZE: usize>(block: &[u8; SIZE]) -> bool {
    let (rows, _) = block.as_chunks::<16>();
    let mut found = false;
    for column in 0..16 {
        let (mut low, mut backslash) = (u8::MAX, u8::MAX);
        for row in rows {
            // This turns the quote into 0x20, a control character into another one, and nothing else into any of them.
            low = low.min(row[column] ^ (b'"' ^ 0x20));
            backslash = backslash.min(row[column] ^ b'\\');
        }
        found |= low.saturating_sub(0x20).min(backslash) == 0;
    }
    !found
}

/// Where among eight bytes the first special one is.
#[inline]
fn special_in(chunk: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    let chunk = u64::from_le_bytes(chunk);
    let (quote, backslash) = (chunk ^ (ONES * b'"' as u64), chunk ^ (ONES * b'\\' as u64));
    // Subtracting borrows from a byte's high bit if the byte is too small. A borrow can go on into the bytes above, but
    // those are later in the text, and only the first one counts.
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
