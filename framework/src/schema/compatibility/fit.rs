//! Whether all that one schema describes fits another, and what does not.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::super::walk;
use super::shape::{Object, Shape, alternatives};

type Types = BTreeMap<String, Value>;

/// Where, and in which way, what is written differs from what is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// The named type that it is in, by its writer's and its reader's name; the schema itself, if it is in none.
    pub(super) within: Option<(String, String)>,
    /// The way from there: `.field`, `[]`.
    pub(super) path: String,
    pub(super) mismatch: Mismatch,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mismatch {
    /// The reader needs the field at the end of the path, and the writer may leave it out.
    Needed,
    /// The reader refuses the field at the end of the path.
    Refused,
    /// The reader does not look at the field at the end of the path: no harm.
    Ignored,
    /// The writer has values that the reader has not: these.
    Values(String),
    /// The writer is not described, and the reader is.
    WriterUnknown,
    /// The reader is not described, and the writer is: no harm.
    ReaderUnknown,
}

impl Mismatch {
    fn harmless(&self) -> bool {
        matches!(self, Self::Ignored | Self::ReaderUnknown)
    }
}

/// Compares what is written by some types with what is read by others.
pub(super) struct Fit<'a> {
    writer: &'a Types,
    reader: &'a Types,
    /// Pairs of types that were compared; `None` while they are.
    known: HashMap<(String, String), Option<Vec<Finding>>>,
}

impl<'a> Fit<'a> {
    pub(super) fn new(writer: &'a Types, reader: &'a Types) -> Self {
        Self { writer, reader, known: HashMap::new() }
    }

    /// What of the writer's values does not fit the reader.
    pub(super) fn check(&mut self, writer: &Value, reader: &Value) -> Vec<Finding> {
        let (Some(from), Some(to)) = (walk::reference(writer), walk::reference(reader)) else {
            return self.compare(writer, reader);
        };
        let pair = (from.to_owned(), to.to_owned());
        match self.known.get(&pair) {
            Some(Some(findings)) => return findings.clone(),
            // It contains itself: what is found is reported where it is being compared.
            Some(None) => return Vec::new(),
            None => {}
        }
        self.known.insert(pair.clone(), None);
        let mut findings = self.compare(writer, reader);
        for finding in findings.iter_mut().filter(|finding| finding.within.is_none()) {
            finding.within = Some(pair.clone());
        }
        self.known.insert(pair, Some(findings.clone()));
        findings
    }

    fn compare(&mut self, writer: &Value, reader: &Value) -> Vec<Finding> {
        let (from, to) = (alternatives(writer, self.writer), alternatives(reader, self.reader));
        from.iter().flat_map(|shape| self.any(shape, &to)).collect()
    }

    /// What of one alternative fits none of the reader's.
    fn any(&mut self, writer: &Shape, readers: &[Shape]) -> Vec<Finding> {
        if *writer == Shape::Boolean
            && [true, false].iter().all(|value| readers.contains(&Shape::Const(Value::from(*value))))
        {
            return Vec::new();
        }
        let alike: Vec<&Shape> = readers.iter().filter(|reader| may_fit(writer, reader)).collect();
        let mut best: Option<Vec<Finding>> = None;
        for reader in &alike {
            let findings = self.one(writer, reader);
            if findings.is_empty() {
                return findings;
            }
            let harm = |findings: &Vec<Finding>| findings.iter().filter(|finding| !finding.mismatch.harmless()).count();
            if best.as_ref().is_none_or(|best| (harm(&findings), findings.len()) < (harm(best), best.len())) {
                best = Some(findings);
            }
        }
        best.unwrap_or_else(|| vec![here(Mismatch::Values(writer.label()))])
    }

    fn one(&mut self, writer: &Shape, reader: &Shape) -> Vec<Finding> {
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
            (Shape::List { item, least, most }, Shape::List { item: wanted, least: fewest, most: highest }) => {
                let fits = least >= fewest && highest.is_none_or(|highest| most.is_some_and(|most| most <= highest));
                let lengths = if fits { Vec::new() } else { misfit() };
                lengths.into_iter().chain(self.inner("[]", item, wanted)).collect()
            }
            (Shape::Tuple { items, .. }, Shape::List { item: wanted, least: fewest, most: highest }) => {
                let count = items.len() as u64;
                if count < *fewest || highest.is_some_and(|highest| count > highest) {
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

    fn objects(&mut self, writer: &Object, reader: &Object) -> Vec<Finding> {
        let mut findings = Vec::new();
        for name in reader.required.difference(&writer.required) {
            findings.push(at(&format!(".{name}"), here(Mismatch::Needed)));
        }
        for (name, schema) in &writer.fields {
            let path = format!(".{name}");
            match (reader.fields.get(name), &reader.others) {
                (Some(wanted), _) => findings.extend(self.inner(&path, schema, wanted)),
                (None, None | Some(Value::Bool(true))) => findings.push(at(&path, here(Mismatch::Ignored))),
                (None, Some(Value::Bool(false))) => findings.push(at(&path, here(Mismatch::Refused))),
                (None, Some(wanted)) => findings.extend(self.inner(&path, schema, wanted)),
            }
        }
        // Who writes an open object may have more in it than its schema says: so far, that was ignored.
        let refuses = reader.others == Some(Value::Bool(false)) && writer.others.is_none();
        if refuses && !findings.iter().any(|finding| finding.mismatch == Mismatch::Refused) {
            findings.push(at(".any other field", here(Mismatch::Refused)));
        }
        // A map's keys may be any, also those of the reader's fields.
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

    /// The findings in a part, with the way to it; those in a named type have their place already.
    fn inner(&mut self, path: &str, writer: &Value, reader: &Value) -> Vec<Finding> {
        self.check(writer, reader).into_iter().map(|finding| at(path, finding)).collect()
    }
}

fn here(mismatch: Mismatch) -> Finding {
    Finding { within: None, path: String::new(), mismatch }
}

fn at(path: &str, mut finding: Finding) -> Finding {
    if finding.within.is_none() {
        finding.path.insert_str(0, path);
    }
    finding
}

/// Whether a reader's alternative is one that the writer's is to be held against.
fn may_fit(writer: &Shape, reader: &Shape) -> bool {
    match (writer, reader) {
        (_, Shape::Any | Shape::Unknown(_)) | (Shape::Unknown(_), _) => true,
        (Shape::Const(value), reader) => holds(reader, value),
        _ => writer.resembles(reader),
    }
}

/// Whether a constant is a value of this shape.
fn holds(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Const(constant) => constant == value,
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
