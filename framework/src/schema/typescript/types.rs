//! JSON Schema as TypeScript.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Map, Value};

use super::super::Contract;
use super::super::contract::{NamespaceContract, Param, Way};
use super::super::identifier::is_identifier;
use super::super::precision::{NOTE, loses_digits};
use super::super::walk;
use super::circles::Circles;
use super::names::Names;
use super::{comment, inside};
use crate::contract::schema::{UNKNOWN, is_never};
use crate::namespace::Template;

/// A list of values is written as a tuple up to this length.
const LONGEST_TUPLE: u64 = 16;
/// Longer types are written on several lines.
pub(super) const LINE: usize = 100;

/// Writes types by the names that they have in one file.
pub(crate) struct Types<'a> {
    pub(super) names: &'a Names<'a>,
    circles: Circles<'a>,
    directions: BTreeMap<&'a str, BTreeSet<Way>>,
}

/// A part of a declared path.
pub(crate) enum Part<'a> {
    Text(String),
    Param(&'a Param),
}

/// One member of a union, with the comment from its schema.
struct Alternative {
    text: String,
    documentation: String,
}

impl<'a> Types<'a> {
    pub(crate) fn new(contract: &'a Contract, names: &'a Names<'a>) -> Self {
        Self { names, circles: Circles::of(&contract.types), directions: contract.directions() }
    }

    /// Returns the declaration of a type: `export interface Name { .. }` or `export type Name = ..`.
    pub(crate) fn declaration(&self, given: &str, schema: &Value) -> String {
        // A type that differs by direction has two names, each with one direction.
        let way = self.directions.get(given).and_then(|ways| ways.first()).copied().unwrap_or(Way::Out);
        let (name, comment) = (self.names.of(given), documented(schema, ""));
        if let Some(object) = plain_object(schema) {
            let fields = self.fields(object, way, "  ");
            return format!("\n{comment}export interface {name} {{\n{fields}}}\n");
        }
        let schema = &self.circles.cut(given, schema);
        let alternatives = self.union(schema, way, "");
        let line = join(&alternatives);
        let documented = alternatives.iter().any(|alternative| !alternative.documentation.is_empty());
        if alternatives.len() < 2 || !documented && line.len() <= LINE && !line.contains('\n') {
            return format!("\n{comment}export type {name} = {line};\n");
        }
        let alternatives = self.union(schema, way, "    ");
        let mut text = format!("\n{comment}export type {name} =");
        for alternative in alternatives {
            let _ = write!(text, "\n{}  | {}", super::comment(&alternative.documentation, "  "), alternative.text);
        }
        text + ";\n"
    }

    /// Returns a type within a line.
    pub(crate) fn value(&self, schema: &Value, way: Way) -> String {
        join(&self.union(schema, way, "  "))
    }

    /// Returns the members of a union; a single type for anything else.
    pub(super) fn alternatives(&self, schema: &Value, way: Way) -> Vec<String> {
        self.union(schema, way, "  ").into_iter().map(|alternative| alternative.text).collect()
    }

    fn union(&self, schema: &Value, way: Way, indent: &str) -> Vec<Alternative> {
        let mut parts: Vec<Vec<Alternative>> = Vec::new();
        if is_never(schema) {
            return vec![Alternative::of("never".to_owned())];
        }
        let Value::Object(keywords) = schema else { return vec![Alternative::of("unknown".to_owned())] };
        if let Some(name) = keywords.get(UNKNOWN) {
            let name = name.as_str().unwrap_or_default();
            return vec![Alternative::of(format!("unknown /* not described: {} */", inside(name)))];
        }
        if let Some(name) = walk::reference(schema) {
            parts.push(vec![Alternative::of(self.names.of(name).to_owned())]);
        }
        for all in schemas(keywords, "allOf") {
            parts.push(self.union(all, way, indent));
        }
        for keyword in ["anyOf", "oneOf"] {
            let mut alternatives: Vec<Alternative> = Vec::new();
            for schema in schemas(keywords, keyword) {
                let documentation = description(schema);
                let inner = self.union(schema, way, indent).into_iter();
                alternatives.extend(inner.map(|alternative| alternative.or_documented(documentation)));
            }
            if !alternatives.is_empty() {
                parts.push(alternatives);
            }
        }
        let literals = keywords.get("const").map(|value| vec![value]);
        let literals = literals.or_else(|| keywords.get("enum")?.as_array().map(|values| values.iter().collect()));
        match literals {
            Some(values) => parts.push(values.into_iter().map(|value| Alternative::of(constant(value))).collect()),
            None => parts.extend(self.by_type(keywords, way, indent, !parts.is_empty())),
        }
        intersection(parts)
    }

