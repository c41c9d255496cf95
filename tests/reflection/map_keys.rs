//! Maps: the keys that a contract allows are those that serde writes and reads.

use crate::validity::check;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, DefaultHasher},
    net::Ipv4Addr,
    num::NonZeroU8,
    sync::Arc,
};
use switchboard::{
    Digits,
    prelude::*,
    schema::{Contract, Direction, Schemas},
};

/// With comments at its variants, which have schemas of their own then.
#[payload]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Side {
    /// West.
    Left,
    /// East.
    #[serde(rename = "to the right")]
    Right,
}

/// Only the first can be a key.
#[payload]
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Nowhere,
    At(u8),
}

#[payload]
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Newtype(Side);

#[payload]
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Number(u16);

#[payload]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
#[serde(into = "String", try_from = "String")]
struct Spelled(u8, u8);

impl From<Spelled> for String {
    fn from(Spelled(x, y): Spelled) -> Self {
        format!("{x}:{y}")
    }
}

impl TryFrom<String> for Spelled {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (x, y) = text.split_once(':').ok_or("no colon")?;
        let number = |text: &str| text.parse().map_err(|_| text.to_owned());
        Ok(Self(number(x)?, number(y)?))
    }
}

#[payload]
#[derive(Default)]
struct Maps {
    sides: BTreeMap<Side, u8>,
    newtypes: BTreeMap<Newtype, u8>,
    flags: BTreeMap<bool, u8>,
    letters: BTreeMap<char, u8>,
    places: BTreeMap<Place, u8>,
    nonzero: BTreeMap<NonZeroU8, u8>,
    nested: Option<HashMap<Side, BTreeMap<bool, u8>, BuildHasherDefault<DefaultHasher>>>,
    digits: BTreeMap<Digits<i8>, u8>,
}

#[test]
fn keys_in_a_contract_are_those_that_serde_writes_and_reads() {
    let maps = Maps {
        sides: BTreeMap::from([(Side::Left, 1), (Side::Right, 2)]),
        newtypes: BTreeMap::from([(Newtype(Side::Right), 1)]),
        flags: BTreeMap::from([(true, 1), (false, 2)]),
        letters: BTreeMap::from([('ß', 1), ('\n', 2), ('😀', 3)]),
        places: BTreeMap::from([(Place::Nowhere, 1)]),
        nonzero: BTreeMap::from([(NonZeroU8::MAX, 1)]),
        nested: Some(HashMap::from_iter([(Side::Left, BTreeMap::from([(true, 1)]))])),
        digits: BTreeMap::from([((-7).into(), 1)]),
    };
    check!(Maps, [Maps::default(), maps]);
}

/// Text of any kind, and numbers: schemars describes those as serde writes them.
#[payload]
struct Texts {
    strings: BTreeMap<String, u8>,
    shared: HashMap<Arc<str>, u8>,
    addresses: HashMap<Ipv4Addr, u8>,
    numbers: BTreeMap<Number, u8>,
    spelled: BTreeMap<Spelled, u8>,
    unsigned: BTreeMap<u128, u8>,
    signed: BTreeMap<i128, u8>,
}

#[test]
fn text_and_numbers_are_keys() {
    check!(sent Texts, [Texts {
        strings: BTreeMap::from([("a".into(), 1)]),
        shared: HashMap::from([("a".into(), 1)]),
        addresses: HashMap::from([(Ipv4Addr::LOCALHOST, 1)]),
        numbers: BTreeMap::from([(Number(7), 1)]),
        spelled: BTreeMap::from([(Spelled(1, 2), 1)]),
        unsigned: BTreeMap::from([(u128::MAX, 1)]),
        signed: BTreeMap::from([(i128::MIN, 1)]),
    }]);
    let mut schemas = Schemas::new();
    schemas.describe::<Texts>(Direction::Incoming);
    let texts = &schemas.definitions(Direction::Incoming)["Texts"]["properties"];
    for (field, key) in [("numbers", "^\\d+$"), ("unsigned", "^\\d+$"), ("signed", "^-?\\d+$")] {
        assert_eq!(texts[field]["patternProperties"].as_object().unwrap().keys().collect::<Vec<_>>(), [key]);
        assert_eq!(texts[field]["additionalProperties"], false);
    }
}

#[event("moved", ack = BTreeMap<bool, u8>)]
struct Moved(BTreeMap<Side, u8>, Option<BTreeMap<char, u8>>);

struct Board;

#[namespace("/board", emits(Moved))]
impl Board {
    #[on("place")]
    fn place(&self, by_side: HashMap<Side, u8>, maybe: Option<BTreeMap<bool, u8>>) -> Result<HashMap<Side, u8>, u8> {
        let _ = maybe;
        Ok(by_side)
    }
}

#[test]
fn keys_of_arguments_and_answers_are_described() {
    let mut schemas = Schemas::new();
    let board = Board::schema(&mut schemas);
    let names = |schema: &Value| -> Vec<String> { schema["properties"].as_object().unwrap().keys().cloned().collect() };
    let place = &board.incoming[0];
    assert_eq!(names(place.arguments[0].schema.as_value()), ["Left", "to the right"]);
    assert_eq!(place.arguments[1].schema.as_value()["anyOf"][0]["properties"], Value::Null);
    assert!(place.arguments[1].optional);
    assert_eq!(names(place.ack[0].as_value()), ["Left", "to the right"]);
    let moved = &board.outgoing[0];
    assert_eq!(names(moved.arguments[0].schema.as_value()), ["Left", "to the right"]);
    assert_eq!(names(moved.ack[0].as_value()), ["false", "true"]);
    let typescript = Contract::of::<Board>().typescript().to_string();
    for expected in [
        r#"by_side: { Left?: number; "to the right"?: number }"#,
        "maybe: { false?: number; true?: number } | null",
        r#"arg1: { Left?: number; "to the right"?: number }"#,
        "arg2: Record<string, number> | null",
    ] {
        assert!(typescript.contains(expected), "{typescript}");
    }
}
