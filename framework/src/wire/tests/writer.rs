//! Values are written as by serde_json, except for floats that are not finite.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use proptest::prelude::*;
use serde::Serializer;
use serde_json::Value;

use super::*;

fn same_as_serde_json<T: Serialize + ?Sized>(value: &T) -> Result<(), TestCaseError> {
    let mut written = Written::default();
    let result = write_answer(&mut written, &(value,));
    match serde_json::to_string(&[(value,)]) {
        Ok(expected) => prop_assert_eq!(written.json(), expected),
        Err(error) => prop_assert_eq!(result.map_err(|error| error.to_string()), Err(error.to_string())),
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
enum Letter {
    A,
    #[serde(rename = "b\"b")]
    B,
}

#[derive(Serialize)]
enum Shape {
    Unit,
    Newtype(Letter),
    Tuple(u8, Option<Letter>),
    Struct { a: i8, b: Option<Box<Shape>> },
    NoFields {},
    NoElements(),
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Newtype<T>(T);

#[derive(Serialize)]
struct Pair(u8, Unit);

#[derive(Serialize)]
struct Named {
    #[serde(rename = "é\n")]
    a: Pair,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<()>,
    #[serde(flatten)]
    rest: BTreeMap<char, Shape>,
}

#[test]
fn every_kind_of_value_is_written() -> Result<(), TestCaseError> {
    let shape = || Shape::Struct { a: -1, b: Some(Box::new(Shape::Tuple(1, Some(Letter::B)))) };
    same_as_serde_json(&[shape(), Shape::Unit, Shape::Newtype(Letter::A), Shape::NoFields {}, Shape::NoElements()])?;
    same_as_serde_json(&(Unit, (), [(); 0], Newtype(Newtype(1)), Vec::<u8>::new(), None::<u8>, Some(Some(1))))?;
    for b in [None, Some(())] {
        same_as_serde_json(&Named { a: Pair(1, Unit), b, rest: BTreeMap::from([('"', shape()), ('a', Shape::Unit)]) })?;
    }
    same_as_serde_json(&Named { a: Pair(1, Unit), b: None, rest: BTreeMap::new() })?;
    same_as_serde_json(&(u128::MAX, i128::MIN, u64::MAX, i64::MIN, i8::MIN, true, '\n', '😀'))?;
    same_as_serde_json(&[-0.0, 1.0, 1e300, 5e-324, 0.1])?;
    same_as_serde_json(&[1.0, 0.1, f32::MAX])?;
    same_as_serde_json(&Duration::from_millis(1500))?;
    same_as_serde_json(&format_args!("{}\n{}", 1, "é"))
}

#[test]
fn keys_are_those_of_serde_json() -> Result<(), TestCaseError> {
    same_as_serde_json(&BTreeMap::from([("a", 1), ("", 2), ("\"\u{1}é", 3)]))?;
    same_as_serde_json(&BTreeMap::from([(-1, 1), (2, 3)]))?;
    same_as_serde_json(&BTreeMap::from([(u128::MAX, 1)]))?;
    same_as_serde_json(&BTreeMap::from([(true, 1), (false, 2)]))?;
    same_as_serde_json(&BTreeMap::from([('a', 1), ('\n', 2)]))?;
    same_as_serde_json(&BTreeMap::from([(Letter::A, 1), (Letter::B, 2)]))?;
    same_as_serde_json(&BTreeMap::from([(Newtype("a"), 1)]))?;
    same_as_serde_json(&BTreeMap::from([(Some("a"), 1)]))?;
    same_as_serde_json(&BTreeMap::from([(None::<u8>, 1)]))?;
    same_as_serde_json(&BTreeMap::from([((), 1)]))?;
    same_as_serde_json(&BTreeMap::from([((1, 2), 1)]))?;
    same_as_serde_json(&BTreeMap::from([(vec![1], 1)]))?;
    same_as_serde_json(&HashMap::<u8, u8>::new())?;

    struct Floats(f64);
    impl Serialize for Floats {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([(1.5, 1), (self.0, 2)])
        }
    }
    same_as_serde_json(&Floats(2.5))?;
    same_as_serde_json(&Floats(f64::NAN))
}

#[test]
fn errors_are_told_in_the_words_of_the_type() -> Result<(), TestCaseError> {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    same_as_serde_json(&[Broken])
}

/// Like serde_json's `Number` with the feature `arbitrary_precision`.
#[test]
fn numbers_of_any_length_are_written_as_they_are() {
    #[derive(Serialize)]
    #[serde(rename = "$serde_json::private::Number")]
    struct Number {
        #[serde(rename = "$serde_json::private::Number")]
        digits: &'static str,
    }
    assert_eq!(Written::answer(&[Number { digits: "1e999" }]).json(), "[[1e999]]");
}

fn text() -> impl Strategy<Value = String> {
    // Long plain parts with a few characters to escape.
    prop::collection::vec(
        prop_oneof![3 => "[a-zé😀 ]{0,80}", 1 => any::<String>(), 1 => "[\\x00-\\x1f\"\\\\/\x7f]{0,3}"],
        0..5,
    )
    .prop_map(|parts| parts.concat())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_string_is_written_as_serde_json_does(text in text()) {
        same_as_serde_json(&text)?;
    }

    #[test]
    fn every_value_is_written_as_serde_json_does(value in value()) {
        same_as_serde_json(&value)?;
    }
}
