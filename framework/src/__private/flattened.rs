//! Schemas of flattened fields.

use super::schema::{ALIASES, OTHER_TAGS, Schema, TAG_ALIASES};
use serde_json::{Map, Value, json};

/// What serde makes of the variants of an externally tagged enum that is flattened into a struct: a unit variant is a
/// field with the value `null`. schemars knows that of some unit variants, and of others, with a doc comment for
/// example, it does not.
pub fn flattened(mut schema: Schema) -> Schema {
    if let Some(Value::Array(variants)) = schema.get_mut("oneOf") {
        for variant in variants.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(field) = unit_variant(variant) {
                *variant = field;
            }
        }
    }
    schema
}

/// The object that stands for a text.
fn unit_variant(variant: &Map<String, Value>) -> Option<Map<String, Value>> {
    let name = variant.get("const")?.as_str()?;
    let mut content = json!({ "type": "null" });
    let mut field = variant.clone();
    for keyword in ["const", OTHER_TAGS] {
        field.remove(keyword);
    }
    if let Some(aliases) = field.remove(TAG_ALIASES) {
        content[ALIASES] = aliases;
    }
    field.insert("type".to_owned(), "object".into());
    field.insert("properties".to_owned(), json!({ name: content }));
    field.insert("required".to_owned(), json!([name]));
    Some(field)
}
