//! Round trips of values through MessagePack, with the same results as for JSON.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::translate::date;
use super::*;
use crate::protocol::{Decoder, Parser};
use crate::wire::{Arguments, Payload, RawJson, acknowledged};

/// A received event whose arguments are these bytes.
fn arguments(count: u8, bytes: &[u8]) -> Arguments {
    received([b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data", &[0x91 + count][..], b"\xa4name", bytes].concat())
}

fn received(message: Vec<u8>) -> Arguments {
    let mut decoder = Decoder::new(0, 0).with(Parser::MessagePack);
    Arguments::of(&mut decoder.binary(message.into()).unwrap().unwrap()).unwrap()
}

/// Sends a value as an event and as an acknowledgement. Returns the two values read.
fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> [T; 2] {
    let mut event = b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data".to_vec();
    pack_event(&mut event, "name", value).unwrap();
    let mut answer = b"\x84\xa4type\x03\xa3nsp\xa1/\xa2id\x01\xa4data".to_vec();
    pack_answer(&mut answer, value).unwrap();
    let mut decoder = Decoder::new(0, 0).with(Parser::MessagePack);
    let answer = Payload::of(&mut decoder.binary(answer.into()).unwrap().unwrap()).unwrap();
    [received(event).all().unwrap(), acknowledged(&answer).unwrap()]
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    unit: (),
    flag: bool,
    small: i8,
    large: u64,
    huge: i128,
    float: f64,
    single: f32,
    letter: char,
    text: String,
    data: Bytes,
    maybe: Option<Box<Everything>>,
    list: Vec<Choice>,
    pair: (u8, String),
    by_number: BTreeMap<i32, bool>,
    by_flag: BTreeMap<bool, Newtype>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Newtype(u16);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Several(u8, Bytes, Option<String>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Unit,
    Newtype(Bytes),
    Tuple(u8, String),
    Struct { a: Option<u8> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Anything {
    Nothing,
    Flag(bool),
    Number(i64),
    Float(f64),
    /// Before `Data`, which can also be read from an array of numbers.
    List(Vec<Anything>),
    Data(Bytes),
}

fn everything() -> Everything {
    Everything {
        unit: (),
        flag: true,
        small: -100,
        large: u64::MAX,
        huge: -5,
        float: 0.1,
        single: 0.1,
        letter: 'é',
        text: "x".repeat(300),
        data: Bytes::from(vec![7; 300]),
        maybe: None,
        list: vec![
            Choice::Unit,
            Choice::Newtype(Bytes::from_static(b"")),
            Choice::Tuple(1, "ü".to_owned()),
            Choice::Struct { a: None },
        ],
        pair: (1, "b".to_owned()),
        by_number: BTreeMap::from([(-1, true), (7, false)]),
        by_flag: BTreeMap::from([(true, Newtype(1))]),
        rest: BTreeMap::from([("more".to_owned(), json!({ "a": [1, null, "x"] }))]),
    }
}

#[test]
fn values_of_every_kind_come_back() {
    let inner = everything();
    let outer = Everything { maybe: Some(Box::new(inner.clone())), ..inner.clone() };
    for value in [inner, outer] {
        assert_eq!(round_trip(&value), [value.clone(), value]);
    }
    assert_eq!(round_trip(&Several(1, Bytes::from_static(b"x"), None))[1], Several(1, Bytes::from_static(b"x"), None));
    assert_eq!(round_trip(&()), [(), ()]);
    assert_eq!(round_trip(&vec![0_u16; 70_000])[0].len(), 70_000);
    // Integers beyond 64 bits become floats, as in JavaScript.
    let mut out = Vec::new();
    pack_answer(&mut out, &(u128::MAX, i128::MIN)).unwrap();
    let expected =
        [b"\x91\x92\xcb".as_slice(), &(u128::MAX as f64).to_be_bytes(), b"\xcb", &(i128::MIN as f64).to_be_bytes()];
    assert_eq!(out, expected.concat());
}

/// As in JSON, where JavaScript writes them as `null`.
#[test]
fn floats_that_are_not_finite_are_no_numbers() {
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for error in [pack_answer(&mut Vec::new(), &(1, float)), pack_answer(&mut Vec::new(), &[float as f32])] {
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with(&format!("the float {float} cannot be sent as a number")), "{error}");
        }
        let bytes = [b"\xcb".as_slice(), &float.to_be_bytes()].concat();
        let mut event = arguments(1, &bytes);
        let mark = event.mark();
        let error = event.next::<f64>().unwrap_err().to_string();
        assert!(error.starts_with("argument 1: invalid value: floating point"), "{error}");
        event.go_back(mark);
        assert_eq!(event.next::<Option<f64>>(), Ok(None));
        event.go_back(mark);
        assert!(event.next::<Lenient>().unwrap().0.is_nan());
        event.go_back(mark);
        assert_eq!(event.raw(), r#"["name",null]"#);
        // A value of any shape is not described, and keeps it.
        let value = event.next::<crate::Value>().unwrap();
        assert_eq!(value.as_f64().map(f64::to_bits), Some(float.to_bits()));
        let mut out = Vec::new();
        pack_answer(&mut out, &value).unwrap();
        assert_eq!(out, [b"\x91", &bytes[..]].concat());
    }
    let mut out = Vec::new();
    pack_answer(&mut out, &Lenient(f64::NAN)).unwrap();
    assert_eq!(out, b"\x91\xc0");
}

#[derive(Debug, Serialize, Deserialize)]
struct Lenient(#[serde(with = "crate::float_or_null")] f64);

#[test]
fn keys_are_read_as_in_json() {
    fn key<K: DeserializeOwned + Ord>(text: &str) -> bool {
        let packed = [b"\x81\xd9", &[text.len() as u8][..], text.as_bytes(), b"\x01"].concat();
        let read = arguments(1, &packed).next::<BTreeMap<K, u8>>().is_ok();
        let json = serde_json::from_value::<BTreeMap<K, u8>>(json!({ text: 1 })).is_ok();
        let text = serde_json::from_str::<BTreeMap<K, u8>>(&json!({ text: 1 }).to_string()).is_ok();
        assert_eq!((read, text), (text, json));
        read
    }
    for (text, integer) in [
        ("7", true),
        ("-7", false),
        ("+7", false),
        ("07", false),
        ("7.0", false),
        (" 7", false),
        ("7 ", false),
        ("", false),
        ("256", false),
    ] {
        assert_eq!(key::<u8>(text), integer, "{text:?}");
        assert_eq!(key::<Newtype>(text), integer || text == "256", "{text:?}");
    }
    assert!(key::<i128>("-170141183460469231731687303715884105728") && !key::<i64>("9223372036854775808"));
    assert!(key::<bool>("true") && !key::<bool>("1") && key::<char>("é") && !key::<char>("ab"));
    assert!(key::<Option<u8>>("7") && !key::<Option<u8>>("null") && !key::<(u8, u8)>("7") && !key::<()>("null"));
}

#[test]
fn arguments_are_read_one_after_the_other() {
    let mut event = arguments(6, b"\x01\xa1x\xd4\0\0\x81\xa1a\x02\xc4\x02hi\xc0");
    assert_eq!((event.name(), event.size()), ("name", 20));
    assert_eq!(event.raw(), r#"["name",1,"x",null,{"a":2},{"_placeholder":true,"num":0},null]"#);
    assert_eq!(event.next(), Ok(1_u8));
    assert_eq!(event.next(), Ok("x".to_owned()));
    assert_eq!(event.next(), Ok(None::<u8>));
    assert_eq!(event.next(), Ok(BTreeMap::from([("a".to_owned(), 2)])));
    assert_eq!(event.next(), Ok(Bytes::from_static(b"hi")));
    assert_eq!(event.next(), Ok(json!(null)));
    assert_eq!(event.next(), Ok(None::<u8>));
    assert_eq!(event.next::<u8>().unwrap_err().to_string(), "argument 8 is missing");
}

#[test]
fn a_unit_variant_may_be_an_object() {
    let mut event = arguments(3, b"\x81\xa4Unit\xc0\xa4Unit\xc4\x02hi");
    assert_eq!(event.next(), Ok(Choice::Unit));
    assert_eq!(event.next(), Ok(Choice::Unit));
    assert_eq!(event.next(), Ok(Bytes::from_static(b"hi")));
}

#[test]
fn an_argument_that_does_not_fit_is_named_as_with_json() {
    let error = |bytes: &[u8]| arguments(1, bytes).next::<String>().unwrap_err().to_string();
    assert_eq!(error(b"\x01"), "argument 1: invalid type: integer `1`, expected a string");
    assert_eq!(error(b"\xc4\x01x"), "argument 1: invalid type: byte array, expected a string");
    let error = |bytes: &[u8]| arguments(1, bytes).next::<Bytes>().unwrap_err().to_string();
    assert_eq!(error(b"\xa1x"), r#"argument 1: invalid type: string "x", expected binary data"#);
    assert_eq!(error(b"\x91\x01"), "argument 1: invalid type: sequence, expected binary data");
    assert_eq!(
        arguments(1, b"\x93\x01\x02\x03").next::<(u8, u8)>().unwrap_err().to_string(),
        "argument 1: too many elements"
    );
    assert!(arguments(1, b"\x82\xa4Unit\xc0\xa4Unit\xc0").next::<Choice>().is_err());
    assert!(arguments(1, b"\x81\xa4Unit\xc4\x01x").next::<Choice>().is_err());
    // The next argument can still be read, because the failed read did not advance.
    let mut event = arguments(1, b"\x05");
    assert!(event.next::<String>().is_err());
    assert_eq!(event.next(), Ok(5));
}

#[test]
fn an_object_that_looks_like_a_placeholder_is_an_object() {
    const OBJECT: &[u8] = b"\x82\xac_placeholder\xc3\xa3num\0";
    let object = json!({ "_placeholder": true, "num": 0 });
    let with_data = [OBJECT, b"\xc4\x02hi"].concat();
    let mut event = arguments(2, &with_data);
    assert_eq!(event.next(), Ok(object.clone()));
    assert_eq!(event.next(), Ok(Bytes::from_static(b"hi")));
    assert!(arguments(1, OBJECT).next::<Bytes>().is_err());
    // Converted to JSON, only attachments resemble placeholders.
    assert_eq!(arguments(1, OBJECT).raw(), format!(r#"["name",{object}]"#));
    assert_eq!(arguments(2, &with_data).raw(), r#"["name",{"num":0},{"_placeholder":true,"num":0}]"#);
    assert_eq!(arguments(1, OBJECT).next::<RawJson>().unwrap().as_str(), object.to_string());
}

#[test]
fn raw_json_is_translated() {
    #[derive(Serialize, Deserialize)]
    struct Inside {
        raw: RawJson,
    }

    let bytes = b"\x82\xa1a\x92\x01\xcb\x3f\xf8\0\0\0\0\0\0\xa1b\x92\x01\x02";
    let json = r#"{"a":[1,1.5],"b":[1,2]}"#;
    assert_eq!(arguments(1, bytes).next::<RawJson>().unwrap().as_str(), json);
    let with_data = b"\x81\xa1a\x92\x01\xc4\x02\x01\x02";
    assert!(arguments(1, with_data).next::<RawJson>().unwrap_err().to_string().contains("use `switchboard::Value`"));
    let inside = [b"\x81\xa3raw", &bytes[..]].concat();
    assert_eq!(arguments(1, &inside).next::<Inside>().unwrap().raw.as_str(), json);

    let mut out = Vec::new();
    pack_answer(
        &mut out,
        &(RawJson::parse(r#"{"a":[1,1.5]}"#).unwrap(), Inside { raw: RawJson::parse("1e999").unwrap() }),
    )
    .unwrap();
    assert_eq!(out, b"\x91\x92\x81\xa1a\x92\x01\xcb\x3f\xf8\0\0\0\0\0\0\x81\xa3raw\xcb\x7f\xf0\0\0\0\0\0\0");
    let deep = RawJson::parse("[".repeat(200) + &"]".repeat(200)).unwrap();
    assert!(pack_answer(&mut Vec::new(), &deep).is_err());
}

#[test]
fn what_json_has_no_word_for_has_none_here() {
    assert!(pack_answer(&mut Vec::new(), &BTreeMap::from([((1, 2), 3)])).is_err());
}

#[test]
fn dates_are_written_as_javascript_writes_them() {
    for (time, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_700_000_000_123, "2023-11-14T22:13:20.123Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
        (8_640_000_000_000_000, "+275760-09-13T00:00:00.000Z"),
        (-8_640_000_000_000_000, "-271821-04-20T00:00:00.000Z"),
    ] {
        assert_eq!(date(time), text);
    }
    // These are not valid dates in JavaScript. They must not cause a panic either.
    assert!(date(i64::MAX).len() + date(i64::MIN).len() > 40);
}

fn anything() -> impl Strategy<Value = Anything> {
    let leaf = prop_oneof![
        Just(Anything::Nothing),
        any::<bool>().prop_map(Anything::Flag),
        any::<i64>().prop_map(Anything::Number),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Anything::Float),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(|data| Anything::Data(data.into())),
    ];
    leaf.prop_recursive(4, 40, 20, |inner| prop::collection::vec(inner, 0..20).prop_map(Anything::List))
}

proptest! {
    #[test]
    fn anything_comes_back(value in anything()) {
        prop_assert_eq!(round_trip(&vec![value.clone()]), [vec![value.clone()], vec![value]]);
    }

    /// Every accepted message can be read in every way.
    #[test]
    fn what_is_taken_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let message = [b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1a", &bytes[..]].concat();
        let mut decoder = Decoder::new(0, 0).with(Parser::MessagePack);
        let Ok(Some(mut packet)) = decoder.binary(message.clone().into()) else { return Ok(()) };
        let event = Arguments::of(&mut packet).unwrap();
        prop_assert!(serde_json::from_str::<Value>(event.raw()).is_ok(), "{}", event.raw());
        prop_assert!(received(message.clone()).next::<RawJson>().is_ok());
        prop_assert!(received(message.clone()).next::<serde::de::IgnoredAny>().is_ok());
        let _ = received(message.clone()).next::<Anything>();
        let _ = received(message).next::<Value>();
    }
}