    /// Returns the types from the keyword `type`, if it adds something to the other keywords.
    fn by_type(&self, keywords: &Map<String, Value>, way: Way, indent: &str, known: bool) -> Option<Vec<Alternative>> {
        let kinds: Vec<&str> = match keywords.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ if ["properties", "additionalProperties"].iter().any(|keyword| keywords.contains_key(*keyword)) => {
                vec!["object"]
            }
            _ => return None,
        };
        if known && (kinds != ["object"] || !keywords.contains_key("properties")) {
            return None;
        }
        Some(kinds.into_iter().map(|kind| Alternative::of(self.kind(kind, keywords, way, indent))).collect())
    }

    fn kind(&self, kind: &str, keywords: &Map<String, Value>, way: Way, indent: &str) -> String {
        match kind {
            "integer" | "number" => "number".to_owned(),
            "string"
                if keywords.get("format").is_some_and(|format| format == crate::contract::schema::BINARY_FORMAT) =>
            {
                if way == Way::In {
                    "BinaryInput".to_owned()
                } else {
                    "Binary".to_owned()
                }
            }
            "array" => self.array(keywords, way, indent),
            "object" => self.object(keywords, way, indent),
            // JSON Schema and TypeScript use the same names for these.
            "boolean" | "null" | "string" => kind.to_owned(),
            _ => "unknown".to_owned(),
        }
    }

    fn array(&self, keywords: &Map<String, Value>, way: Way, indent: &str) -> String {
        let bound = |keyword| keywords.get(keyword).and_then(Value::as_u64);
        let (least, most) = (bound("minItems").unwrap_or(0), bound("maxItems"));
        match keywords.get("items") {
            Some(Value::Array(items)) => {
                let items = items.iter().enumerate().map(|(index, item)| {
                    let item = self.union(item, way, indent);
                    if (index as u64) < least { join(&item) } else { element(&item) + "?" }
                });
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
            _ if most == Some(0) => "[]".to_owned(),
            None => "unknown[]".to_owned(),
            Some(item) => {
                let item = self.union(item, way, indent);
                match most {
                    Some(length) if length == least && length <= LONGEST_TUPLE => {
                        format!("[{}]", vec![join(&item); length as usize].join(", "))
                    }
                    _ => element(&item) + "[]",
                }
            }
        }
    }

    fn object(&self, keywords: &Map<String, Value>, way: Way, indent: &str) -> String {
        let inner = format!("{indent}  ");
        if is_map(keywords) {
            let patterns = keywords.get("patternProperties").and_then(Value::as_object);
            let mut values: Vec<Alternative> = patterns
                .into_iter()
                .flat_map(|patterns| patterns.values())
                .flat_map(|value| self.union(value, way, indent))
                .collect();
            match keywords.get("additionalProperties") {
                Some(Value::Bool(false)) if values.is_empty() => values.push(Alternative::of("never".to_owned())),
                Some(value @ Value::Object(_)) => values.extend(self.union(value, way, indent)),
                _ if values.is_empty() => values.push(Alternative::of("unknown".to_owned())),
                _ => {}
            }
            let values = join(&distinct(values));
            return if self.circles.has_map_of(keywords) {
                format!("{{ [key: string]: {values} }}")
            } else {
                format!("Record<string, {values}>")
            };
        }
        let fields = self.fields(keywords, way, &inner);
        let line = fields.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let plain = !fields.contains("/**") && line.len() + 4 <= LINE;
        if plain { format!("{{ {} }}", line.trim_end_matches(';')) } else { format!("{{\n{fields}{indent}}}") }
    }

    /// Returns an object's fields, one on each line.
    fn fields(&self, keywords: &Map<String, Value>, way: Way, indent: &str) -> String {
        let required = keywords.get("required").and_then(Value::as_array);
        let mut text = String::new();
        for (name, schema) in properties(keywords) {
            let needed = required.is_some_and(|required| required.iter().any(|required| required == name));
            let mark = if needed { "" } else { "?" };
            let value = join(&self.union(schema, way, indent));
            let _ = writeln!(text, "{}{indent}{}{mark}: {value};", documented(schema, indent), key(name));
        }
        // An index signature would also apply to the named fields.
        if !matches!(keywords.get("additionalProperties"), None | Some(Value::Bool(false))) {
            let _ = writeln!(text, "{indent}[key: string]: unknown;");
        }
        text
    }
}

