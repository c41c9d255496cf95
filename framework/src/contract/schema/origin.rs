//! The Rust type behind a definition.
//!
//! schemars numbers types with the same name in the order in which it meets them. To name them by their modules
//! instead, each definition of an `#[event]` or a `#[payload]` has a keyword with its Rust type.

use super::own_keywords::RUST_TYPE;
use serde_json::{Value, json};

/// A definition of a contract, as schemars made it.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    /// The name in references: that of the type, with a number if another type already had the name.
    pub(crate) name: String,
    /// `None` if the type derives or implements [`JsonSchema`](schemars::JsonSchema) itself.
    pub(crate) origin: Option<Origin>,
    pub(crate) schema: Value,
}

/// The Rust type that a definition describes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    /// The path of the type with its arguments, as [`type_name`](std::any::type_name) returns it.
    pub(crate) path: String,
    /// The name that the type declares.
    pub(crate) name: String,
    /// `true` if an attribute chooses that name.
    pub(crate) chosen: bool,
}

impl Origin {
    pub(crate) fn to_value(&self) -> Value {
        json!({ "path": self.path, "name": self.name, "chosen": self.chosen })
    }

    /// Returns the type of a definition, given the name that schemars gave to it.
    ///
    /// A type that derives `JsonSchema` itself may have copied the keyword from a type that it flattens. In that case,
    /// the names differ.
    pub(super) fn of(name: &str, schema: &Value) -> Option<Self> {
        let keyword = schema.get(RUST_TYPE)?;
        let text = |key| keyword.get(key)?.as_str().map(str::to_owned);
        let origin = Self { path: text("path")?, name: text("name")?, chosen: keyword.get("chosen")?.as_bool()? };
        let number = name.strip_prefix(&origin.name)?;
        number.chars().all(|c| c.is_ascii_digit()).then_some(origin)
    }
}
