//! Placeholders: what stands in the JSON of a binary packet where an attachment goes.
//!
//! `{"_placeholder":true,"num":0}` is the first attachment. That is an agreement about binary packets only: in a plain
//! one such an object is an object.

use super::json::Scanner;

/// The key that tells a placeholder.
pub(crate) const PLACEHOLDER: &str = "_placeholder";

/// Whether every placeholder in well-formed JSON, however deep, has one of so many attachments. Two may have the same,
/// and an attachment may have none.
pub(super) fn all_within(json: &str, attachments: usize) -> bool {
    check(&mut Scanner::new(json.as_bytes(), 0), attachments).is_some()
}

/// Goes over one value, and says how it is spelled if it is neither an array nor an object. Nothing is made of strings
/// and numbers, which JSON allows to be such as no Rust type can hold; they harm nobody who does not read them.
fn check<'a>(json: &mut Scanner<'a>, attachments: usize) -> Option<&'a [u8]> {
    json.space();
    if json.eat(b'[') {
        while json.more(b']') {
            check(json, attachments)?;
        }
        Some(b"[]")
    } else if json.eat(b'{') {
        let (mut is_placeholder, mut number) = (false, None);
        while json.more(b'}') {
            let key = json.key()?;
            let value = check(json, attachments)?;
            if key.is(PLACEHOLDER) {
                is_placeholder = value == b"true";
            } else if key.is("num") {
                number = Some(value);
            }
        }
        (!is_placeholder || index(number?)? < attachments).then_some(b"{}")
    } else {
        json.scalar()
    }
}

/// The value of a non-negative integer.
fn index(number: &[u8]) -> Option<usize> {
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
                assert_eq!(all_within(&json, 3), fine, "{json}");
            }
        }
    }
}
