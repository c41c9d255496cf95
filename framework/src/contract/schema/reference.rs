//! References to definitions.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The prefix of references: `#/components/schemas/Name`.
pub(crate) const DEFINITIONS: &str = "#/components/schemas/";

/// Returns the name that a schema from schemars refers to. Such a reference is a JSON Pointer, encoded for a URL.
pub(crate) fn target(schema: &Value) -> Option<String> {
    let encoded = schema.get("$ref")?.as_str()?.strip_prefix(DEFINITIONS)?;
    let pointer = percent_decode_str(encoded).decode_utf8().ok()?;
    Some(pointer.replace("~1", "/").replace("~0", "~"))
}
