//! The contract of one event as JSON, with the schemas of the lock file.

use crate::{Case, cases};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use switchboard::schema::Contract;

/// The contract of one generated type.
#[derive(Clone, Debug)]
pub struct Description {
    /// The namespace's types, by name.
    pub types: Map<String, Value>,
    /// The schema of the values that clients send.
    pub incoming: Value,
    /// The schema of the values that the server sends.
    pub outgoing: Value,
    event: Value,
}

/// Returns the generated types with their contracts.
pub fn described() -> Vec<(Case, Description)> {
    let mut groups: BTreeMap<usize, Value> = BTreeMap::new();
    let describe = |case: Case| {
        let lock = groups.entry(case.group).or_insert_with(|| parse((case.contract)().lock().as_str()));
        (case, Description::of(lock, case.event))
    };
    cases().into_iter().map(describe).collect()
}

fn parse(lock: &str) -> Value {
    serde_json::from_str(lock).expect("the lock file is JSON")
}

impl Description {
    /// Reads the lock file of a contract with one namespace, for an event that takes a list of values and is
    /// acknowledged with one.
    fn of(lock: &Value, event: &str) -> Self {
        let events = lock["namespaces"][0]["incoming"].as_array().expect("a list of events");
        let event = events.iter().find(|found| found["name"] == event).expect("the event");
        Self {
            types: lock["types"].as_object().expect("the types").clone(),
            incoming: event["arguments"][0]["schema"]["items"].clone(),
            outgoing: event["ack"][0]["items"].clone(),
            event: event.clone(),
        }
    }

    /// Returns the contract of a server with this event only, under the name `it`.
    pub fn contract(&self) -> Contract {
        let mut event = self.event.clone();
        event["name"] = "it".into();
        let namespace = json!({ "path": "/", "incoming": [event], "outgoing": [] });
        let lock = json!({ "format": 1, "namespaces": [namespace], "types": self.types });
        Contract::from_lock(&lock.to_string()).expect("the lock file of one event")
    }

    /// Returns a validator of one of the schemas.
    pub fn validator(&self, schema: &Value) -> Validator {
        let mut document = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "allOf": [schema],
            "components": { "schemas": self.types },
        });
        bounded(&mut document);
        jsonschema::validator_for(&document).expect("the schema is one of draft 7")
    }

    /// Returns a validator of the values that the server sends, for a client that ignores unknown fields.
    pub fn client(&self) -> Validator {
        let mut open = self.clone();
        opened(&mut open.outgoing);
        open.types.values_mut().for_each(opened);
        open.validator(&open.outgoing)
    }
}

/// Returns the least and the greatest value of an integer of this format.
pub(crate) fn bounds(format: &str) -> Option<(Value, Value)> {
    Some(match format {
        "uint8" => (u8::MIN.into(), u8::MAX.into()),
        "uint16" => (u16::MIN.into(), u16::MAX.into()),
        "uint32" => (u32::MIN.into(), u32::MAX.into()),
        "uint64" => (u64::MIN.into(), u64::MAX.into()),
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" => (i64::MIN.into(), i64::MAX.into()),
        _ => return None,
    })
}

/// Adds the range that an integer's format implies, because validators ignore such formats.
fn bounded(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            if let Some((least, most)) = keywords.get("format").and_then(Value::as_str).and_then(bounds) {
                keywords.entry("minimum").or_insert(least);
                keywords.entry("maximum").or_insert(most);
            }
            keywords.values_mut().for_each(bounded);
        }
        Value::Array(items) => items.iter_mut().for_each(bounded),
        _ => {}
    }
}

fn opened(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            if keywords.get("additionalProperties") == Some(&Value::Bool(false))
                && !keywords.contains_key("patternProperties")
            {
                keywords.remove("additionalProperties");
            }
            keywords.values_mut().for_each(opened);
        }
        Value::Array(items) => items.iter_mut().for_each(opened),
        _ => {}
    }
}
