//! Contracts of a thousand types: each in the one before, and side by side.

use serde_json::{Map, Value, json};
use switchboard::schema::Contract;

const TYPES: usize = 1000;

fn reference(index: usize) -> Value {
    json!({ "$ref": format!("#/components/schemas/T{index}") })
}

/// A lock file with an event that is acknowledged with its argument, of type `T0`.
fn lock_file(types: impl Iterator<Item = Value>) -> String {
    let types: Map<String, Value> = types.enumerate().map(|(index, schema)| (format!("T{index}"), schema)).collect();
    let event = json!({ "name": "it", "arguments": [{ "schema": reference(0) }], "ack": [reference(0)] });
    let namespace = json!({ "path": "/", "incoming": [event], "outgoing": [] });
    json!({ "format": 1, "namespaces": [namespace], "types": types }).to_string()
}

/// Each type contains the next one twice, the last one contains `last`.
fn chain(last: &Value) -> String {
    lock_file((0..TYPES).map(|index| {
        let next = if index + 1 < TYPES { reference(index + 1) } else { last.clone() };
        let list = json!({ "type": "array", "items": next });
        json!({ "type": "object", "properties": { "next": next, "list": list }, "required": ["list", "next"] })
    }))
}

/// The first type contains all others, and each of them contains the first one.
fn star(leaf: &Value) -> String {
    lock_file((0..TYPES).map(|index| {
        let properties: Map<String, Value> = if index == 0 {
            (1..TYPES).map(|index| (format!("field{index}"), reference(index))).collect()
        } else {
            [("leaf".to_owned(), leaf.clone()), ("back".to_owned(), reference(0))].into_iter().collect()
        };
        json!({ "type": "object", "properties": properties })
    }))
}

#[test]
fn thousand_types_are_compared_and_exported() {
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
    for (before, after) in [(chain(&text), chain(&number)), (star(&text), star(&number))] {
        let (before, after) =
            (Contract::from_lock(&before).expect("a contract"), Contract::from_lock(&after).expect("a contract"));
        assert!(before.compare(&before).is_empty());
        assert!(before.compare(&after).is_breaking());
        assert_eq!(Contract::from_lock(before.lock().as_str()).expect("a contract"), before);
        assert_eq!(before.unknowns(), []);
        assert_eq!(before.warnings(), []);
        let typescript = before.typescript();
        assert_eq!(typescript.as_str().matches("export interface T").count(), TYPES);
        let asyncapi: Value = serde_json::from_str(before.asyncapi().as_str()).expect("JSON");
        assert_eq!(asyncapi["components"]["schemas"].as_object().map(Map::len), Some(TYPES));
        assert_eq!(before.html().as_str().matches("id=\"type-T").count(), TYPES);
    }
}
