//! Values made from a schema: one with everything that the schema offers, and others that differ from it in one place.

use crate::description::bounds;
use serde_json::{Map, Value, json};

/// The maximum number of nested references to one type.
const DEPTH: usize = 2;
/// The maximum number of values for a part of a schema.
const MOST: usize = 60;

/// The values to make in addition to those that documents offer to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// No additional values: TypeScript accepts all of them.
    Documented,
    /// Also fields that the schema does not mention, where they are ignored.
    Open,
    /// Also the names that are read for clients of earlier versions.
    AllNames,
}

/// Returns values of a schema, whose references lead to `types`. The list is empty if the schema has no finite value.
pub fn values(schema: &Value, types: &Map<String, Value>, extent: Extent) -> Vec<Value> {
    values_with_keys(schema, types, extent, &[])
}

/// Like [`values`], with these keys in maps too.
pub fn values_with_keys(schema: &Value, types: &Map<String, Value>, extent: Extent, keys: &[&str]) -> Vec<Value> {
    Maker { types, extent, keys, open: Vec::new() }.values(schema)
}

struct Maker<'a> {
    types: &'a Map<String, Value>,
    extent: Extent,
    keys: &'a [&'a str],
    open: Vec<&'a str>,
}

impl<'a> Maker<'a> {
    /// Returns the values. The first one has everything that the schema offers.
    fn values(&mut self, schema: &'a Value) -> Vec<Value> {
        let Value::Object(keywords) = schema else {
            return if schema == &Value::Bool(false) { Vec::new() } else { anything() };
        };
        let mut parts = Vec::new();
        if let Some(name) = keywords.get("$ref").and_then(Value::as_str) {
            parts.push(self.named(name));
        }
        for all in schemas(keywords, "allOf") {
            parts.push(self.values(all));
        }
        for keyword in ["anyOf", "oneOf"] {
            if keywords.contains_key(keyword) {
                let alternatives = schemas(keywords, keyword).iter().flat_map(|schema| self.values(schema));
                parts.push(alternatives.collect());
            }
        }
        parts.extend(self.own(keywords));
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else { return anything() };
        spread(parts.fold(first, |a, b| both(&a, &b)))
    }

