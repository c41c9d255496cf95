//! Types of other crates that implement only serde's traits: they compile, and the schema marks them as unknown.

use crate::validity::check;
use serde_json::{Value, json};
use std::{collections::BTreeMap, ops::RangeFrom};
use switchboard::{
    prelude::*,
    schema::{Direction, Schemas, UNKNOWN},
};

/// Represents any type of another crate that implements serde's traits and has no schema.
type Foreign = RangeFrom<u8>;

#[payload]
struct Described {
    foreign: Foreign,
    maybe: Option<Foreign>,
    list: Vec<Foreign>,
    map: BTreeMap<String, Foreign>,
    tuple: (u8, Foreign),
    #[serde(default)]
    default: Option<Box<Foreign>>,
    known: String,
}

#[payload]
struct Generic<T> {
    item: T,
    foreign: Foreign,
    both: BTreeMap<String, (T, Foreign)>,
}

#[payload]
#[serde(tag = "kind")]
enum Tagged {
    Named { foreign: Foreign },
    Other,
}

#[payload]
enum Choice {
    One(Foreign),
    Two(u8, Foreign),
}

#[payload]
struct Borrowed<'a> {
    text: &'a str,
    #[serde(borrow)]
    cow: std::borrow::Cow<'a, str>,
    foreign: Foreign,
}

fn definition(of: impl FnOnce(&mut Schemas), name: &str) -> Value {
    let mut schemas = Schemas::new();
    of(&mut schemas);
    schemas.definitions(Direction::Incoming)[name].clone()
}

fn range() -> Foreign {
    3..
}

#[test]
fn fields_without_a_schema_are_unknown() {
    let described = definition(|schemas| _ = schemas.describe::<Described>(Direction::Incoming), "Described");
    let unknown = json!({ UNKNOWN: "core::ops::range::RangeFrom<u8>" });
    let fields = &described["properties"];
    assert_eq!(fields["foreign"], unknown);
    assert_eq!(fields["list"], json!({ "type": "array", "items": unknown }));
    assert_eq!(fields["map"], json!({ "type": "object", "additionalProperties": unknown }));
    assert_eq!(fields["tuple"][UNKNOWN], "(u8, core::ops::range::RangeFrom<u8>)");
    assert_eq!(fields["known"]["type"], "string");
    // Optional fields stay optional.
    assert_eq!(described["required"], json!(["foreign", "list", "map", "tuple", "known"]));
}

#[test]
fn of_generic_payloads_too() {
    let describe = |schemas: &mut Schemas| _ = schemas.describe::<Generic<String>>(Direction::Incoming);
    let generic = definition(describe, "Generic_string");
    assert_eq!(generic["properties"]["item"]["type"], "string");
    assert_eq!(generic["properties"]["foreign"], json!({ UNKNOWN: "core::ops::range::RangeFrom<u8>" }));
}

#[test]
fn the_rest_of_the_schema_stays_true() {
    check!(sent Tagged, [Tagged::Named { foreign: range() }, Tagged::Other]);
    let one = definition(|schemas| _ = schemas.describe::<Choice>(Direction::Incoming), "Choice");
    assert_eq!(one["oneOf"][0]["properties"]["One"], json!({ UNKNOWN: "core::ops::range::RangeFrom<u8>" }));
    check!(sent Choice, [Choice::One(range()), Choice::Two(1, range())]);
    let borrowed = definition(|schemas| _ = schemas.describe::<Borrowed<'_>>(Direction::Incoming), "Borrowed");
    assert_eq!(borrowed["properties"]["cow"]["type"], "string");
}
