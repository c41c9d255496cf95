//! Placeholders: what stands in the JSON of a binary packet where an attachment goes.
//!
//! `{"_placeholder":true,"num":0}` is the first attachment. That is an agreement about binary packets only: in a plain
//! one such an object is an object.

use bytes::Bytes;

use super::decode::DecodeError;
use super::json::Scanner;

/// The key that tells a placeholder.
pub(crate) const PLACEHOLDER: &str = "_placeholder";

/// Checks that every placeholder in well-formed JSON, however deep, has its attachment. Two may have the same, and an
/// attachment may have none; but all that they stand for may be no more than so many bytes. Each will be a copy once it
/// is read, and thousands for one attachment would fit into a short text.
pub(crate) fn check(json: &str, attachments: &[Bytes], max_bytes: usize) -> Result<(), DecodeError> {
    let mut check = Check { json: Scanner::new(json, 0), attachments, bytes_left: max_bytes };
    check.value().map(drop)
}

struct Check<'a> {
    json: Scanner<'a>,
    attachments: &'a [Bytes],
    bytes_left: usize,
}

impl<'a> Check<'a> {
    /// Goes over one value, and says how it is spelled if it is neither an array nor an object. Nothing is made of
    /// strings and numbers, which JSON allows to be such as no Rust type can hold; they harm nobody who does not read
    /// them.
    fn value(&mut self) -> Result<&'a [u8], DecodeError> {
        self.json.space();
        if self.json.eat(b'[') {
            while self.json.more(b']') {
                self.value()?;
            }
            Ok(b"[]")
        } else if let Some((number, length)) = usual(self.json.rest()) {
            self.json.skip(length);
            self.placeholder(Some(number))?;
            Ok(b"{}")
        } else if self.json.eat(b'{') {
            let (mut is_placeholder, mut number) = (false, None);
            while self.json.more(b'}') {
                let key = self.json.key().ok_or(DecodeError::Payload)?;
                let value = self.value()?;
                if key.is(PLACEHOLDER) {
                    is_placeholder = value == b"true";
                } else if key.is("num") {
                    number = index(value);
                }
            }
            if is_placeholder {
                self.placeholder(number)?;
            }
            Ok(b"{}")
        } else {
            self.json.scalar().ok_or(DecodeError::Payload)
        }
    }

    fn placeholder(&mut self, number: Option<usize>) -> Result<(), DecodeError> {
        let attachment = number.and_then(|number| self.attachments.get(number)).ok_or(DecodeError::Placeholder)?;
        self.bytes_left = self.bytes_left.checked_sub(attachment.len()).ok_or(DecodeError::AttachmentsTooLarge)?;
        Ok(())
    }
}

/// The number of the placeholder that well-formed JSON begins with, and how long it is, if it is spelled as nearly all
/// are. `None` means nothing.
pub(crate) fn usual(json: &[u8]) -> Option<(usize, usize)> {
    const BEFORE: &[u8] = br#"{"_placeholder":true,"num":"#;

    let number = json.strip_prefix(BEFORE)?;
    let length = number.iter().position(|&byte| byte == b'}')?;
    Some((index(&number[..length])?, BEFORE.len() + length + 1))
}

/// The value of a non-negative integer.
pub(super) fn index(number: &[u8]) -> Option<usize> {
    number.iter().try_fold(0_usize, |sum, digit| {
        digit.is_ascii_digit().then(|| sum.checked_mul(10)?.checked_add(usize::from(digit - b'0')))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_wherever_they_are() {
        for inside in [
            r#"["m",P]"#,
            r#"["m",{"a":[{"b":P}]}]"#,
            r#"["m",{"_placeholder":P,"num":0}]"#,
            r#"["m",{"num":P}]"#,
            r#" [ "m" , [ P , 1 ] ] "#,
        ] {
            for (placeholder, fine) in [
                (r#"{"_placeholder":true,"num":0}"#, true),
                (r#"{"_placeholder":true,"num":2}"#, true),
                (r#"{ "num" : 1 , "_placeholder" : true }"#, true),
                (r#"{"_placeholder":true,"num":3}"#, false),
                (r#"{"num":3,"_placeholder":true}"#, false),
                (r#"{"_plac\u0065holder":true,"n\u0075m":3}"#, false),
                (r#"{"_placeholder":true,"num":-1}"#, false),
                (r#"{"_placeholder":true,"num":1.5}"#, false),
                (r#"{"_placeholder":true,"num":1e0}"#, false),
                (r#"{"_placeholder":true,"num":"splice"}"#, false),
                (r#"{"_placeholder":true,"num":"1"}"#, false),
                (r#"{"_placeholder":true,"num":""}"#, false),
                (r#"{"_placeholder":true,"num":99999999999999999999999}"#, false),
                (r#"{"_placeholder":true,"num":null}"#, false),
                (r#"{"_placeholder":true,"num":[]}"#, false),
                (r#"{"_placeholder":true}"#, false),
                (r#"{"_placeholder":false,"num":3}"#, true),
                (r#"{"_placeholder":"true","num":3}"#, true),
                (r#"{"_placeholder":1}"#, true),
                (r#"{"num":3}"#, true),
                (r#""{\"_placeholder\":true,\"num\":3}""#, true),
                (r#""\ud800""#, true),
                ("1e999", true),
            ] {
                let json = inside.replace('P', placeholder);
                let expected = if fine { Ok(()) } else { Err(DecodeError::Placeholder) };
                assert_eq!(check(&json, &[const { Bytes::new() }; 3], 0), expected, "{json}");
            }
        }
    }

    #[test]
    fn few_attachments_cannot_stand_for_many_bytes() {
        let attachments = [Bytes::from_static(b"abc"), Bytes::from_static(b"de")];
        let json = |numbers: &[usize]| {
            let placeholders = numbers.iter().map(|number| format!(r#"{{"_placeholder":true,"num":{number}}}"#));
            format!("[{}]", placeholders.collect::<Vec<_>>().join(","))
        };
        assert_eq!(check(&json(&[0, 1, 0, 1]), &attachments, 10), Ok(()));
        assert_eq!(check(&json(&[0, 1, 0, 0]), &attachments, 10), Err(DecodeError::AttachmentsTooLarge));
    }
}
