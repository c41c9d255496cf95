//! Maps in a contract: the keys that serde writes and reads.

use crate::contract::schema::{JsonSchema, Schema, target};
use schemars::{SchemaGenerator, json_schema};
use serde_json::{Map as Object, Value};
use std::{borrow::Cow, collections::BTreeSet, marker::PhantomData};

/// Matches keys that are floats, as JSON writes a number.
const FLOAT: &str = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$";

/// A placeholder for a map of `K` to `V` whose keys the macros do not recognize as text or integers.
///
/// schemars describes such a map as one with any keys, but serde writes and reads only text: the names of an enum's
/// unit variants, `true` and `false`, one character, or no key at all.
pub struct Map<K, V>(PhantomData<(K, V)>);

impl<K: JsonSchema, V: JsonSchema> JsonSchema for Map<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Map_from_{}_to_{}", K::schema_name(), V::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("Map<{}, {}>", K::schema_id(), V::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut keys = Keys::default();
        let key = K::json_schema(generator);
        keys.add(key.as_value(), generator, &mut Vec::new());
        let value = generator.subschema_for::<V>().to_value();
        let mut schema = json_schema!({ "type": "object" });
        if keys.any {
            schema.insert("additionalProperties".to_owned(), value);
            return schema;
        }
        schema.insert("additionalProperties".to_owned(), false.into());
        for (keyword, names) in [("properties", keys.names), ("patternProperties", keys.patterns)] {
            if !names.is_empty() {
                let schemas: Object<_, _> = names.into_iter().map(|name| (name, value.clone())).collect();
                schema.insert(keyword.to_owned(), schemas.into());
            }
        }
        schema
    }
}

/// The texts that a type can be as a key.
#[derive(Default)]
struct Keys {
    /// Set if no list of names or patterns covers the texts.
    any: bool,
    names: BTreeSet<String>,
    patterns: BTreeSet<String>,
}

impl Keys {
    /// Adds the texts of a schema. `open` holds the types that are being visited.
    fn add(&mut self, schema: &Value, generator: &SchemaGenerator, open: &mut Vec<String>) {
        let Value::Object(keywords) = schema else {
            self.any |= schema != &Value::Bool(false);
            return;
        };
        let list = |keyword: &str| keywords.get(keyword).and_then(Value::as_array);
        if let Some(name) = target(schema) {
            self.add_type(name, generator, open);
        } else if let Some(alternatives) = ["anyOf", "oneOf", "allOf"].into_iter().find_map(list) {
            alternatives.iter().for_each(|schema| self.add(schema, generator, open));
        } else if let Some(value) = keywords.get("const") {
            self.add_constant(value);
        } else if let Some(values) = list("enum") {
            values.iter().for_each(|value| self.add_constant(value));
        } else {
            match keywords.get("type") {
                Some(Value::String(kind)) => self.add_kind(kind, keywords),
                Some(Value::Array(kinds)) => {
                    kinds.iter().filter_map(Value::as_str).for_each(|kind| self.add_kind(kind, keywords));
                }
                _ => self.any = true,
            }
        }
    }

    fn add_type(&mut self, name: String, generator: &SchemaGenerator, open: &mut Vec<String>) {
        match generator.definitions().get(&name) {
            Some(_) if open.contains(&name) => {}
            Some(schema) => {
                open.push(name);
                self.add(schema, generator, open);
                open.pop();
            }
            None => self.any = true,
        }
    }

    fn add_constant(&mut self, value: &Value) {
        match value {
            Value::String(name) => _ = self.names.insert(name.clone()),
            Value::Bool(_) | Value::Number(_) => _ = self.names.insert(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => {}
        }
    }

    fn add_kind(&mut self, kind: &str, keywords: &Object<String, Value>) {
        let number = |keyword| keywords.get(keyword).and_then(Value::as_u64);
        let pattern = match kind {
            "string" => match keywords.get("pattern").and_then(Value::as_str) {
                Some(pattern) => pattern,
                None if number("minLength") == Some(1) && number("maxLength") == Some(1) => r"^[\s\S]$",
                None => {
                    self.any = true;
                    return;
                }
            },
            "boolean" => {
                self.names.extend(["false".to_owned(), "true".to_owned()]);
                return;
            }
            "integer" if number("minimum").is_some() => r"^\d+$",
            "integer" => r"^-?\d+$",
            "number" => FLOAT,
            // Neither `null` nor a value with parts is ever a key.
            _ => return,
        };
        self.patterns.insert(pattern.to_owned());
    }
}
