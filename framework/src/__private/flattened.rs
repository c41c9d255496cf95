//! Schemas of flattened fields.

use super::schema::{ALIASES, OTHER_TAGS, Schema, TAG_ALIASES};
use serde_json::{Map, Value, json};

/// Describes an externally tagged enum that is flattened into a struct as serde writes it: a unit variant is a field
/// with the value `null`. schemars does this for some unit variants only, and not for those with a doc comment, for
/// example.
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

/// Returns the schema of the object that replaces the variant's name.
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
