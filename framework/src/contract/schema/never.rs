//! Types without values, such as `enum Never {}`.

use schemars::{
    Schema,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value};

/// Returns `true` for a schema that accepts no value, in the forms that schemars and [`ReplaceEmptyUnions`] write.
pub(crate) fn is_never(schema: &Value) -> bool {
    let accepts_all = |schema: &Value| *schema == Value::Bool(true) || schema.as_object().is_some_and(Map::is_empty);
    *schema == Value::Bool(false) || schema.get("not").is_some_and(accepts_all)
}

/// Replaces unions without alternatives by a schema that accepts no value. schemars' derive writes them for enums whose
/// variants are all skipped in one direction, and JSON Schema does not allow them.
#[derive(Clone, Debug)]
pub(super) struct ReplaceEmptyUnions;

impl Transform for ReplaceEmptyUnions {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(keywords) = schema.as_object_mut() else { return };
        let mut empty = false;
        for keyword in ["enum", "anyOf", "oneOf"] {
            if let Some(Value::Array(alternatives)) = keywords.get_mut(keyword) {
                if keyword != "enum" {
                    alternatives.retain(|alternative| !is_never(alternative));
                }
                empty |= alternatives.is_empty();
            }
        }
        if empty {
            keywords.retain(|keyword, _| ["title", "description", "deprecated"].contains(&keyword.as_str()));
            keywords.insert("not".to_owned(), Map::new().into());
        }
    }
}