    fn named(&mut self, reference: &'a str) -> Vec<Value> {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        if self.open.iter().filter(|open| **open == name).count() >= DEPTH {
            return Vec::new();
        }
        self.open.push(name);
        let values = self.values(&self.types[name]);
        self.open.pop();
        values
    }

    /// Returns the values that the schema's own keywords describe.
    fn own(&mut self, keywords: &'a Map<String, Value>) -> Option<Vec<Value>> {
        if let Some(value) = keywords.get("const") {
            let mut values = vec![value.clone()];
            if self.extent == Extent::AllNames {
                values.extend(schemas(keywords, "x-tag-aliases").iter().cloned());
                values.extend(keywords.get("x-other-tags").map(|_| json!("a variant of another version")));
            }
            return Some(values);
        }
        if keywords.contains_key("enum") {
            return Some(schemas(keywords, "enum").to_vec());
        }
        let kinds: Vec<&str> = match keywords.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ if keywords.contains_key("properties") || keywords.contains_key("additionalProperties") => vec!["object"],
            _ => return None,
        };
        Some(kinds.into_iter().flat_map(|kind| self.of_kind(kind, keywords)).collect())
    }

    fn of_kind(&mut self, kind: &str, keywords: &'a Map<String, Value>) -> Vec<Value> {
        let format = keywords.get("format").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "null" => vec![Value::Null],
            "boolean" => vec![json!(true), json!(false)],
            "integer" => {
                let (least, most) = bounds(format).unwrap_or((json!(0), json!(1)));
                let bound = |keyword, bound| keywords.get(keyword).cloned().unwrap_or(bound);
                vec![json!(1), bound("minimum", least), bound("maximum", most)]
            }
            "number" => vec![json!(0.5), json!(-3), if format == "float" { json!(3e38) } else { json!(1e300) }],
            "string" if keywords.get("maxLength") == Some(&json!(1)) => vec![json!("a"), json!("🦀")],
            "string" => vec![json!("some text"), json!("")],
            "array" => self.array(keywords),
            "object" => self.object(keywords),
            _ => anything(),
        }
    }

    fn array(&mut self, keywords: &'a Map<String, Value>) -> Vec<Value> {
        let count = |keyword| keywords.get(keyword).and_then(Value::as_u64);
        match keywords.get("items") {
            Some(Value::Array(items)) => {
                let items: Vec<_> = items.iter().map(|item| self.values(item)).collect();
                tuples(&items)
            }
            Some(item) => {
                let items = self.values(item);
                match (count("minItems"), count("maxItems")) {
                    (Some(least), Some(most)) if least == most => tuples(&vec![items; least as usize]),
                    _ => {
                        let mut lists: Vec<Value> = items.iter().map(|item| json!([item])).collect();
                        lists.push(json!([]));
                        if !keywords.contains_key("uniqueItems") {
                            lists.extend(items.first().map(|item| json!([item, item])));
                        }
                        lists
                    }
                }
            }
            None => vec![json!([])],
        }
    }

    fn object(&mut self, keywords: &'a Map<String, Value>) -> Vec<Value> {
        let required: Vec<&str> = schemas(keywords, "required").iter().filter_map(Value::as_str).collect();
        let mut fields: Vec<(&str, &Value, Vec<Value>)> = Vec::new();
        for (name, schema) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let values = self.values(schema);
            match values.is_empty() {
                true if required.contains(&name.as_str()) => return Vec::new(),
                true => {}
                false => fields.push((name, schema, values)),
            }
        }
        let full: Map<String, Value> =
            fields.iter().map(|(name, _, values)| ((*name).to_owned(), values[0].clone())).collect();
        let with = |name: &str, value: Value| {
            let mut object = full.clone();
            object.insert(name.to_owned(), value);
            Value::Object(object)
        };
        let mut objects = vec![Value::Object(full.clone())];
        for (name, schema, values) in &fields {
            objects.extend(values.iter().skip(1).map(|value| with(name, value.clone())));
            if !required.contains(name) {
                objects.push(without(&full, &[name]));
            }
            if self.extent == Extent::AllNames {
                for alias in
                    schemas(schema.as_object().unwrap_or(&Map::new()), "x-aliases").iter().filter_map(Value::as_str)
                {
                    let Value::Object(mut object) = without(&full, &[name]) else { continue };
                    object.insert(alias.to_owned(), values[0].clone());
                    objects.push(Value::Object(object));
                }
            }
        }
        let optional: Vec<&str> =
            fields.iter().map(|(name, ..)| *name).filter(|name| !required.contains(name)).collect();
        if optional.len() > 1 {
            objects.push(without(&full, &optional));
        }
        let patterns = keywords.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
        for (_, schema) in patterns {
            // All patterns match integers.
            objects.extend(self.values(schema).into_iter().map(|value| with("7", value)));
        }
        match keywords.get("additionalProperties") {
            Some(schema @ Value::Object(_)) => {
                let values = self.values(schema);
                objects
                    .extend(self.keys.iter().zip(values.iter().cycle()).map(|(key, value)| with(key, value.clone())));
                objects.extend(values.into_iter().map(|value| with("another", value)));
            }
            None | Some(Value::Bool(true)) if self.extent != Extent::Documented => {
                objects.push(with("not mentioned anywhere", json!([1])));
            }
            _ => {}
        }
        objects
    }
}

fn schemas<'v>(keywords: &'v Map<String, Value>, keyword: &str) -> &'v [Value] {
    keywords.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn anything() -> Vec<Value> {
    vec![json!("anything"), json!(1), Value::Null]
}

fn without(object: &Map<String, Value>, names: &[&str]) -> Value {
    let rest = object.iter().filter(|(name, _)| !names.contains(&name.as_str()));
    rest.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
}

/// Returns the tuple of the first values, and tuples that differ from it in one place.
fn tuples(items: &[Vec<Value>]) -> Vec<Value> {
    let Some(first) = items.iter().map(|values| values.first().cloned()).collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    let changed = items.iter().enumerate().flat_map(|(index, values)| {
        let first = &first;
        values.iter().skip(1).map(move |value| {
            let mut tuple = first.clone();
            tuple[index] = value.clone();
            Value::Array(tuple)
        })
    });
    [Value::Array(first.clone())].into_iter().chain(changed).collect()
}

/// Returns objects with the fields of both.
fn both(a: &[Value], b: &[Value]) -> Vec<Value> {
    let merged = |a: &Value, b: &Value| match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let mut object = a.clone();
            object.extend(b.iter().map(|(name, value)| (name.clone(), value.clone())));
            Value::Object(object)
        }
        (a, _) => a.clone(),
    };
    let (Some(first_a), Some(first_b)) = (a.first(), b.first()) else { return Vec::new() };
    let with_b = b.iter().map(|b| merged(first_a, b));
    with_b.chain(a.iter().skip(1).map(|a| merged(a, first_b))).collect()
}

/// Returns at most `MOST` of the values, evenly spread.
fn spread(values: Vec<Value>) -> Vec<Value> {
    let step = values.len().div_ceil(MOST).max(1);
    values.into_iter().step_by(step).collect()
}
