//! Traversal of JSON Schemas.

use serde_json::Value;

use crate::contract::schema::BINARY_FORMAT;
pub(super) use crate::contract::schema::{DEFINITIONS, target};

/// Returns the name that a schema refers to, if it is a reference.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(DEFINITIONS)
}

/// Returns `true` if a schema, or any schema in it, refers to a named type.
pub(super) fn has_references(schema: &Value) -> bool {
    let mut found = false;
    each(schema, &mut |schema| found |= reference(schema).is_some());
    found
}

pub(super) fn is_binary(schema: &Value) -> bool {
    schema.get("format").is_some_and(|format| format == BINARY_FORMAT)
}

/// Keywords whose value is an object of schemas.
const NAMED: [&str; 6] =
    ["properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas"];
/// Keywords whose value is a schema or a list of schemas.
const DIRECT: [&str; 15] = [
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
];

/// Calls `visit` with a schema and every schema in it. References are not followed.
pub(super) fn each<'a>(schema: &'a Value, visit: &mut impl FnMut(&'a Value)) {
    visit(schema);
    let Value::Object(keywords) = schema else { return };
    for (keyword, value) in keywords {
        match value {
            Value::Object(schemas) if NAMED.contains(&keyword.as_str()) => {
                schemas.values().for_each(|schema| each(schema, visit));
            }
            Value::Array(schemas) if DIRECT.contains(&keyword.as_str()) => {
                schemas.iter().for_each(|schema| each(schema, visit));
            }
            schema if DIRECT.contains(&keyword.as_str()) => each(schema, visit),
            _ => {}
        }
    }
}

/// Calls `change` with a schema and every schema in it, inner ones first.
pub(super) fn each_mut(schema: &mut Value, change: &mut impl FnMut(&mut Value)) {
    if let Value::Object(keywords) = schema {
        for (keyword, value) in keywords.iter_mut() {
            match value {
                Value::Object(schemas) if NAMED.contains(&keyword.as_str()) => {
                    schemas.values_mut().for_each(|schema| each_mut(schema, change));
                }
                Value::Array(schemas) if DIRECT.contains(&keyword.as_str()) => {
                    schemas.iter_mut().for_each(|schema| each_mut(schema, change));
                }
                schema if DIRECT.contains(&keyword.as_str()) => each_mut(schema, change),
                _ => {}
            }
        }
    }
    change(schema);
}

/// Returns the same value with the keys of all objects in alphabetical order. Whether `serde_json` keeps the order of
/// insertion depends on the other crates in the program.
pub(super) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}
