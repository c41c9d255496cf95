//! Objects as alternatives of a schema: their fields, and the names under which the server reads them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Direction;
use crate::contract::schema::{ALIASES, NO_CONTENT, OTHER_TAGS, TAG_ALIASES};

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object {
    pub(super) fields: BTreeMap<String, Value>,
    pub(super) required: BTreeSet<String>,
    /// Other names under which the server reads a field, each with the field's own name.
    pub(super) aliases: BTreeMap<String, String>,
    /// The schema of all other fields, if there is one; `false` if other fields are not allowed.
    pub(super) others: Option<Value>,
    /// The pattern that the names of the other fields match, if there is one.
    pub(super) keys: Option<String>,
}

/// Returns the object, and an additional one for each other value of its tag.
pub(super) fn objects(keywords: &Map<String, Value>, direction: Direction) -> Vec<Object> {
    let object = object(keywords, direction);
    let mut objects = vec![object.clone()];
    for (name, schema) in &object.fields {
        let Some(keywords) = schema.as_object().filter(|keywords| keywords.contains_key("const")) else { continue };
        let mut tags: Vec<Value> =
            tag_aliases(keywords, direction).iter().map(|alias| json!({ "const": alias })).collect();
        tags.extend(has_other_tags(keywords, direction).then(|| json!({ (OTHER_TAGS): true })));
        for tag in tags {
            let mut object = object.clone();
            object.fields.insert(name.clone(), tag);
            objects.push(object);
        }
    }
    // The tag of the first object keeps only its own value, because each other value has an alternative.
    for schema in objects[0].fields.values_mut() {
        if let Some(keywords) = schema.as_object_mut().filter(|keywords| keywords.contains_key("const")) {
            keywords.remove(TAG_ALIASES);
            keywords.remove(OTHER_TAGS);
        }
    }
    objects
}

fn object(keywords: &Map<String, Value>, direction: Direction) -> Object {
    let fields = keywords.get("properties").and_then(Value::as_object).into_iter().flatten();
    let required = keywords.get("required").and_then(Value::as_array).into_iter().flatten();
    // A map whose keys have a pattern. The framework's types never have more than one pattern.
    let pattern = keywords.get("patternProperties").and_then(Value::as_object).and_then(|all| all.iter().next());
    let mut fields: BTreeMap<String, Value> = fields.map(|(name, schema)| (name.clone(), schema.clone())).collect();
    if let (Some(Value::String(content)), Direction::Incoming) = (keywords.get(NO_CONTENT), direction) {
        fields.insert(content.clone(), json!({ "type": "null" }));
    }
    let aliases = fields.iter().filter(|_| direction == Direction::Incoming).flat_map(|(name, schema)| {
        let aliases = schema.get(ALIASES).and_then(Value::as_array).into_iter().flatten();
        aliases.filter_map(Value::as_str).map(|alias| (alias.to_owned(), name.clone()))
    });
    Object {
        aliases: aliases.collect(),
        fields,
        required: required.filter_map(Value::as_str).map(str::to_owned).collect(),
        others: pattern.map(|(_, schema)| schema).or_else(|| keywords.get("additionalProperties")).cloned(),
        keys: pattern.map(|(keys, _)| keys.clone()),
    }
}

impl Object {
    /// Returns the object that satisfies both schemas.
    pub(super) fn merged(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        merged.fields.extend(other.fields.iter().map(|(name, schema)| (name.clone(), schema.clone())));
        merged.required.extend(other.required.iter().cloned());
        merged.aliases.extend(other.aliases.iter().map(|(alias, name)| (alias.clone(), name.clone())));
        merged.keys = merged.keys.or_else(|| other.keys.clone());
        // Each schema lists its own fields. `false` in one of them does not exclude the fields of the other.
        let closed = Some(Value::Bool(false));
        merged.others = match (&self.others, &other.others) {
            (others, None) | (None, others) => others.clone(),
            (a, b) if *a == closed && *b == closed => closed,
            (others, b) if *b == closed => others.clone(),
            (_, others) => others.clone(),
        };
        merged
    }

    /// Returns the field that the server reads under this name.
    pub(super) fn field(&self, name: &str) -> Option<(&str, &Value)> {
        let name = if self.fields.contains_key(name) { name } else { self.aliases.get(name)? };
        self.fields.get_key_value(name).map(|(name, schema)| (name.as_str(), schema))
    }

    /// Returns a field's name and the other names under which the server reads it.
    pub(super) fn names<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        let aliases = self.aliases.iter().filter(move |(_, name)| *name == field);
        [field].into_iter().chain(aliases.map(|(alias, _)| alias.as_str()))
    }

    /// Returns the fields that allow one value only.
    fn constants(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.fields.iter().filter_map(|(name, schema)| {
            let one = schema.get("const").or_else(|| match schema.get("enum")?.as_array()?.as_slice() {
                [one] => Some(one),
                _ => None,
            });
            one.map(|value| (name, value))
        })
    }

    /// Returns `true` if a field has the same single value in both.
    pub(super) fn shares_constant(&self, other: &Self) -> bool {
        let others: BTreeMap<_, _> = other.constants().collect();
        self.constants().any(|(name, value)| others.get(name) == Some(&value))
    }

    /// Returns `true` for the alternative of `#[serde(other)]`, whose tag is not the name of a variant.
    pub(super) fn has_other_tag(&self) -> bool {
        self.fields.values().any(is_other_tag)
    }

    /// Returns `true` for `{ "Variant": .. }`, an externally tagged variant with content.
    pub(super) fn is_variant(&self, name: &str) -> bool {
        let is_closed = self.others == Some(Value::Bool(false));
        is_closed && self.fields.len() == 1 && self.required.len() == 1 && self.field(name).is_some()
    }

    /// Returns the field that distinguishes the alternative from others: one with a constant, or else the only field.
    pub(super) fn tag(&self) -> Option<String> {
        if let Some((name, value)) = self.constants().next() {
            return Some(format!("`{name}: {value}`"));
        }
        if let Some((name, _)) = self.fields.iter().find(|(_, schema)| is_other_tag(schema)) {
            return Some(format!("any other `{name}`"));
        }
        let mut names = self.fields.keys();
        names.next().filter(|_| names.next().is_none()).map(|name| format!("`{name}`"))
    }

    /// Returns `true` if the two can be versions of one type, whose fields are then compared: fields of one name, or none
    /// that is required.
    pub(super) fn resembles(&self, other: &Self) -> bool {
        let others: BTreeMap<_, _> = other.constants().collect();
        let differs = |(name, value): (&String, &Value)| others.get(name).is_some_and(|known| *known != value);
        let shares_name =
            || self.fields.keys().flat_map(|name| self.names(name)).any(|name| other.field(name).is_some());
        !self.constants().any(differs)
            && (self.shares_constant(other) || self.required.is_empty() || other.required.is_empty() || shares_name())
    }
}

/// Returns `true` for the schema of [`Shape::OtherTag`].
fn is_other_tag(schema: &Value) -> bool {
    schema.get(OTHER_TAGS).is_some() && schema.get("const").is_none()
}

/// Returns the constants that the server reads as this one.
pub(super) fn tag_aliases(keywords: &Map<String, Value>, direction: Direction) -> &[Value] {
    match keywords.get(TAG_ALIASES) {
        Some(Value::Array(aliases)) if direction == Direction::Incoming => aliases,
        _ => &[],
    }
}

pub(super) fn has_other_tags(keywords: &Map<String, Value>, direction: Direction) -> bool {
    direction == Direction::Incoming && keywords.contains_key(OTHER_TAGS)
}
