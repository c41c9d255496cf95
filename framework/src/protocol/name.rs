//! The head of an event: its name, which is the first element of its array.

use super::json::{self, Place};

/// The result of validating the array of an event. It saves searching the array again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: Name,
    /// The offset after the name, including its closing quote, and before the comma or bracket.
    pub(crate) end: u32,
    /// The first argument.
    pub(crate) argument: Option<Place>,
}

/// The name of an event: a range of the JSON, or a copy if the JSON contains escapes. A number is named by its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Verbatim { start: u32, end: u32 },
    Unescaped(Box<str>),
}

impl Head {
    /// Checks that the text is JSON with at most 128 levels and 4 GiB, and an array that starts with a string or a
    /// number. A string with an unpaired surrogate is not valid UTF-8 and therefore not a name.
    pub(crate) fn of(json: &str) -> Option<Self> {
        let (first, argument) = json::check_event(json)?;
        let (start, end) = (first.at.start, first.at.end);
        let name = if first.escaped {
            Name::Unescaped(serde_json::from_str(&json[start..end]).ok()?)
        } else {
            // The offsets fit 32 bits, because the length of the text does.
            let quote = u32::from(first.quoted);
            Name::Verbatim { start: start as u32 + quote, end: end as u32 - quote }
        };
        Some(Head { name, end: end as u32, argument })
    }
}

impl Name {
    pub(crate) const EMPTY: Self = Name::Verbatim { start: 0, end: 0 };

    /// The name. Pass the JSON in which it was found.
    #[inline]
    pub(crate) fn of<'a>(&'a self, json: &'a str) -> &'a str {
        match self {
            Name::Verbatim { start, end } => &json[*start as usize..*end as usize],
            Name::Unescaped(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_at_the_beginning_of_an_array() {
        for (array, expected) in [
            (r#"["a"]"#, Some(("a", 4))),
            (r#"[ "a" , 1]"#, Some(("a", 5))),
            (r#"["\u0061",1]"#, Some(("a", 9))),
            (r#"["\ud83d\ude00"]"#, Some(("😀", 15))),
            (r#"["é€😀"]"#, Some(("é€😀", 12))),
            (r#"["\ud83d"]"#, None),
            (r#"[""]"#, Some(("", 3))),
            ("[12,1]", Some(("12", 3))),
            ("[-1.5e3]", Some(("-1.5e3", 7))),
            ("[", None),
            ("[]", None),
            ("[null]", None),
            ("[true]", None),
            ("[[]]", None),
            ("[{}]", None),
            ("{}", None),
            ("\"a\"", None),
            (r#"["a"#, None),
            (r#"["a",]"#, None),
            (r#"["a" "b"]"#, None),
            (r#"["a"]]"#, None),
            ("", None),
        ] {
            let head = Head::of(array);
            assert_eq!(head.as_ref().map(|head| (head.name.of(array), head.end)), expected, "{array}");
        }
    }

    #[test]
    fn the_first_argument_is_found() {
        for (array, expected) in [
            (r#"["a"]"#, None),
            (r#"["a","b"]"#, Some((r#""b""#, true))),
            (r#"["a" , "" , "c"]"#, Some((r#""""#, true))),
            (r#"["a","\\","c"]"#, Some((r#""\\""#, false))),
            (r#"["a",1.5 ]"#, Some(("1.5", false))),
            (r#"[1,{"a":["b"]},[]]"#, Some((r#"{"a":["b"]}"#, false))),
        ] {
            let argument = Head::of(array).unwrap().argument;
            let found = argument.map(|place| (&array[place.start as usize..place.end as usize], place.plain));
            assert_eq!(found, expected, "{array}");
        }
    }
}
