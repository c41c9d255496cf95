//! Base64 in text packets. Writes standard base64, and reads every variant that clients write.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

use super::packet::PacketError;

/// Standard base64, written with padding. When reading, padding and the unused bits of the last character are not
/// checked: browsers and Node.js ignore them too, so clients may rely on that.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Appends the encoded data.
pub(super) fn append(out: &mut Vec<u8>, data: &[u8]) {
    let start = out.len();
    out.resize(start + data.len().div_ceil(3) * 4, 0);
    STANDARD.encode_slice(data, &mut out[start..]).expect("four characters per started group of three bytes");
}

/// Decodes base64. Line breaks, missing padding and the URL-safe alphabet are accepted.
pub(super) fn decode(text: &str) -> Result<Bytes, PacketError> {
    match STANDARD.decode(text) {
        Ok(data) => Ok(data.into()),
        Err(_) => decode_variant(text),
    }
}

/// Decodes non-standard base64. The encoders of Android and Java end every line with a line feed, MIME encoders break
/// lines, and others use the URL-safe alphabet.
#[cold]
fn decode_variant(text: &str) -> Result<Bytes, PacketError> {
    let standard: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    Ok(STANDARD.decode(standard).map_err(|_| PacketError::Base64)?.into())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD as REFERENCE, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_of_real_encoders_are_read() {
        for text in ["+/8B", "-_8B", "+_8B", "+/8B\n", "+/8B\r\n", "\n+/8B", " +/\t8B ", "+\n/\n8\nB\n"] {
            assert_eq!(decode(text).as_deref(), Ok(&[0xfb, 0xff, 1][..]), "{text:?}");
        }
        for text in ["AQ==", "AQ=", "AQ", "AQ==\n", "AQ=\n=", "AQ\n", "AR"] {
            assert_eq!(decode(text).as_deref(), Ok(&[1][..]), "{text:?}");
        }
        for text in ["", "\n"] {
            assert_eq!(decode(text).as_deref(), Ok(&[][..]), "{text:?}");
        }
    }

    #[test]
    fn invalid_base64_is_an_error() {
        for text in ["!", "A", "A\n", "AQID!", "AQ==AQ==", "=AQI", "AQIDé", "AQ\0ID", "AQ\u{a0}ID", "{\"a\":1}"] {
            assert_eq!(decode(text), Err(PacketError::Base64), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn line_breaks_anywhere_change_nothing(
            data in any::<Vec<u8>>(),
            breaks in proptest::collection::vec((any::<prop::sample::Index>(), "[ \t\r\n]{1,3}"), 0..10),
            url_safe in any::<bool>(),
        ) {
            let mut text = if url_safe { URL_SAFE_NO_PAD.encode(&data) } else { REFERENCE.encode(&data) };
            for (place, space) in breaks {
                text.insert_str(place.index(text.len() + 1), &space);
            }
            prop_assert_eq!(decode(&text), Ok(data.into()));
        }

        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            let _ = decode(&text);
        }
    }
}
