//! Finds the values that one schema describes and another one does not accept.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::super::walk;
use super::Direction;
use super::object::Object;
use super::shape::{Alternative, Shape, alternatives};

type Types = BTreeMap<String, Value>;

/// One difference between the values that are written and those that are read, and its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// The named type that contains it, by the writer's and the reader's name; `None` for the schema itself.
    pub(super) within: Option<(String, String)>,
    /// The path from there: `.field`, `[]`.
    pub(super) path: String,
    pub(super) mismatch: Mismatch,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mismatch {
    /// The reader requires the field at the end of the path, and the writer may leave it out.
    Needed,
    /// The reader rejects the field at the end of the path.
    Refused,
    /// The reader ignores the field at the end of the path, which does no harm.
    Ignored,
    /// Values that the writer may send and the reader does not accept.
    Values(String),
    /// The writer's type has no description, and the reader's type has one.
    WriterUnknown,
    /// The reader's type has no description, and the writer's type has one. This does no harm.
    ReaderUnknown,
}

impl Mismatch {
    fn harmless(&self) -> bool {
        matches!(self, Self::Ignored | Self::ReaderUnknown)
    }
}

/// A part of a comparison's result.
#[derive(Clone, Debug)]
enum Found {
    Finding(Finding),
    /// The findings inside the named types of a pair of schemas, by the pair's index in `Fit::compared`. They are
    /// listed once, however many types refer to the pair.
    Inside {
        pair: usize,
        harmless: bool,
    },
}

impl Found {
    fn harmless(&self) -> bool {
        match self {
            Self::Finding(finding) => finding.mismatch.harmless(),
            Self::Inside { harmless, .. } => *harmless,
        }
    }

    /// Returns the finding if it has no place in a named type yet.
    fn unplaced(&mut self) -> Option<&mut Finding> {
        match self {
            Self::Finding(finding) if finding.within.is_none() => Some(finding),
            Self::Finding(_) | Self::Inside { .. } => None,
        }
    }
}

/// Compares the values that one set of types writes with those that another set reads.
pub(super) struct Fit<'a> {
    writer: &'a Types,
    reader: &'a Types,
    /// For values that clients send, the names that only the server knows also count.
    direction: Direction,
    /// Pairs of schemas with references, and the indices of their results. Schemas without references are finite, and
    /// are not stored.
    pairs: HashMap<(String, String), usize>,
    /// The results. An entry is empty while its comparison is in progress.
    compared: Vec<Vec<Found>>,
}

impl<'a> Fit<'a> {
    pub(super) fn new(writer: &'a Types, reader: &'a Types, direction: Direction) -> Self {
        Self { writer, reader, direction, pairs: HashMap::new(), compared: Vec::new() }
    }

    /// Returns the values of the writer that do not fit the reader, each finding once.
    pub(super) fn findings(&mut self, writer: &Value, reader: &Value) -> Vec<Finding> {
        let mut open = self.check(writer, reader);
        open.reverse();
        let (mut findings, mut known, mut expanded) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        while let Some(found) = open.pop() {
            match found {
                Found::Finding(finding) if known.insert(finding.clone()) => findings.push(finding),
                Found::Inside { pair, .. } if expanded.insert(pair) => {
                    let is_placed =
                        |found: &&Found| !matches!(found, Found::Finding(finding) if finding.within.is_none());
                    open.extend(self.compared[pair].iter().rev().filter(is_placed).cloned());
                }
                Found::Finding(_) | Found::Inside { .. } => {}
            }
        }
        findings
    }

    fn check(&mut self, writer: &Value, reader: &Value) -> Vec<Found> {
        if !walk::has_references(writer) || !walk::has_references(reader) {
            return self.compare(writer, reader);
        }
        let key = (writer.to_string(), reader.to_string());
        if let Some(pair) = self.pairs.get(&key) {
            return self.result(*pair);
        }
        let pair = self.compared.len();
        self.pairs.insert(key, pair);
        self.compared.push(Vec::new());
        let mut found = self.compare(writer, reader);
        if let (Some(from), Some(to)) = (walk::reference(writer), walk::reference(reader)) {
            place_within(&mut found, from, to);
        }
        self.compared[pair] = found;
        self.result(pair)
    }

    /// Returns the result of a pair, with all findings inside named types combined into one.
    fn result(&self, pair: usize) -> Vec<Found> {
        let (mut unplaced, mut harm) = (Vec::new(), None);
        for found in &self.compared[pair] {
            match found {
                Found::Finding(finding) if finding.within.is_none() => unplaced.push(found.clone()),
                placed => harm = Some(harm.unwrap_or(false) || !placed.harmless()),
            }
        }
        unplaced.extend(harm.map(|harm| Found::Inside { pair, harmless: !harm }));
        unplaced
    }

    fn compare(&mut self, writer: &Value, reader: &Value) -> Vec<Found> {
        let from = alternatives(writer, self.writer, self.direction);
        let to = alternatives(reader, self.reader, self.direction);
        from.iter().flat_map(|alternative| self.any(alternative, &to)).collect()
    }