impl Alternative {
    fn of(text: String) -> Self {
        Self { text, documentation: String::new() }
    }

    fn or_documented(mut self, documentation: &str) -> Self {
        if self.documentation.is_empty() {
            documentation.clone_into(&mut self.documentation);
        }
        self
    }
}

/// Returns the intersection of these types.
fn intersection(mut parts: Vec<Vec<Alternative>>) -> Vec<Alternative> {
    match parts.len() {
        0 => vec![Alternative::of("unknown".to_owned())],
        1 => distinct(parts.remove(0)),
        _ => {
            let mut texts: Vec<String> = parts.iter().map(|part| element(part)).collect();
            texts.dedup();
            vec![Alternative::of(texts.join(" & "))]
        }
    }
}

/// Removes duplicates.
fn distinct(alternatives: Vec<Alternative>) -> Vec<Alternative> {
    let mut known = BTreeSet::new();
    alternatives.into_iter().filter(|alternative| known.insert(alternative.text.clone())).collect()
}

fn join(alternatives: &[Alternative]) -> String {
    alternatives.iter().map(|alternative| alternative.text.as_str()).collect::<Vec<_>>().join(" | ")
}

/// Returns a type in parentheses if it is a union or an intersection, for a context that binds more closely.
fn element(alternatives: &[Alternative]) -> String {
    let text = join(alternatives);
    let simple = alternatives.len() == 1 && !text.contains(" & ") && !text.contains("/*") || is_braced(&text);
    if simple { text } else { format!("({text})") }
}

fn is_braced(text: &str) -> bool {
    text.starts_with('{') && text.ends_with('}') && !text.contains(" & ") && !text.contains(" | {")
}

/// Returns `true` for an object without named fields.
pub(super) fn is_map(keywords: &Map<String, Value>) -> bool {
    properties(keywords).next().is_none()
}

/// Returns the keywords of an object that consists only of its fields.
pub(super) fn plain_object(schema: &Value) -> Option<&Map<String, Value>> {
    let keywords = schema.as_object()?;
    let combined = ["$ref", "allOf", "anyOf", "oneOf", "enum", "const", UNKNOWN];
    let plain = !combined.iter().any(|keyword| keywords.contains_key(*keyword));
    let object = keywords.get("type").is_some_and(|kind| kind == "object");
    (plain && object && properties(keywords).next().is_some()).then_some(keywords)
}

fn properties(keywords: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    keywords.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn schemas<'v>(keywords: &'v Map<String, Value>, keyword: &str) -> &'v [Value] {
    keywords.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn description(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

/// Returns the doc comment of a type or a field.
fn documented(schema: &Value, indent: &str) -> String {
    let mut text = with_note(description(schema), loses_digits(schema).then_some(NOTE));
    if schema.get("deprecated").is_some_and(|deprecated| deprecated == true) {
        text.push_str(if text.is_empty() { "@deprecated" } else { "\n\n@deprecated" });
    }
    comment(&text, indent)
}

/// Returns documentation with a note on a separate line.
pub(super) fn with_note(documentation: &str, note: Option<&str>) -> String {
    let lines = [Some(documentation).filter(|text| !text.is_empty()), note];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn constant(value: &Value) -> String {
    match value {
        Value::String(text) => literal(text),
        Value::Bool(_) | Value::Number(_) | Value::Null => value.to_string(),
        Value::Array(values) => format!("[{}]", values.iter().map(constant).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{}: {}", key(name), constant(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join("; "))
        }
    }
}

/// Returns a text in quotation marks. The escapes of JSON are valid in TypeScript.
pub(super) fn literal(text: &str) -> String {
    Value::from(text).to_string()
}

/// Returns the name of a field, in quotation marks if it is not an identifier.
pub(super) fn key(name: &str) -> String {
    if is_identifier(name) { name.to_owned() } else { literal(name) }
}

/// Returns the parts of a declared path.
pub(crate) fn path_parts(namespace: &NamespaceContract) -> Vec<Part<'_>> {
    // The server parsed it when the namespace was added.
    let Ok(template) = Template::parse(&namespace.path) else { return vec![Part::Text(namespace.path.clone())] };
    let mut params = namespace.params.iter();
    let mut parts = Vec::new();
    for (index, text) in template.texts().enumerate() {
        if index > 0 {
            parts.extend(params.next().map(Part::Param));
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
    }
    parts
}
