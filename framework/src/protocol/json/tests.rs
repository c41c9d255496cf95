//! The scanner accepts the same JSON as `serde_json`.

use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::*;
use crate::protocol::Head;

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn the_depth_is_bounded() {
    assert!(is_valid(&nested(128)));
    assert!(!is_valid(&nested(129)));
    assert!(!is_valid(&"[".repeat(1_000_000)));
    assert!(!is_valid(&r#"{"a":"#.repeat(1_000_000)));
    assert!(is_valid(&(r#"{"a":"#.repeat(128) + "1" + &"}".repeat(128))));
    assert!(!is_valid(&(r#"{"a":"#.repeat(129) + "1" + &"}".repeat(129))));
}

#[test]
fn a_string_ends_where_it_ends_at_every_offset() {
    for length in 0..40 {
        for special in ["", "\\n", "\\\\", "\\\"", "\\u00e9", "é", "\u{7f}", "€\\/"] {
            for after in 0..20 {
                let text = format!("\"{}{special}{}\"", "x".repeat(length), "y".repeat(after));
                assert!(is_valid(&text), "{text}");
                assert!(!is_valid(&text[..text.len() - 1]), "{text}");
                assert!(!is_valid(&format!("{text}\"")), "{text}");
            }
        }
        for control in ["\0", "\n", "\u{1f}"] {
            assert!(!is_valid(&format!("\"{}{control}{}\"", "x".repeat(length), "y".repeat(20))));
        }
    }
}

#[test]
fn the_elements_of_an_array_are_stepped_through() {
    let array = "[1 , 2,3 ]";
    assert_eq!(next_element(array, 1), Some(1));
    assert_eq!(next_element(array, 2), Some(5));
    assert_eq!(next_element(array, 6), Some(7));
    assert_eq!(next_element(array, 8), None);
    assert_eq!(next_element("[]", 1), None);
    assert_eq!(next_element("[1", 2), None);
    assert_eq!(next_element("[1", 9), None);
}

/// Text that is often JSON, and otherwise almost JSON.
fn tokens() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        4 => prop::sample::select(vec!["[", "]", "{", "}", ",", ":", r#""a":"#, "[]", "{}"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["true", "null", "fals", "0", "01", "-", "1.5e-3", "1.", ".5", "2E", "-0", " ", "\n"])
            .prop_map(str::to_owned),
        1 => r#""([a-z]|\\n|\\u00[0-9a-g]{2}|\\ud800|\\|é|\t)*""#,
    ];
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_scanner_agrees_with_serde_json(text in prop_oneof![tokens(), any::<String>()]) {
        prop_assert_eq!(is_valid(&text), serde_json::from_str::<IgnoredAny>(&text).is_ok(), "{}", text);
    }

    /// Scanning an event is the same pass plus the name, and must give the same result.
    #[test]
    fn an_event_is_an_array_that_begins_with_text_or_a_number(
        text in prop_oneof![tokens(), tokens().prop_map(|text| format!("[\"a\"{text}")), any::<String>()],
    ) {
        let array: Option<Vec<&RawValue>> = serde_json::from_str(&text).ok().filter(|_| text.starts_with('['));
        let name = array.and_then(|array| {
            let first = array.first()?.get();
            serde_json::from_str::<String>(first)
                .ok()
                .or_else(|| first.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| first.to_owned()))
        });
        let head = Head::of(&text);
        prop_assert_eq!(head.as_ref().map(|head| head.name.of(&text)), name.as_deref(), "{}", text);
    }

    #[test]
    fn a_value_ends_where_serde_json_ends(text in tokens(), behind in "[,\\]} ]x?") {
        let all = format!("{text}{behind}");
        let mut values = serde_json::Deserializer::from_str(&all).into_iter::<IgnoredAny>();
        let expected = values.next().and_then(Result::ok).map(|_| values.byte_offset());
        // The iterator requires a separator after a scalar.
        if let Some(expected) = expected {
            prop_assert_eq!(end_of_value(&all, 0), Some(expected), "{}", all);
        }
    }

    #[test]
    fn what_serde_json_writes_is_valid_until_it_is_cut(value in json()) {
        for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert!(is_valid(&text));
            if !value.is_number() {
                let cut = text.char_indices().last().unwrap().0;
                prop_assert!(!is_valid(&text[..cut]));
            }
        }
    }
}
