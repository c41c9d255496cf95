//! The number of values of a type, as an event's arguments or as an acknowledgement.
//!
//! serde decides it: see [`Form`]. The form shows how a type is read, and nearly always how it is written. Types for
//! which these differ have a keyword in their schemas.

use super::{Described, Direction, Schemas, UNKNOWN, finished, own_keywords::SPREAD, target};
use crate::wire::Form;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

/// A type's schema as other types use it: the definition, or a reference to it.
struct Whole<'a> {
    definitions: &'a Map<String, Value>,
    schema: &'a Schema,
    /// The number of schemas in the chain from here that belong to the type itself. The schemas after them belong to
    /// the type in a newtype.
    own: usize,
}

impl Schemas {
    /// Returns the values that a type is: one schema for each field of a tuple struct, none for a unit, and one for any
    /// other type.
    ///
    /// `form` is `None` for a type that cannot be read. Such a type is taken for a tuple struct if it has a name and the
    /// schema of a tuple.
    pub(crate) fn values(&mut self, described: Described, form: Option<Form>, direction: Direction) -> Vec<Schema> {
        let generator = self.generator(direction);
        let schema = described.subschema(generator);
        let own = if described.is_inline() { 1 } else { 2 };
        let whole = Whole { definitions: generator.definitions(), schema: &schema, own };
        let values =
            if whole.is_spread(form, direction) { whole.fields(form, &described.name()) } else { vec![schema] };
        values.into_iter().map(|value| finished(generator, value)).collect()
    }
}

/// Adds a keyword to the schema of a type that is written as another type. Takes the other type's `schema` and `form`,
/// and whether the type itself has no data.
pub(crate) fn written_as(
    generator: &SchemaGenerator,
    mut schema: Schema,
    form: Option<Form>,
    is_empty: bool,
) -> Schema {
    let form = match form {
        Some(Form::Unit { .. }) => Some(Form::Unit { empty: is_empty }),
        form => form,
    };
    let whole = Whole { definitions: generator.definitions(), schema: &schema, own: 1 };
    let spread = whole.is_spread(form, Direction::Outgoing);
    schema.insert(SPREAD.to_owned(), spread.into());
    schema
}

impl Form {
    /// Returns `true` if a type of this form is several values or none.
    pub(crate) fn is_spread(self, direction: Direction) -> bool {
        match self {
            Self::Fields(_) | Self::UnitStruct => true,
            Self::Unit { empty } => empty || direction == Direction::Incoming,
            Self::One | Self::Optional | Self::Newtype => false,
        }
    }
}

impl Whole<'_> {
    /// Returns `true` if the type is not one value.
    fn is_spread(&self, form: Option<Form>, direction: Direction) -> bool {
        if direction == Direction::Outgoing
            && let Some(written) = self.written(form)
        {
            return written;
        }
        match form {
            Some(form) => form.is_spread(direction),
            None => {
                let is_named = self.schema.get("$ref").is_some();
                let definition = self.chain().last();
                definition.is_some_and(|schema| is_null(schema) || is_named && schema.get("prefixItems").is_some())
            }
        }
    }

    /// Returns the keyword of the schema, or of one that it refers to.
    fn written(&self, form: Option<Form>) -> Option<bool> {
        let depth = if form == Some(Form::Newtype) { self.own } else { usize::MAX };
        self.chain().take(depth).find_map(|schema| schema.get(SPREAD)?.as_bool())
    }

    /// Returns a schema for each field of a tuple struct. The fields of a type called `name` without a schema are
    /// unknown.
    fn fields(&self, form: Option<Form>, name: &str) -> Vec<Schema> {
        if let Some(items) = self.chain().find_map(|schema| schema.get("prefixItems")?.as_array()) {
            return items.iter().filter_map(|item| item.clone().try_into().ok()).collect();
        }
        let Some(Form::Fields(count)) = form else { return Vec::new() };
        let name = self.schema.get(UNKNOWN).and_then(Value::as_str).unwrap_or(name);
        (0..count).map(|index| json_schema!({ (UNKNOWN): format!("{name}.{index}") })).collect()
    }

    /// Returns the schema, the one that it refers to, and so on.
    fn chain(&self) -> impl Iterator<Item = &Value> {
        let referred = |schema: &&Value| self.definitions.get(&target(schema)?);
        // The chain is not longer than the number of definitions, unless it is a circle.
        std::iter::successors(Some(self.schema.as_value()), referred).take(self.definitions.len() + 1)
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}
