//! Integers that JavaScript's numbers cannot hold.

use serde_json::Value;

/// 2<sup>53</sup> - 1, JavaScript's `Number.MAX_SAFE_INTEGER`: every integer up to here has an exact representation.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// The note in documents on a value that may lose digits.
pub(super) const NOTE: &str = "Loses digits beyond 2^53 - 1.";

/// Returns `true` if a value of this schema is, or contains, an integer that may be too large for JavaScript.
///
/// Named types and the fields of objects are not included, because they have notes of their own.
pub(super) fn loses_digits(schema: &Value) -> bool {
    let Value::Object(keywords) = schema else { return false };
    if is_too_wide(schema) {
        return true;
    }
    keywords.iter().any(|(keyword, value)| match (keyword.as_str(), value) {
        ("patternProperties", Value::Object(schemas)) => schemas.values().any(loses_digits),
        ("items" | "allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => schemas.iter().any(loses_digits),
        ("items" | "additionalItems" | "additionalProperties", schema) => loses_digits(schema),
        _ => false,
    })
}

/// Calls `visit` with the path of each place in a schema that [loses digits](loses_digits): `""` for the schema itself,
/// `.field` for a field of an object.
pub(super) fn each_loss(schema: &Value, path: &str, visit: &mut impl FnMut(&str)) {
    if loses_digits(schema) {
        visit(path);
    }
    each_field(schema, &mut |name, field| each_loss(field, &format!("{path}.{name}"), visit));
}

/// Calls `visit` with each field of the objects in a schema, but not with the fields of fields.
fn each_field(schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
    let Value::Object(keywords) = schema else { return };
    for (keyword, value) in keywords {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(fields)) => fields.iter().for_each(|(name, field)| visit(name, field)),
            ("patternProperties", Value::Object(schemas)) => {
                schemas.values().for_each(|schema| each_field(schema, visit));
            }
            ("items" | "allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().for_each(|schema| each_field(schema, visit));
            }
            ("items" | "additionalItems" | "additionalProperties", schema) => each_field(schema, visit),
            _ => {}
        }
    }
}

fn is_too_wide(schema: &Value) -> bool {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let bound = |keyword| schema.get(keyword).and_then(Value::as_f64);
    let has_bounds = bound("maximum").is_some_and(|most| most <= MAX_SAFE)
        && bound("minimum").is_some_and(|least| least >= -MAX_SAFE);
    matches!(format, "int64" | "uint64" | "int128" | "uint128" | "int" | "uint") && !has_bounds
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn losses_are_found_in_fields_too() {
        let wide = json!({ "type": "integer", "format": "uint64", "minimum": 0 });
        let object = json!({ "type": "object", "properties": { "id": wide, "name": { "type": "string" } } });
        let places = |schema: &Value| {
            let mut places = Vec::new();
            each_loss(schema, "it", &mut |place| places.push(place.to_owned()));
            places
        };
        assert_eq!(places(&wide), ["it"]);
        assert_eq!(places(&object), ["it.id"]);
        let list = json!({ "type": "array", "items": { "anyOf": [object, wide] } });
        assert_eq!(places(&list), ["it", "it.id"]);
        let outer = json!({ "type": "object", "properties": { "inner": object, "list": list } });
        assert_eq!(places(&outer), ["it.inner.id", "it.list", "it.list.id"]);
    }

    #[test]
    fn integers_of_64_bits_and_more_lose_digits_unless_they_are_bounded() {
        let wide = json!({ "type": "integer", "format": "uint64", "minimum": 0 });
        for schema in [
            wide.clone(),
            json!({ "type": "integer", "format": "int" }),
            json!({ "type": ["integer", "null"], "format": "int128" }),
            json!({ "type": "array", "items": wide }),
            json!({ "type": "array", "items": [true, wide] }),
            json!({ "anyOf": [wide, { "type": "null" }] }),
            json!({ "type": "object", "additionalProperties": wide }),
            json!({ "type": "object", "patternProperties": { "^[0-9]+$": wide }, "additionalProperties": false }),
            json!({ "type": "integer", "format": "uint64", "minimum": 0, "maximum": 9_007_199_254_740_992_u64 }),
            json!({ "type": "integer", "format": "int64", "maximum": 7 }),
        ] {
            assert!(loses_digits(&schema), "{schema}");
        }
        for schema in [
            json!(true),
            json!({ "type": "integer", "format": "uint32", "minimum": 0 }),
            json!({ "type": "number", "format": "double" }),
            json!({ "type": "string", "pattern": "^[0-9]+$" }),
            json!({ "type": "integer", "format": "uint64", "minimum": 0, "maximum": 9_007_199_254_740_991_u64 }),
            json!({ "type": "integer", "format": "int64", "minimum": -9_007_199_254_740_991_i64, "maximum": 7 }),
            json!({ "type": "object", "properties": { "noted": wide } }),
            json!({ "$ref": "#/components/schemas/Noted" }),
        ] {
            assert!(!loses_digits(&schema), "{schema}");
        }
    }
}
