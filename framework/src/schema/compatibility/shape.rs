//! The alternatives of a JSON Schema, by which two schemas are compared.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::walk;
use super::Direction;
use super::object::{Object, has_other_tags, objects, tag_aliases};
use crate::contract::schema::{BINARY_FORMAT, UNKNOWN, is_never};

/// A union of more alternatives than this is not split.
const MOST_ALTERNATIVES: usize = 256;
/// A list of a fixed length is a tuple up to this length, as in TypeScript.
const LONGEST_TUPLE: u64 = 16;

/// One of the forms that a value may have.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Any value.
    Any,
    /// A Rust type without a description.
    Unknown(String),
    Null,
    Boolean,
    Binary,
    Const(Value),
    /// A text that is not the name of one of an enum's variants, and is read as the variant with `#[serde(other)]`.
    OtherTag,
    Number {
        integer: bool,
        least: Option<f64>,
        most: Option<f64>,
    },
    Text {
        format: Option<String>,
        pattern: Option<String>,
        least: u64,
        most: Option<u64>,
    },
    List {
        item: Value,
        least: u64,
        most: Option<u64>,
        /// No value occurs twice. A server that reads a set accepts duplicates.
        unique: bool,
    },
    Tuple {
        items: Vec<Value>,
        least: usize,
    },
    Object(Object),
}

/// One alternative of a schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alternative<'a> {
    pub(super) shape: Shape,
    /// The named type that declares it; `None` if the schema itself does.
    pub(super) declared_by: Option<&'a str>,
}

/// Returns the alternatives of a schema.
pub(super) fn alternatives<'a>(
    schema: &'a Value,
    types: &'a BTreeMap<String, Value>,
    direction: Direction,
) -> Vec<Alternative<'a>> {
    expand(schema, types, direction, &mut Vec::new())
}

fn expand<'a>(
    schema: &'a Value,
    types: &'a BTreeMap<String, Value>,
    direction: Direction,
    open: &mut Vec<&'a str>,
) -> Vec<Alternative<'a>> {
    if is_never(schema) {
        return Vec::new();
    }
    let Value::Object(keywords) = schema else { return vec![Alternative::inline(Shape::Any)] };
    if let Some(name) = keywords.get(UNKNOWN) {
        return vec![Alternative::inline(Shape::Unknown(name.as_str().unwrap_or_default().to_owned()))];
    }
    let mut conjuncts = Vec::new();
    if let Some(name) = walk::reference(schema) {
        conjuncts.push(match types.get_key_value(name) {
            // A type that consists of a reference to itself has no values.
            Some((name, _)) if open.contains(&name.as_str()) => Vec::new(),
            Some((name, target)) => {
                open.push(name);
                let mut declared = expand(target, types, direction, open);
                open.pop();
                for alternative in &mut declared {
                    alternative.declared_by.get_or_insert(name);
                }
                declared
            }
            None => vec![Alternative::inline(Shape::Unknown(name.to_owned()))],
        });
    }
    let all = keywords.get("allOf").and_then(Value::as_array).into_iter().flatten();
    conjuncts.extend(all.map(|schema| expand(schema, types, direction, open)));
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(any)) = keywords.get(keyword) {
            conjuncts.push(any.iter().flat_map(|schema| expand(schema, types, direction, open)).collect());
        }
    }
    if let Some(own) = own(keywords, direction) {
        conjuncts.push(own.into_iter().map(Alternative::inline).collect());
    }
    conjuncts.into_iter().reduce(|a, b| both(&a, &b)).unwrap_or_else(|| vec![Alternative::inline(Shape::Any)])
}

/// Returns the values that a schema's own keywords allow.
fn own(keywords: &Map<String, Value>, direction: Direction) -> Option<Vec<Shape>> {
    if let Some(value) = keywords.get("const") {
        let constants = [value].into_iter().chain(tag_aliases(keywords, direction)).cloned().map(Shape::Const);
        return Some(constants.chain(has_other_tags(keywords, direction).then_some(Shape::OtherTag)).collect());
    }
    if has_other_tags(keywords, direction) {
        return Some(vec![Shape::OtherTag]);
    }
    if let Some(Value::Array(values)) = keywords.get("enum") {
        return Some(values.iter().cloned().map(Shape::Const).collect());
    }
    let kinds: Vec<&str> = match keywords.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if keywords.contains_key("properties") || keywords.contains_key("additionalProperties") => vec!["object"],
        _ => return None,
    };
    let shapes = kinds.into_iter().flat_map(|kind| match kind {
        "object" => objects(keywords, direction).into_iter().map(Shape::Object).collect(),
        _ => vec![of_kind(kind, keywords, direction)],
    });
    Some(shapes.collect())
}

