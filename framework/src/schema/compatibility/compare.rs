//! Comparison of two contracts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::contract::{Argument, EventContract, NamespaceContract};
use super::super::{Contract, deep};
use super::fit::{Finding, Fit, Mismatch};
use super::{Change, Changes, Direction, Rule};

impl Contract {
    /// Returns the changes from this contract to `after`, and whether they break clients of this one.
    ///
    /// A change breaks a client if the server rejects a value that the client sends, no longer sends a value that the
    /// client needs, or sends a value that the client does not know. Fields of an object that are unknown to the reader
    /// do no harm, unless the reader denies unknown fields. [`Rule::breaks`] lists the rules.
    pub fn compare(&self, after: &Self) -> Changes {
        deep::run(|| self.changes_to(after))
    }

    fn changes_to(&self, after: &Self) -> Changes {
        let mut comparison = Comparison {
            incoming: Both::new(self, after, Direction::Incoming),
            outgoing: Both::new(self, after, Direction::Outgoing),
            changes: Vec::new(),
            told: BTreeSet::new(),
        };
        comparison.contracts(self, after);
        let mut changes = comparison.changes;
        changes.sort_by_key(|change| !change.breaking);
        Changes(changes)
    }
}

struct Comparison<'a> {
    incoming: Both<'a>,
    outgoing: Both<'a>,
    changes: Vec<Change>,
    /// A type's change is reported once, not at each use of the type.
    told: BTreeSet<(Rule, bool, String, Option<String>)>,
}

/// Compares the values that one side sends in both directions: from the old contract to the new one, and back.
struct Both<'a> {
    forth: Fit<'a>,
    back: Fit<'a>,
}

impl<'a> Both<'a> {
    fn new(before: &'a Contract, after: &'a Contract, direction: Direction) -> Self {
        Self {
            forth: Fit::new(&before.types, &after.types, direction),
            back: Fit::new(&after.types, &before.types, direction),
        }
    }
}

/// The items that only the first list has, pairs of those that both have, and the items that only the second has.
type Paired<'a, T> = (Vec<&'a T>, Vec<(&'a T, &'a T)>, Vec<&'a T>);

fn paired<'a, T, K: Ord>(before: &'a [T], after: &'a [T], key: impl Fn(&'a T) -> K) -> Paired<'a, T> {
    let mut left: BTreeMap<K, &T> = before.iter().map(|item| (key(item), item)).collect();
    let (mut both, mut new) = (Vec::new(), Vec::new());
    for item in after {
        match left.remove(&key(item)) {
            Some(old) => both.push((old, item)),
            None => new.push(item),
        }
    }
    (left.into_values().collect(), both, new)
}

