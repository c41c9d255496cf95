//! Ways through a JSON Schema.

use serde_json::Value;

use crate::contract::schema::BINARY_FORMAT;

/// Where references lead: `#/components/schemas/Name`.
pub(super) const DEFINITIONS: &str = "#/components/schemas/";

/// The name that a schema refers to, if it is a reference.
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

/// Whether the only value is `null`.
pub(super) fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// Calls `visit` with a schema and every schema in it. References are not followed.
pub(super) fn each<'a>(schema: &'a Value, visit: &mut impl FnMut(&'a Value)) {
    visit(schema);
    let Value::Object(keywords) = schema else { return };
    for (keyword, value) in keywords {
        match (keyword.as_str(), value) {
            ("properties" | "patternProperties" | "definitions", Value::Object(schemas)) => {
                schemas.values().for_each(|schema| each(schema, visit));
            }
            ("items" | "allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().for_each(|schema| each(schema, visit));
            }
            ("items" | "additionalItems" | "additionalProperties" | "not" | "if" | "then" | "else", schema) => {
                each(schema, visit);
            }
            _ => {}
        }
    }
}

/// Calls `change` with a schema and every schema in it, inner ones first.
pub(super) fn each_mut(schema: &mut Value, change: &mut impl FnMut(&mut Value)) {
    if let Value::Object(keywords) = schema {
        for (keyword, value) in keywords.iter_mut() {
            match (keyword.as_str(), value) {
                ("properties" | "patternProperties" | "definitions", Value::Object(schemas)) => {
                    schemas.values_mut().for_each(|schema| each_mut(schema, change));
                }
                ("items" | "allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                    schemas.iter_mut().for_each(|schema| each_mut(schema, change));
                }
                ("items" | "additionalItems" | "additionalProperties" | "not" | "if" | "then" | "else", schema) => {
                    each_mut(schema, change);
                }
                _ => {}
            }
        }
    }
    change(schema);
}

/// The same value with the keys of all objects in alphabetical order: whether `serde_json` keeps them in the order of
/// insertion depends on what else is in the program.
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