fn of_kind(kind: &str, keywords: &Map<String, Value>, direction: Direction) -> Shape {
    let format = keywords.get("format").and_then(Value::as_str);
    let count = |keyword| keywords.get(keyword).and_then(Value::as_u64);
    match kind {
        "null" => Shape::Null,
        "boolean" => Shape::Boolean,
        "integer" | "number" => {
            let bound = |keyword, by_format| keywords.get(keyword).and_then(Value::as_f64).or(by_format);
            let range = format.and_then(range);
            Shape::Number {
                integer: kind == "integer",
                least: bound("minimum", range.map(|(least, _)| least)),
                most: bound("maximum", range.map(|(_, most)| most)),
            }
        }
        "string" if format == Some(BINARY_FORMAT) => Shape::Binary,
        "string" => Shape::Text {
            format: format.map(str::to_owned),
            pattern: keywords.get("pattern").and_then(Value::as_str).map(str::to_owned),
            least: count("minLength").unwrap_or(0),
            most: count("maxLength"),
        },
        "array" => {
            let (least, most) = (count("minItems").unwrap_or(0), count("maxItems"));
            match keywords.get("items") {
                Some(Value::Array(items)) => {
                    Shape::Tuple { items: items.clone(), least: items.len().min(least as usize) }
                }
                item if most == Some(least) && least <= LONGEST_TUPLE => {
                    let item = item.cloned().unwrap_or(Value::Bool(true));
                    Shape::Tuple { items: vec![item; least as usize], least: least as usize }
                }
                item => Shape::List {
                    item: item.cloned().unwrap_or(Value::Bool(true)),
                    least,
                    most,
                    unique: direction == Direction::Outgoing && keywords.contains_key("uniqueItems"),
                },
            }
        }
        _ => Shape::Any,
    }
}

/// Returns the least and the greatest value of an integer type of Rust.
fn range(format: &str) -> Option<(f64, f64)> {
    let (signed, bits) = match format.strip_prefix("uint") {
        Some(bits) => (false, bits),
        None => (true, format.strip_prefix("int")?),
    };
    let bits: i32 = if bits.is_empty() { 64 } else { bits.parse().ok()? };
    Some(if signed { (-2f64.powi(bits - 1), 2f64.powi(bits - 1) - 1.0) } else { (0.0, 2f64.powi(bits) - 1.0) })
}

/// Returns the intersection of `a` and `b`.
fn both<'a>(a: &[Alternative<'a>], b: &[Alternative<'a>]) -> Vec<Alternative<'a>> {
    if a.len() * b.len() > MOST_ALTERNATIVES {
        return vec![Alternative::inline(Shape::Any)];
    }
    a.iter().flat_map(|a| b.iter().filter_map(|b| a.and(b))).collect()
}

impl<'a> Alternative<'a> {
    fn inline(shape: Shape) -> Self {
        Self { shape, declared_by: None }
    }

    fn and(&self, other: &Self) -> Option<Self> {
        match (&self.shape, &other.shape) {
            (Shape::Any, _) => Some(other.clone()),
            (_, Shape::Any) => Some(self.clone()),
            (a, b) => merged(a, b).map(Self::inline),
        }
    }
}

fn merged(a: &Shape, b: &Shape) -> Option<Shape> {
    match (a, b) {
        (Shape::Object(a), Shape::Object(b)) => Some(Shape::Object(a.merged(b))),
        // A constant and its type.
        (Shape::Const(_), _) => Some(a.clone()),
        (_, Shape::Const(_)) => Some(b.clone()),
        _ => (a == b || std::mem::discriminant(a) == std::mem::discriminant(b)).then(|| a.clone()),
    }
}

impl Shape {
    /// Returns the name of the shape in reports.
    pub(super) fn label(&self) -> String {
        let range = |least: Option<String>, most: Option<String>| match (least, most) {
            (None, None) => String::new(),
            (Some(least), None) => format!(" from {least}"),
            (None, Some(most)) => format!(" up to {most}"),
            (Some(least), Some(most)) => format!(" from {least} to {most}"),
        };
        match self {
            Self::Any => "anything".to_owned(),
            Self::Unknown(name) => format!("`{name}`"),
            Self::Null => "`null`".to_owned(),
            Self::Boolean => "a boolean".to_owned(),
            Self::Binary => "binary data".to_owned(),
            Self::Const(value) => format!("`{value}`"),
            Self::OtherTag => "any other variant".to_owned(),
            Self::Number { integer, least, most } => {
                let kind = if *integer { "an integer" } else { "a number" };
                format!("{kind}{}", range(least.map(|n| n.to_string()), most.map(|n| n.to_string())))
            }
            Self::Text { format: Some(format), .. } => format!("a string ({format})"),
            Self::Text { pattern: Some(pattern), .. } => format!("a string that matches {pattern}"),
            Self::Text { least, most, .. } => {
                let lengths = range((*least > 0).then(|| least.to_string()), most.map(|most| most.to_string()));
                if lengths.is_empty() { "a string".to_owned() } else { format!("a string of a length{lengths}") }
            }
            Self::List { .. } => "a list".to_owned(),
            Self::Tuple { items, .. } => format!("a list of {}", items.len()),
            Self::Object(object) => match object.tag() {
                Some(tag) => format!("an object with {tag}"),
                None => "an object".to_owned(),
            },
        }
    }

    /// Returns `true` if two alternatives are versions of the same one.
    pub(super) fn resembles(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(a), Self::Object(b)) => a.resembles(b),
            (Self::Const(_), _) | (_, Self::Const(_)) => false,
            (Self::List { .. } | Self::Tuple { .. }, Self::List { .. } | Self::Tuple { .. }) => true,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}
