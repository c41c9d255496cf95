//! Parts of a contract that do not work for every value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::{Contract, Direction, deep, precision, walk};
use crate::contract::schema::is_never;

/// A part of a contract that does not work for every value: see [`Contract::warnings`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The namespace, event and value concerned: `/jobs: start, acknowledgement`.
    pub place: String,
    /// The kind of problem.
    pub kind: WarningKind,
}

/// The problem that a [`Warning`] reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// The answer to an event can be an object with `error` as its only key. The server does not send such an answer,
    /// because a client would take it for a failure.
    AckLooksLikeFailure,
    /// An integer may be larger than 2<sup>53</sup> - 1, beyond which JavaScript's numbers lose digits.
    ///
    /// [`switchboard::digits`](crate::digits) sends it as a string. An upper bound also removes the warning:
    /// `#[schemars(range(max = 9007199254740991))]`.
    IntegerLosesDigits,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AckLooksLikeFailure => {
                "can be an object with `error` as its only key, which is how failures look: rename the field, or add one \
                 that is always there"
            }
            Self::IntegerLosesDigits => {
                "loses digits beyond 2^53 - 1 in JavaScript: send it by `switchboard::digits`, or bound it"
            }
        })
    }
}

impl Contract {
    /// Returns the parts of the contract that allow values which do not arrive as they should.
    ///
    /// The [command](Self::command) prints the list to standard error. A test can require that it is empty:
    ///
    /// ```
    /// use switchboard::{prelude::*, schema::{Contract, WarningKind}};
    ///
    /// #[payload]
    /// struct Outcome {
    ///     error: Option<String>,
    /// }
    ///
    /// struct Jobs;
    ///
    /// #[namespace("/jobs")]
    /// impl Jobs {
    ///     #[on("start")]
    ///     fn start(&self) -> Outcome {
    ///         Outcome { error: None }
    ///     }
    ///
    ///     #[on("count")]
    ///     fn count(&self) -> u32 {
    ///         0
    ///     }
    /// }
    ///
    /// let warnings = Contract::of::<Jobs>().warnings();
    /// assert_eq!(warnings.len(), 1);
    /// assert_eq!(warnings[0].place, "/jobs: start, acknowledgement");
    /// assert_eq!(warnings[0].kind, WarningKind::AckLooksLikeFailure);
    /// ```
    pub fn warnings(&self) -> Vec<Warning> {
        deep::run(|| {
            let mut warnings = self.acks_like_failures();
            warnings.extend(self.integers_that_lose_digits());
            warnings
        })
    }

    fn integers_that_lose_digits(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |place: &str| {
            warnings.push(Warning { place: place.to_owned(), kind: WarningKind::IntegerLosesDigits });
        };
        // The parameters of a path are text, which keeps all digits, and a session is not sent.
        for namespace in &self.namespaces {
            let label = namespace.label();
            if let Some(auth) = &namespace.auth {
                precision::each_loss(auth, &format!("{label}: auth"), &mut warn);
            }
            for event in namespace.incoming.iter().chain(&namespace.outgoing) {
                let place = format!("{label}: {}", event.name);
                event.each_schema(Direction::Incoming, &place, &mut |_, place, schema| {
                    precision::each_loss(schema, place, &mut warn);
                });
            }
        }
        for (name, schema) in &self.types {
            precision::each_loss(schema, &format!("type {name}"), &mut warn);
        }
        warnings
    }

    fn acks_like_failures(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for namespace in &self.namespaces {
            for event in &namespace.incoming {
                if let [answer] = &event.ack[..]
                    && looks_like_failure(answer, &self.types)
                {
                    let place = format!("{}: {}, acknowledgement", namespace.label(), event.name);
                    warnings.push(Warning { place, kind: WarningKind::AckLooksLikeFailure });
                }
            }
        }
        warnings
    }
}

/// Returns `true` if a type names a field `error`, and every other field may be missing.
///
/// Maps and unknown types are not included, because their keys are not known.
fn looks_like_failure(schema: &Value, types: &BTreeMap<String, Value>) -> bool {
    objects(schema, types, &mut BTreeSet::new()).contains(&Object { names_error: true, requires_others: false })
}

