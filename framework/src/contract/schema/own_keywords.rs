//! Keywords for information about a type that JSON Schema cannot express. `#[event]` and `#[payload]` add them.
//!
//! They are removed from all schemas that leave this module.

use schemars::{
    Schema,
    transform::{Transform, transform_subschemas},
};

/// The Rust type that a definition describes: see [`Origin`](super::Origin).
pub(super) const RUST_TYPE: &str = "x-rust-type";

/// `true` if a type is written as several values or none, `false` if as one. The keyword is present if a type may be
/// written in another form than it is read in.
pub(super) const SPREAD: &str = "x-spread";

/// Removes the keywords from a schema and all schemas in it.
#[derive(Clone, Debug)]
pub(super) struct RemoveOwnKeywords;

impl Transform for RemoveOwnKeywords {
    fn transform(&mut self, schema: &mut Schema) {
        schema.remove(RUST_TYPE);
        schema.remove(SPREAD);
        transform_subschemas(self, schema);
    }
}
