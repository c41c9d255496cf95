//! How an event begins: with its name, the first element of its array.

use super::json::{self, Place};

/// What is known of an event's array from checking it, so that nobody has to look for it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: Name,
    /// Where in the JSON the name ends, closing quote included: in front of the comma or the bracket.
    pub(crate) end: u32,
    /// The first argument.
    pub(crate) argument: Option<Place>,
}

/// An event's name: part of the JSON, unless the JSON spells it with escapes. A number is named as it is spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Verbatim { start: u32, end: u32 },
    Unescaped(Box<str>),
}

impl Head {
    /// Checks that the text is JSON, no deeper than 128 levels and no larger than 4 GiB, and an array that begins with
    /// a string or a number. A string that escapes half a surrogate pair is no text, hence no name.
    pub(crate) fn of(json: &str) -> Option<Self> {
        let (first, argument) = json::check_event(json)?;
        let (start, end) = (first.at.start, first.at.end);
        let name = if first.escaped {
            Name::Unescaped(serde_json::from_str(&json[start..end]).ok()?)
        } else {
            // It fits, since the whole text does.
            let quote = u32::from(first.quoted);
            Name::Verbatim { start: start as u32 + quote, end: end as u32 - quote }
        };
        Some(Head { name, end: end as u32, argument })
    }
}

impl Name {
    pub(crate) const EMPTY: Self = Name::Verbatim { start: 0, end: 0 };

    /// The name, given the JSON that it was found in.
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
