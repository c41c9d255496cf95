//! Type aliases that refer to themselves.
//!
//! TypeScript accepts `type List = List[]`, because it defers the resolution of types in objects, arrays and tuples. It
//! rejects `type T = T | number` and `type T = Record<string, T>`: the members of unions and intersections and the
//! arguments of `Record` are resolved at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::walk;
use super::types::{is_map, plain_object};

/// The names of types that TypeScript would resolve in a circle.
#[derive(Debug)]
pub(super) struct Circles<'a> {
    types: &'a BTreeMap<String, Value>,
    /// Circles through unions, intersections and other names.
    unions: BTreeSet<&'a str>,
    /// Circles through these and through maps.
    maps: BTreeSet<&'a str>,
}

impl<'a> Circles<'a> {
    pub(super) fn of(types: &'a BTreeMap<String, Value>) -> Self {
        Self { types, unions: circles(types, false), maps: circles(types, true) }
    }

    /// Returns `true` if a map has to be written as an index signature, which TypeScript resolves later.
    pub(super) fn has_map_of(&self, map: &Map<String, Value>) -> bool {
        let mut names = BTreeSet::new();
        values(map).for_each(|schema| collect(schema, true, &mut names));
        names.iter().any(|name| self.maps.contains(name))
    }

    /// Returns the schema of a type without the circles of its unions: the type is removed from its own alternatives.
    pub(super) fn cut(&self, name: &str, schema: &Value) -> Value {
        if self.unions.contains(name) { self.without(&mut vec![name.to_owned()], schema) } else { schema.clone() }
    }

    /// Returns the schema without references to the types in `open`.
    fn without(&self, open: &mut Vec<String>, schema: &Value) -> Value {
        if let Some(name) = walk::reference(schema).filter(|name| self.unions.contains(name)) {
            if open.iter().any(|open| open == name) {
                return Value::Bool(false);
            }
            // It stays open: a union gains nothing from a type that it already contains, and types that all refer to each
            // other would be written once for every path between them.
            open.push(name.to_owned());
            return self.types.get(name).map_or(Value::Bool(true), |schema| self.without(open, schema));
        }
        let Value::Object(keywords) = schema else { return schema.clone() };
        let cut = |(keyword, value): (&String, &Value)| {
            let value = match (keyword.as_str(), value) {
                ("allOf", Value::Array(all)) => all.iter().map(|schema| self.without(open, schema)).collect(),
                ("anyOf" | "oneOf", Value::Array(any)) => {
                    let any = any.iter().map(|schema| self.without(open, schema));
                    any.filter(|schema| schema != &Value::Bool(false)).collect()
                }
                _ => value.clone(),
            };
            (keyword.clone(), value)
        };
        let cut: Map<String, Value> = keywords.iter().map(cut).collect();
        let is_empty = |keyword| cut.get(keyword).and_then(Value::as_array).is_some_and(Vec::is_empty);
        if is_empty("anyOf") || is_empty("oneOf") { Value::Bool(false) } else { Value::Object(cut) }
    }
}

/// Returns the names that lead back to themselves.
fn circles(types: &BTreeMap<String, Value>, through_maps: bool) -> BTreeSet<&str> {
    let mentioned = |schema| {
        let mut names = BTreeSet::new();
        collect(schema, through_maps, &mut names);
        names
    };
    let aliases = types.iter().filter(|(_, schema)| plain_object(schema).is_none());
    let edges: BTreeMap<&str, BTreeSet<&str>> =
        aliases.map(|(name, schema)| (name.as_str(), mentioned(schema))).collect();
    let reaches_itself = |start: &&str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![*start]);
        while let Some(name) = open.pop() {
            for next in edges.get(name).into_iter().flatten() {
                if next == start {
                    return true;
                }
                if seen.insert(*next) {
                    open.push(next);
                }
            }
        }
        false
    };
    edges.keys().copied().filter(reaches_itself).collect()
}

/// Collects the names that TypeScript resolves together with a type.
fn collect<'s>(schema: &'s Value, through_maps: bool, names: &mut BTreeSet<&'s str>) {
    names.extend(walk::reference(schema));
    let Value::Object(keywords) = schema else { return };
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for schema in keywords.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            collect(schema, through_maps, names);
        }
    }
    if through_maps && is_map(keywords) {
        values(keywords).for_each(|schema| collect(schema, through_maps, names));
    }
}

/// Returns the schemas of a map's values.
fn values(map: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let patterns = map.get("patternProperties").and_then(Value::as_object);
    patterns.into_iter().flat_map(Map::values).chain(map.get("additionalProperties"))
}
