//! Integers beyond what JavaScript's numbers hold.

use serde_json::Value;

/// 2<sup>53</sup> - 1, JavaScript's `Number.MAX_SAFE_INTEGER`: up to here, each integer is a number of its own.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// What documents say of a value that may lose digits.
pub(super) const NOTE: &str = "Loses digits beyond 2^53 - 1.";

/// Returns `true` if a value of this schema is, or contains, an integer that may be too large for JavaScript.
///
/// Named types and the fields of objects have notes of their own, and do not count.
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
