//! serde's attributes above `#[payload]`, `#[event]` and derives.

use serde::{Deserialize, Serialize};
use switchboard::prelude::*;

#[serde(rename_all = "camelCase")]
#[payload]
#[derive(Clone)]
struct Above {
    first_name: String,
    #[serde(default)]
    age: u8,
}

/// With documentation in between.
#[serde(tag = "kind")]
#[allow(dead_code)]
#[payload]
#[serde(rename_all = "lowercase")]
enum Both {
    One { number: u8 },
    Two,
}

#[serde(rename_all = "camelCase")]
#[event("moved")]
struct Moved {
    to_place: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Derived {
    first_name: String,
}

#[test]
fn serde_reads_the_attributes() {
    let above = Above { first_name: "Ann".to_owned(), age: 7 };
    assert_eq!(serde_json::to_string(&above).unwrap(), r#"{"firstName":"Ann","age":7}"#);
    assert_eq!(serde_json::to_string(&Both::One { number: 1 }).unwrap(), r#"{"kind":"one","number":1}"#);
    let moved = Moved { to_place: "Ulm".to_owned() };
    assert_eq!(serde_json::to_string(&moved).unwrap(), r#"{"toPlace":"Ulm"}"#);
    let derived = Derived { first_name: "Ann".to_owned() };
    assert_eq!(serde_json::to_string(&derived).unwrap(), r#"{"firstName":"Ann"}"#);
}