    /// Returns the findings for an alternative of the writer that fits none of the reader's.
    fn any(&mut self, writer: &Alternative<'_>, readers: &[Alternative<'_>]) -> Vec<Found> {
        if writer.shape == Shape::Boolean
            && [true, false]
                .iter()
                .all(|value| readers.iter().any(|reader| reader.shape == Shape::Const(Value::from(*value))))
        {
            return Vec::new();
        }
        let mut alike: Vec<_> = readers.iter().filter(|reader| may_fit(&writer.shape, &reader.shape)).collect();
        // A value with the name of a known variant is not read as `#[serde(other)]`.
        if readers.iter().any(|reader| is_named_alike(&writer.shape, &reader.shape)) {
            alike.retain(|reader| !is_other(&reader.shape));
        }
        let mut best: Option<Vec<Found>> = None;
        for reader in alike {
            let mut found = self.one(&writer.shape, &reader.shape);
            if found.is_empty() {
                return found;
            }
            if let (Some(from), Some(to)) = (writer.declared_by, reader.declared_by) {
                place_within(&mut found, from, to);
            }
            let harm = |found: &Vec<Found>| found.iter().filter(|found| !found.harmless()).count();
            if best.as_ref().is_none_or(|best| (harm(&found), found.len()) < (harm(best), best.len())) {
                best = Some(found);
            }
        }
        best.unwrap_or_else(|| vec![here(Mismatch::Values(writer.shape.label()))])
    }

    fn one(&mut self, writer: &Shape, reader: &Shape) -> Vec<Found> {
        let misfit = || vec![here(Mismatch::Values(writer.label()))];
        match (writer, reader) {
            (_, Shape::Any) | (Shape::Unknown(_), Shape::Unknown(_)) => Vec::new(),
            (_, Shape::Unknown(_)) => vec![here(Mismatch::ReaderUnknown)],
            (Shape::Unknown(_), _) => vec![here(Mismatch::WriterUnknown)],
            (
                Shape::Number { integer, least, most },
                Shape::Number { integer: only_integers, least: lowest, most: highest },
            ) => {
                let low = lowest.is_none_or(|lowest| least.is_some_and(|least| least >= lowest));
                let high = highest.is_none_or(|highest| most.is_some_and(|most| most <= highest));
                if (*integer || !only_integers) && low && high { Vec::new() } else { misfit() }
            }
            (
                Shape::Text { format, pattern, least, most },
                Shape::Text { format: wanted, pattern: rule, least: shortest, most: longest },
            ) => {
                let form = (wanted.is_none() || wanted == format) && (rule.is_none() || rule == pattern);
                let long = longest.is_none_or(|longest| most.is_some_and(|most| most <= longest));
                if form && long && least >= shortest { Vec::new() } else { misfit() }
            }
            (Shape::Const(value), reader) => {
                if holds(reader, value) {
                    Vec::new()
                } else {
                    misfit()
                }
            }
            (
                Shape::List { item, least, most, unique },
                Shape::List { item: wanted, least: fewest, most: highest, unique: only_unique },
            ) => {
                let fits = least >= fewest
                    && (*unique || !only_unique)
                    && highest.is_none_or(|highest| most.is_some_and(|most| most <= highest));
                let lengths = if fits { Vec::new() } else { misfit() };
                lengths.into_iter().chain(self.inner("[]", item, wanted)).collect()
            }
            (Shape::Tuple { items, .. }, Shape::List { item: wanted, least: fewest, most: highest, unique }) => {
                let count = items.len() as u64;
                if count < *fewest || highest.is_some_and(|highest| count > highest) || *unique && count > 1 {
                    return misfit();
                }
                items.iter().flat_map(|item| self.inner("[]", item, wanted)).collect()
            }
            (Shape::Tuple { items, least }, Shape::Tuple { items: wanted, least: fewest }) => {
                if items.len() > wanted.len() || least < fewest {
                    return misfit();
                }
                let pairs = items.iter().zip(wanted).enumerate();
                pairs.flat_map(|(index, (item, wanted))| self.inner(&format!("[{index}]"), item, wanted)).collect()
            }
            (Shape::Object(writer), Shape::Object(reader)) => self.objects(writer, reader),
            _ => {
                if writer == reader {
                    Vec::new()
                } else {
                    misfit()
                }
            }
        }
    }

    fn objects(&mut self, writer: &Object, reader: &Object) -> Vec<Found> {
        let mut findings = Vec::new();
        for name in reader.required.iter().filter(|name| !always_gives(writer, reader, name)) {
            findings.push(at(&format!(".{name}"), here(Mismatch::Needed)));
        }
        let mut given = BTreeMap::new();
        for (field, schema) in &writer.fields {
            let read_as = reader.field(field).map(|(name, _)| name);
            let names = writer.names(field).filter(|name| {
                // An alias that both sides know adds nothing.
                name == field || read_as.is_none() || reader.field(name).map(|(name, _)| name) != read_as
            });
            for name in names {
                let path = format!(".{name}");
                match (reader.field(name), &reader.others) {
                    // serde rejects a field that is sent under two names.
                    (Some((known, _)), _) if given.insert(known, field).is_some_and(|other| other != field) => {
                        findings.push(at(&path, here(Mismatch::Refused)));
                    }
                    (Some((_, wanted)), _) => findings.extend(self.inner(&path, schema, wanted)),
                    (None, None | Some(Value::Bool(true))) => findings.push(at(&path, here(Mismatch::Ignored))),
                    (None, Some(Value::Bool(false))) => findings.push(at(&path, here(Mismatch::Refused))),
                    (None, Some(wanted)) => findings.extend(self.inner(&path, schema, wanted)),
                }
            }
        }
        // The writer of an open object may send more fields than its schema lists. So far the reader ignored them.
        let refuses = reader.others == Some(Value::Bool(false)) && writer.others.is_none();
        let is_refusal =
            |found: &Found| matches!(found, Found::Finding(finding) if finding.mismatch == Mismatch::Refused);
        if refuses && !findings.iter().any(is_refusal) {
            findings.push(at(".any other field", here(Mismatch::Refused)));
        }
        // A map may have any keys, including the names of the reader's fields.
        if let Some(schema) = writer.others.as_ref().filter(|others| !others.is_boolean()) {
            if let Some(wanted) = &reader.others {
                if reader.keys.is_some() && reader.keys != writer.keys {
                    let keys = writer.keys.as_ref();
                    let keys = keys.map_or_else(|| "any key".to_owned(), |keys| format!("a key that matches {keys}"));
                    findings.push(at(".*", here(Mismatch::Values(keys))));
                }
                findings.extend(self.inner(".*", schema, wanted));
            }
            for (name, wanted) in reader.fields.iter().filter(|(name, _)| !writer.fields.contains_key(*name)) {
                findings.extend(self.inner(&format!(".{name}"), schema, wanted));
            }
        }
        findings
    }

    /// Returns the findings in a part of a value, with the path to that part. Findings in a named type already have
    /// their place.
    fn inner(&mut self, path: &str, writer: &Value, reader: &Value) -> Vec<Found> {
        self.check(writer, reader).into_iter().map(|found| at(path, found)).collect()
    }
}

