use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::verbatim::NUMBER;
use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct File {
    name: String,
    content: Bytes,
    parts: Vec<Bytes>,
    size: Option<u64>,
}

fn file() -> File {
    let content = Bytes::from_static(b"\x00\x01\xff");
    File { name: "a \"b\"".to_owned(), parts: vec![content.clone(), Bytes::new()], content, size: None }
}

fn as_value() -> Value {
    let content = Value::from(Bytes::from_static(b"\x00\x01\xff"));
    Value::from([
        ("name", "a \"b\"".into()),
        ("content", content.clone()),
        ("parts", vec![content, Bytes::new().into()].into()),
        ("size", Value::Null),
    ])
}

#[test]
fn types_become_values_and_values_types() {
    assert_eq!(Value::from_value(&file()).unwrap(), as_value());
    assert_eq!(as_value().read::<File>().unwrap(), file());
    assert_eq!(as_value().read::<Value>().unwrap(), as_value());
    assert_eq!(Value::from_value("text").unwrap(), "text".into());
    assert_eq!(Value::from("text").read::<String>().unwrap(), "text");
    assert_eq!(
        Value::from(5).read::<(u8,)>().unwrap_err().to_string(),
        "invalid type: integer `5`, expected a tuple of size 1 at line 1 column 1"
    );
    assert!(Value::from_value(&BTreeMap::from([((1, 2), 3)])).is_err());
}

#[test]
fn what_looks_like_a_placeholder_is_never_taken_for_one() {
    let object = Value::from([("_placeholder", true.into()), ("num", 0.into())]);
    assert_eq!(object.read::<Value>().unwrap(), object);
    assert!(object.read::<Bytes>().is_err());
    let beside: Value = [object, Bytes::from_static(b"x").into()].into_iter().collect();
    assert!(beside.read::<Value>().unwrap_err().to_string().contains("_placeholder"));
}

#[test]
fn json_is_a_part_of_it() {
    let json = json!({ "a": [null, true, -1, 18_446_744_073_709_551_615_u64, 1.5, "x"], "b": {} });
    let value = Value::from(json.clone());
    assert_eq!(value, Value::from_value(&json).unwrap());
    assert_eq!(serde_json::to_string(&value).unwrap(), json.to_string());
    assert_eq!(serde_json::Value::try_from(value), Ok(json));
    assert_eq!(serde_json::Value::try_from(as_value()), Err(HoldsBinary));
}

#[test]
fn parts_are_found() {
    let value = as_value();
    assert_eq!(value["name"].as_str(), Some("a \"b\""));
    assert_eq!(value["parts"][0].as_bytes(), Some(&file().content));
    assert!(value["parts"][2].is_null() && value["nothing"]["there"][0].is_null());
    assert_eq!(value.get("nothing"), None);
    let numbers: Value = [1.5, -2.0].into_iter().collect();
    assert_eq!((numbers[0].as_f64(), numbers[0].as_i64(), numbers[1].as_u64()), (Some(1.5), None, None));
    assert_eq!(
        (Value::from(7_u8).as_i64(), Value::from(7).as_u64(), Value::from(true).as_bool()),
        (Some(7), Some(7), Some(true))
    );
    assert_eq!(serde_json::Value::try_from(Value::from(f64::NAN)), Ok(json!(null)));
    let twice = Value::Object(vec![("a".to_owned(), 1.into()), ("b".to_owned(), 2.into()), ("a".to_owned(), 3.into())]);
    assert_eq!((twice["a"].as_i64(), twice["b"].as_i64()), (Some(3), Some(2)));
    assert_eq!((Value::from(u64::MAX).as_u64(), Value::from(u64::MAX).as_i64()), (Some(u64::MAX), None));
    assert!(Value::from(None::<u8>).is_null() && Value::from(()).is_null());
}

#[test]
fn nesting_is_bounded_where_it_is_read() {
    let nested = |depth| (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    assert!(nested(127).read::<Value>().is_ok());
    assert!(nested(200).read::<Value>().is_err());
}

#[test]
fn numbers_of_any_precision_are_numbers() {
    let number = serde::de::value::MapDeserializer::<_, serde_json::Error>::new([(NUMBER, "12")].into_iter());
    assert_eq!(Value::deserialize(number).unwrap(), Value::from(12));
}
