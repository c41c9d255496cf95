//! Without attachments, arguments are read as by serde_json.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Scalars {
    flag: bool,
    integers: (i8, i16, i32, i64, u8, u16, u32, u64),
    letter: char,
    float: f64,
    text: String,
    unit: (),
    option: Option<Box<Scalars>>,
    map: BTreeMap<i32, Vec<String>>,
}

fn scalars() -> impl Strategy<Value = Scalars> {
    let level = || {
        (
            any::<bool>(),
            any::<(i8, i16, i32, i64, u8, u16, u32, u64)>(),
            any::<char>(),
            prop::num::f64::NORMAL,
            any::<String>(),
            prop::collection::btree_map(any::<i32>(), prop::collection::vec(any::<String>(), 0..3), 0..3),
        )
            .prop_map(|(flag, integers, letter, float, text, map)| Scalars {
                flag,
                integers,
                letter,
                float,
                text,
                unit: (),
                option: None,
                map,
            })
    };
    (level(), prop::option::of(level())).prop_map(|(outer, inner)| Scalars { option: inner.map(Box::new), ..outer })
}

/// Reads a text as an argument, and compares the result with serde_json's.
fn same_as_serde_json<T: DeserializeOwned + PartialEq + std::fmt::Debug>(text: &str) {
    let read = arguments(&format!(r#"["name",{text},1]"#)).next::<T>();
    match serde_json::from_str::<T>(text) {
        Ok(value) => assert_eq!(read, Ok(value), "{text}"),
        Err(error) => assert!(read.is_err(), "{text}: {error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn values_come_back(value in scalars()) {
        // By default, serde_json parses floats exactly except for the last digit.
        let text = serde_json::to_string(&value).unwrap();
        let expected: Scalars = serde_json::from_str(&text).unwrap();
        for read in round_trip(&value) {
            prop_assert_eq!(&read, &expected);
        }
    }

    #[test]
    fn every_type_reads_what_serde_json_reads(text in prop::sample::select(vec![
        "0", "-1", "256", "1.5", "-0", "1e3", "18446744073709551615", "18446744073709551616", "true", "null",
        r#""""#, r#""a""#, r#""\u00e9\n""#, r#""ab""#, "[]", "[1]", "[1,2]", r#"["a",null]"#, "{}", r#"{"a":1}"#,
        r#"{"1":2}"#, r#"{"a":null,"b":[{}]}"#, r#"{"Ok":1}"#, r#"{"Err":"x"}"#, r#"{"_placeholder":true,"num":0}"#,
    ])) {
        same_as_serde_json::<u8>(text);
        same_as_serde_json::<i64>(text);
        same_as_serde_json::<u128>(text);
        same_as_serde_json::<f64>(text);
        same_as_serde_json::<bool>(text);
        same_as_serde_json::<char>(text);
        same_as_serde_json::<String>(text);
        same_as_serde_json::<()>(text);
        same_as_serde_json::<Option<u8>>(text);
        same_as_serde_json::<Vec<u8>>(text);
        same_as_serde_json::<(u8, u8)>(text);
        same_as_serde_json::<HashMap<String, Value>>(text);
        same_as_serde_json::<BTreeMap<u8, u8>>(text);
        same_as_serde_json::<Result<u8, String>>(text);
        same_as_serde_json::<Value>(text);
    }
}