/// Returns `true` if every value of the writer has the reader's field, under a name that the reader knows.
fn always_gives(writer: &Object, reader: &Object, field: &str) -> bool {
    let is_read = |name: &str| name == field || reader.field(name).is_some_and(|(name, _)| name == field);
    writer.required.iter().any(|name| writer.names(name).all(is_read))
}

/// Places the findings that are not in a named type yet.
fn place_within(found: &mut [Found], writer: &str, reader: &str) {
    for finding in found.iter_mut().filter_map(Found::unplaced) {
        finding.within = Some((writer.to_owned(), reader.to_owned()));
    }
}

fn here(mismatch: Mismatch) -> Found {
    Found::Finding(Finding { within: None, path: String::new(), mismatch })
}

fn at(path: &str, mut found: Found) -> Found {
    if let Some(finding) = found.unplaced() {
        finding.path.insert_str(0, path);
    }
    found
}

/// Returns `true` if the writer's alternative is to be compared with this alternative of the reader.
fn may_fit(writer: &Shape, reader: &Shape) -> bool {
    match (writer, reader) {
        (_, Shape::Any | Shape::Unknown(_)) | (Shape::Unknown(_), _) => true,
        (Shape::Const(value), reader) => holds(reader, value),
        _ => writer.resembles(reader),
    }
}

/// Returns `true` if both are variants with the same name.
fn is_named_alike(writer: &Shape, reader: &Shape) -> bool {
    match (writer, reader) {
        (Shape::Const(writer), Shape::Const(reader)) => writer == reader,
        (Shape::Const(Value::String(name)), Shape::Object(reader)) => reader.is_variant(name),
        (Shape::Object(writer), Shape::Object(reader)) => writer.shares_constant(reader),
        _ => false,
    }
}

fn is_other(shape: &Shape) -> bool {
    matches!(shape, Shape::OtherTag) || matches!(shape, Shape::Object(object) if object.has_other_tag())
}

/// Returns `true` if a constant is a value of this shape.
fn holds(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Const(constant) => constant == value,
        Shape::OtherTag => value.is_string(),
        Shape::Null => value.is_null(),
        Shape::Boolean => value.is_boolean(),
        Shape::Number { integer, least, most } => value.as_f64().is_some_and(|number| {
            (!integer || value.is_i64() || value.is_u64())
                && least.is_none_or(|least| number >= least)
                && most.is_none_or(|most| number <= most)
        }),
        Shape::Text { format: None, pattern: None, least, most } => value.as_str().is_some_and(|text| {
            let length = text.chars().count() as u64;
            length >= *least && most.is_none_or(|most| length <= most)
        }),
        _ => false,
    }
}