impl Comparison<'_> {
    fn tell(&mut self, rule: Rule, direction: Direction, place: &str, values: Option<String>) {
        let key = (rule, direction == Direction::Incoming, place.to_owned(), values.clone());
        if self.told.insert(key) {
            let breaking = rule.breaks(direction);
            self.changes.push(Change { rule, direction, breaking, place: place.to_owned(), values });
        }
    }

    fn contracts(&mut self, before: &Contract, after: &Contract) {
        let key = |namespace: &NamespaceContract| (namespace.path.clone(), namespace.label());
        let (gone, both, new) = paired(&before.namespaces, &after.namespaces, key);
        for namespace in gone {
            self.tell(Rule::NamespaceRemoved, Direction::Outgoing, &namespace.label(), None);
        }
        for namespace in new {
            self.tell(Rule::NamespaceAdded, Direction::Outgoing, &namespace.label(), None);
        }
        for (before, after) in both {
            self.namespaces(before, after);
        }
    }

    fn namespaces(&mut self, before: &NamespaceContract, after: &NamespaceContract) {
        let label = after.label();
        for (old, new) in before.params.iter().zip(&after.params) {
            let place = format!("{label}, parameter {}", new.name);
            self.schemas(Direction::Incoming, &place, &old.schema, &new.schema);
        }
        // The server reads a missing `auth` as `{}`.
        let nothing = json!({ "type": "object" });
        let (old, new) = (before.auth.as_ref().unwrap_or(&nothing), after.auth.as_ref().unwrap_or(&nothing));
        self.schemas(Direction::Incoming, &format!("{label}, auth"), old, new);

        for (direction, old, new) in [
            (Direction::Incoming, &before.incoming, &after.incoming),
            (Direction::Outgoing, &before.outgoing, &after.outgoing),
        ] {
            let (gone, both, new) = paired(old, new, |event| &event.name);
            for event in gone {
                self.tell(Rule::EventRemoved, direction, &format!("{label}, {}", event.name), None);
            }
            for event in new {
                self.tell(Rule::EventAdded, direction, &format!("{label}, {}", event.name), None);
            }
            for (before, after) in both {
                let place = format!("{label}, {}", after.name);
                self.arguments(direction, &place, &before.arguments, &after.arguments);
                self.acknowledgements(direction.back(), &place, before, after);
            }
        }
    }

    fn arguments(&mut self, direction: Direction, event: &str, before: &[Argument], after: &[Argument]) {
        for index in 0..before.len().max(after.len()) {
            let (old, new) = (argument(before, index), argument(after, index));
            let name = new.or(old).and_then(|argument| argument.name.as_deref());
            let name = name.map_or_else(String::new, |name| format!(" ({name})"));
            let place = format!("{event}, argument {}{name}", index + 1);
            let client_sends = direction == Direction::Incoming;
            let rule = match (old, new) {
                (None, Some(new)) if client_sends && new.may_be_missing() => Some(Rule::ArgumentOptional),
                (None, Some(_)) if client_sends => Some(Rule::ArgumentRequired),
                (None, Some(_)) => Some(Rule::ArgumentAdded),
                (Some(_), None) => Some(Rule::ArgumentRemoved),
                // The server always sends its arguments, although one may be `null`.
                (Some(old), Some(new)) if client_sends => match (old.may_be_missing(), new.may_be_missing()) {
                    (true, false) => Some(Rule::ArgumentRequired),
                    (false, true) => Some(Rule::ArgumentOptional),
                    _ => None,
                },
                _ => None,
            };
            if let Some(rule) = rule {
                self.tell(rule, direction, &place, None);
            }
            if let (Some(old), Some(new)) = (old, new) {
                self.schemas(direction, &place, &old.schema, &new.schema);
            }
        }
    }

    fn acknowledgements(&mut self, direction: Direction, event: &str, before: &EventContract, after: &EventContract) {
        for index in 0..before.ack.len().max(after.ack.len()) {
            let several = before.ack.len().max(after.ack.len()) > 1;
            let number = if several { format!(" {}", index + 1) } else { String::new() };
            let place = format!("{event}, acknowledgement{number}");
            match (before.ack.get(index), after.ack.get(index)) {
                (Some(old), Some(new)) => self.schemas(direction, &place, old, new),
                (Some(_), None) => self.tell(Rule::AckRemoved, direction, &place, None),
                (None, _) => self.tell(Rule::AckAdded, direction, &place, None),
            }
        }
        // A client that requests an acknowledgement expects the server's own failures, and the handler's failures if
        // the old handler had them. Without values or failures in the old contract, no client requests one.
        let asked = !before.ack.is_empty() || before.error.is_some();
        if direction == Direction::Outgoing && asked && before.error != after.error {
            let general = json!({
                "type": "object",
                "properties": { "message": { "type": "string" } },
                "required": ["message"],
            });
            let either = |error: &Option<Value>| match error {
                Some(error) => json!({ "anyOf": [error, general] }),
                None => general.clone(),
            };
            self.schemas(direction, &format!("{event}, error"), &either(&before.error), &either(&after.error));
        }
    }

    fn schemas(&mut self, direction: Direction, place: &str, before: &Value, after: &Value) {
        let both = match direction {
            Direction::Incoming => &mut self.incoming,
            Direction::Outgoing => &mut self.outgoing,
        };
        let (forth, back) = (both.forth.findings(before, after), both.back.findings(after, before));
        // A new required field, and a removed field that was always present, are found in both directions.
        let has = |findings: &[Finding], finding: &Finding, mismatch: &Mismatch| {
            let place = named(finding, false);
            findings.iter().any(|other| other.mismatch == *mismatch && named(other, true) == place)
        };
        for finding in &forth {
            let rule = match finding.mismatch {
                // A new required field. If the server sends it, it is reported as `FieldAdded`.
                Mismatch::Needed if direction == Direction::Outgoing && has(&back, finding, &Mismatch::Ignored) => {
                    continue;
                }
                Mismatch::Needed => Rule::FieldRequired,
                Mismatch::Refused => Rule::FieldRefused,
                Mismatch::Ignored => Rule::FieldRemoved,
                Mismatch::Values(_) => Rule::ValuesNarrower,
                Mismatch::WriterUnknown => Rule::BecameKnown,
                Mismatch::ReaderUnknown => Rule::BecameUnknown,
            };
            self.found(rule, direction, place, finding, false);
        }
        for finding in &back {
            let swapped = |mismatch| {
                let place = named(finding, true);
                forth.iter().any(|other| other.mismatch == mismatch && named(other, false) == place)
            };
            let rule = match finding.mismatch {
                Mismatch::Needed if swapped(Mismatch::Ignored) => continue,
                Mismatch::Ignored if direction == Direction::Incoming && swapped(Mismatch::Needed) => continue,
                Mismatch::Needed => Rule::FieldOptional,
                Mismatch::Refused => Rule::FieldAccepted,
                Mismatch::Ignored => Rule::FieldAdded,
                Mismatch::Values(_) => Rule::ValuesWider,
                // The other direction reports these.
                Mismatch::WriterUnknown | Mismatch::ReaderUnknown => continue,
            };
            self.found(rule, direction, place, finding, true);
        }
    }

    fn found(&mut self, rule: Rule, direction: Direction, place: &str, finding: &Finding, back: bool) {
        let (within, path) = named(finding, back);
        let path = path.trim_start_matches('.');
        let sender = if direction == Direction::Incoming { "client" } else { "server" };
        let place = match (within, path) {
            (None, "") => place.to_owned(),
            (None, path) => format!("{place}, {path}"),
            (Some((_, name)), "") => format!("type {name}, sent by the {sender}"),
            (Some((_, name)), path) => format!("type {name}, sent by the {sender}, {path}"),
        };
        let values = match &finding.mismatch {
            Mismatch::Values(values) => Some(values.clone()),
            _ => None,
        };
        self.tell(rule, direction, &place, values);
    }
}

/// Returns the argument at this index. A rest argument stands for all indices beyond it.
fn argument(arguments: &[Argument], index: usize) -> Option<&Argument> {
    arguments.get(index).or_else(|| arguments.last().filter(|argument| argument.rest))
}

/// Returns the place of a finding, with the names of types before and after the change.
fn named(finding: &Finding, back: bool) -> (Option<(&str, &str)>, &str) {
    let within = finding.within.as_ref().map(|(writer, reader)| {
        if back { (reader.as_str(), writer.as_str()) } else { (writer.as_str(), reader.as_str()) }
    });
    (within, &finding.path)
}
