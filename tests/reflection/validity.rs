//! Checks that schemas agree with serde.

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use switchboard::schema::{Direction, Schema, Schemas};

/// Returns a validator of the schema, with the definitions that it refers to.
pub(crate) fn validator(schema: &Schema, schemas: &Schemas, direction: Direction) -> Validator {
    let document = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "allOf": [schema],
        "components": { "schemas": schemas.definitions(direction) },
    });
    jsonschema::validator_for(&document).expect("the schema is one of draft 7")
}

/// The schemas of a type, and samples that its serde impls have written and read.
pub(crate) struct Case {
    pub name: &'static str,
    pub incoming: Validator,
    pub outgoing: Validator,
    /// The samples, as serde wrote them.
    pub written: Vec<Value>,
    /// Other JSON to read.
    pub others: Vec<Value>,
    pub read: fn(Value) -> bool,
}

impl Case {
    /// Checks that everything that serde writes is valid.
    pub(crate) fn writes(&self) {
        for value in &self.written {
            assert!(self.outgoing.is_valid(value), "{}: not what is sent: {value}", self.name);
        }
    }

    /// Checks that serde reads exactly the valid values: the samples, and samples with one change each.
    pub(crate) fn reads(&self) {
        let samples = self.written.iter().chain(&self.others);
        for value in samples.flat_map(changed) {
            let (valid, read) = (self.incoming.is_valid(&value), (self.read)(value.clone()));
            assert_eq!(valid, read, "{}: valid | read, of {value}", self.name);
        }
    }
}

/// Returns the value, and variants with one change each. There is no empty array, because serde reads it as a struct of
/// defaults.
fn changed(value: &Value) -> Vec<Value> {
    let mut values = vec![value.clone(), json!(null), json!(true), json!(-7), json!("other"), json!([[]]), json!({})];
    match value {
        Value::Object(object) => {
            for (key, field) in object {
                let with = |field| {
                    let mut object = object.clone();
                    object.insert(key.clone(), field);
                    Value::Object(object)
                };
                values.extend(changed(field).into_iter().map(with));
                let rest = object.iter().filter(|(other, _)| *other != key);
                values.push(rest.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into());
            }
            let more = object.clone().into_iter().chain([("another".to_owned(), json!(1))]);
            values.push(more.collect::<Map<_, _>>().into());
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let with = |item| {
                    let mut items = items.clone();
                    items[index] = item;
                    Value::Array(items)
                };
                values.extend(changed(item).into_iter().map(with));
            }
            values.push(items.iter().skip(1).cloned().collect());
            values.push(items.iter().cloned().chain([json!(1)]).collect());
        }
        _ => {}
    }
    values
}

/// `check!(Type, [samples])`, `check!(Type, [samples], [other JSON])`, `check!(sent Type, [samples])`: a macro, because
/// this crate does not depend on serde and cannot name its traits in a bound.
macro_rules! check {
    (sent $type:ty, [$($sample:expr),* $(,)?]) => {
        $crate::validity::check!(@case $type, [$($sample),*], []).writes()
    };
    ($type:ty, [$($sample:expr),* $(,)?]) => { $crate::validity::check!($type, [$($sample),*], []) };
    ($type:ty, [$($sample:expr),* $(,)?], [$($other:tt),* $(,)?]) => {{
        let case = $crate::validity::check!(@case $type, [$($sample),*], [$($other),*]);
        case.writes();
        case.reads();
    }};
    (@case $type:ty, [$($sample:expr),*], [$($other:tt),*]) => {{
        use switchboard::schema::{Direction, Schemas};
        let mut schemas = Schemas::new();
        let incoming = schemas.describe::<$type>(Direction::Incoming);
        let outgoing = schemas.describe::<$type>(Direction::Outgoing);
        $crate::validity::Case {
            name: stringify!($type),
            incoming: $crate::validity::validator(&incoming, &schemas, Direction::Incoming),
            outgoing: $crate::validity::validator(&outgoing, &schemas, Direction::Outgoing),
            written: vec![$(serde_json::to_value::<$type>($sample).unwrap()),*],
            others: vec![$(serde_json::json!($other)),*],
            read: |value| serde_json::from_value::<$type>(value).is_ok(),
        }
    }};
}
pub(crate) use check;
