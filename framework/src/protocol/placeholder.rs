//! Placeholders: the objects in the JSON of a binary packet that refer to its attachments.
//!
//! `{"_placeholder":true,"num":0}` refers to the first attachment. Only in binary packets is it a placeholder; in other
//! packets it is a regular object.

use std::fmt::Write;
use std::ops::Range;

use bytes::Bytes;
use memchr::memchr2_iter;

use super::decode::DecodeError;
use super::json::Scanner;

/// The key that marks a placeholder.
pub(crate) const PLACEHOLDER: &str = "_placeholder";

/// Checks that every placeholder in well-formed JSON, at any depth, has its attachment. Several placeholders may refer
/// to one attachment, and an attachment may have no placeholder. The attachments of all placeholders together must not
/// exceed `max_bytes`: each placeholder becomes a copy when it is read, and a short text can contain thousands that
/// refer to one attachment.
///
/// Returns the text with all placeholders in their usual form if any has another form: some clients write the keys in
/// another order.
pub(crate) fn check(json: &str, attachments: &[Bytes], max_bytes: usize) -> Result<Option<String>, DecodeError> {
    let mut bytes_left = max_bytes;
    let mut unusual = Vec::new();
    let walk = Walk::new(json, |found: Found| {
        let number = found.number.filter(|number| *number < attachments.len()).ok_or(DecodeError::Placeholder)?;
        let length = attachments[number].len();
        bytes_left = bytes_left.checked_sub(length).ok_or(DecodeError::AttachmentsTooLarge)?;
        if !found.is_usual {
            // Placeholders within this one are not read.
            while unusual.pop_if(|(place, _): &mut (Range<usize>, usize)| place.start > found.place.start).is_some() {}
            unusual.push((found.place, number));
        }
        Ok(())
    });
    walk.run()?;
    Ok((!unusual.is_empty()).then(|| respelled(json, &unusual)))
}

/// Returns `true` if well-formed JSON with at least `known` placeholders contains no others.
pub(crate) fn has_only(json: &[u8], known: usize) -> bool {
    // Most binary packets consist almost only of their placeholders.
    const PLACEHOLDER_LENGTH: usize = r#"{"_placeholder":true,"num":0}"#.len();
    const MARK_LENGTH: usize = r#""_placeholder":true"#.len();
    if json.len() < known * PLACEHOLDER_LENGTH + MARK_LENGTH || is_plain(json, known) {
        return true;
    }
    let mut found = 0;
    let walked = str::from_utf8(json).ok().map(|json| {
        Walk::new(json, |_| {
            found += 1;
            Ok(())
        })
        .run()
    });
    matches!(walked, Some(Ok(()))) && found == known
}

/// Returns `true` if the key of a placeholder occurs `known` times and no escape could spell it differently. This saves
/// walking through nearly all packets.
fn is_plain(json: &[u8], known: usize) -> bool {
    let mut keys = 0;
    for at in memchr2_iter(b'_', b'\\', json) {
        match json[at..].starts_with(PLACEHOLDER.as_bytes()) {
            true => keys += 1,
            false if json[at] == b'\\' => return false,
            false => {}
        }
    }
    keys == known
}

fn respelled(json: &str, unusual: &[(Range<usize>, usize)]) -> String {
    let mut text = String::with_capacity(json.len());
    let mut done = 0;
    for (place, number) in unusual {
        text.push_str(&json[done..place.start]);
        // Writing to a string cannot fail.
        let _ = write!(text, "{{\"{PLACEHOLDER}\":true,\"num\":{number}}}");
        done = place.end;
    }
    text.push_str(&json[done..]);
    text
}

/// An object that is marked as a placeholder.
struct Found {
    place: Range<usize>,
    number: Option<usize>,
    /// Has the form that nearly all clients write.
    is_usual: bool,
}

/// Walks through well-formed JSON and reports all placeholders, inner ones before those that contain them.
struct Walk<'a, F> {
    json: Scanner<'a>,
    found: F,
}

impl<'a, F: FnMut(Found) -> Result<(), DecodeError>> Walk<'a, F> {
    fn new(json: &'a str, found: F) -> Self {
        Self { json: Scanner::new(json, 0), found }
    }

    fn run(mut self) -> Result<(), DecodeError> {
        self.value().map(drop)
    }

    /// Walks through one value. Returns its text if it is neither an array nor an object. Strings and numbers are not
    /// parsed, because JSON allows values that no Rust type can represent; such values must not fail a packet unless
    /// they are read.
    fn value(&mut self) -> Result<&'a [u8], DecodeError> {
        self.json.space();
        let start = self.json.at();
        if self.json.eat(b'[') {
            while self.json.more(b']') {
                self.value()?;
            }
            Ok(b"[]")
        } else if let Some((number, length)) = usual(self.json.rest()) {
            self.json.skip(length);
            (self.found)(Found { place: start..self.json.at(), number: Some(number), is_usual: true })?;
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
                (self.found)(Found { place: start..self.json.at(), number, is_usual: false })?;
            }
            Ok(b"{}")
        } else {
            self.json.scalar().ok_or(DecodeError::Payload)
        }
    }
}

/// The number and the length of the placeholder at the start of well-formed JSON, if it has the usual form. With
/// `None`, the text may still start with a placeholder in another form.
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
                assert_eq!(check(&json, &[const { Bytes::new() }; 3], 0).map(drop), expected, "{json}");
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
        assert_eq!(check(&json(&[0, 1, 0, 1]), &attachments, 10), Ok(None));
        assert_eq!(check(&json(&[0, 1, 0, 0]), &attachments, 10), Err(DecodeError::AttachmentsTooLarge));
    }

    #[test]
    fn other_spellings_become_the_usual_one() {
        const USUAL: &str = r#"{"_placeholder":true,"num":1}"#;
        for other in [
            r#"{"num":1,"_placeholder":true}"#,
            r#"{ "_placeholder" : true , "num" : 1 }"#,
            r#"{"_plac\u0065holder":true,"num":1}"#,
            r#"{"_placeholder":true,"num":1,"more":[1,{"num":0,"_placeholder":true}]}"#,
            r#"{"first":{"num":0,"_placeholder":true},"num":1,"_placeholder":true}"#,
        ] {
            for around in [r#"["m",P]"#, r#"["m",{"a":P},P,{"num":2}, P ]"#, r#"["m",{"_placeholder":true,"num":0},P]"#]
            {
                let expected = around.replace('P', USUAL);
                let found = check(&around.replace('P', other), &[const { Bytes::new() }; 3], 0);
                assert_eq!(found, Ok(Some(expected)), "{other}");
            }
        }
        assert_eq!(check(&format!(r#"["m",{USUAL},{{"num":1}}]"#), &[const { Bytes::new() }; 2], 0), Ok(None));
    }

    #[test]
    fn objects_that_look_like_placeholders_are_counted() {
        for (json, expected) in [
            ("[]", 0),
            (r#"{"_placeholder":false,"num":0}"#, 0),
            (r#"["_placeholder",{"_placeholder":true,"num":0}]"#, 1),
            (r#"[{"_plac\u0065holder":true,"num":0},{"_placeholder":false}]"#, 1),
            (r#"[{"_placeholder":true,"num":0},{"a":{"num":9,"_placeholder":true}},{"_placeholder":true}]"#, 3),
        ] {
            for known in 0..=expected {
                assert_eq!(has_only(json.as_bytes(), known), known == expected, "{json}: {known}");
            }
        }
    }
}