/// The relevant properties of the objects that a schema allows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Object {
    names_error: bool,
    requires_others: bool,
}

/// Returns the objects that a schema allows; an empty set if it allows only other values.
fn objects<'a>(
    schema: &'a Value,
    types: &'a BTreeMap<String, Value>,
    open: &mut BTreeSet<&'a str>,
) -> BTreeSet<Object> {
    if schema.get("type").is_some_and(|kind| !names(kind).any(|kind| kind == "object")) || is_never(schema) {
        return BTreeSet::new();
    }
    let mut found = BTreeSet::from([Object {
        names_error: schema.get("properties").is_some_and(|properties| properties.get("error").is_some()),
        requires_others: schema.get("required").is_some_and(|required| names(required).any(|name| name != "error")),
    }]);
    if let Some((name, target)) = walk::reference(schema).and_then(|name| types.get_key_value(name))
        && open.insert(name)
    {
        found = both(&found, &objects(target, types, open));
        open.remove(name.as_str());
    }
    for all in parts(schema, "allOf") {
        found = both(&found, &objects(all, types, open));
    }
    for keyword in ["anyOf", "oneOf"] {
        let alternatives = parts(schema, keyword);
        if !alternatives.is_empty() {
            let any = alternatives.iter().flat_map(|schema| objects(schema, types, open)).collect();
            found = both(&found, &any);
        }
    }
    found
}

/// Returns the objects that two schemas allow together.
fn both(a: &BTreeSet<Object>, b: &BTreeSet<Object>) -> BTreeSet<Object> {
    let together = |a: &Object, b: &Object| Object {
        names_error: a.names_error || b.names_error,
        requires_others: a.requires_others || b.requires_others,
    };
    a.iter().flat_map(|a| b.iter().map(move |b| together(a, b))).collect()
}

fn parts<'a>(schema: &'a Value, keyword: &str) -> &'a [Value] {
    schema.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns a string, or the strings of a list.
fn names(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn looks_like_failure(schema: &Value) -> bool {
        let types = json!({
            "Outcome": { "type": "object", "properties": { "error": {} }, "required": ["error"] },
            "Job": { "type": "object", "properties": { "error": {}, "id": {} }, "required": ["error", "id"] },
            "Loop": { "anyOf": [{ "$ref": "#/components/schemas/Loop" }, { "type": "null" }] },
        });
        super::looks_like_failure(schema, &serde_json::from_value(types).unwrap())
    }

    #[test]
    fn answers_that_can_be_taken_for_failures_are_found() {
        let error = json!({ "type": "object", "properties": { "error": {} }, "required": ["error"] });
        let optional = json!({ "type": "object", "properties": { "error": {}, "id": {} } });
        let (outcome, id) = (
            json!({ "$ref": "#/components/schemas/Outcome" }),
            json!({ "type": "object", "properties": { "id": {} }, "required": ["id"] }),
        );
        for schema in [
            &error,
            &optional,
            &outcome,
            &json!({ "type": ["object", "null"], "properties": { "error": {} } }),
            &json!({ "anyOf": [outcome, { "type": "null" }] }),
            &json!({ "allOf": [outcome, { "type": "object" }] }),
            &json!({ "oneOf": [id, error] }),
        ] {
            assert!(looks_like_failure(schema), "{schema}");
        }
        for schema in [
            &json!({ "$ref": "#/components/schemas/Job" }),
            &json!({ "$ref": "#/components/schemas/Loop" }),
            &json!({ "allOf": [outcome, id] }),
            &json!({ "type": "object", "properties": { "id": {} }, "required": ["id"], "oneOf": [error, outcome] }),
            &json!({ "type": "array", "items": outcome }),
            &json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            &json!({ "x-unknown": "geo::Point" }),
            &json!({ "type": "string" }),
            &json!(true),
            &json!(false),
        ] {
            assert!(!looks_like_failure(schema), "{schema}");
        }
    }
}
