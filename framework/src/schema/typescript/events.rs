//! An event as the type of its listener.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::contract::{Argument, EventContract, Way};
use super::super::identifier::{free, is_identifier};
use super::super::precision::loses_digits;
use super::super::walk;
use super::types::{LINE, Types, with_note};

impl Types<'_> {
    /// Returns the function type of an event in an event map.
    pub(crate) fn event(&self, event: &EventContract, way: Way) -> String {
        let parameters = self.parameters(event, way);
        let (single, rest) = event.single_and_rest();
        let optional = single.iter().rev().take_while(|argument| argument.optional).count();
        let required = single.len() - optional;
        let list = |parameters: &[(String, String)], marks: usize| -> Vec<String> {
            let mark = |index| if (single.len() - marks..single.len()).contains(&index) { "?" } else { "" };
            let spread = |index| if index == single.len() { "..." } else { "" };
            let written = parameters.iter().enumerate();
            written.map(|(index, (name, value))| format!("{}{name}{}: {value}", spread(index), mark(index))).collect()
        };
        match self.ack(event, way) {
            // TypeScript allows a parameter after a rest parameter only in a tuple.
            Some(ack) if rest.is_some() && optional == 0 => {
                let mut list = list(&parameters, 0);
                list.push(format!("ack{}: {ack}", if way == Way::In { "" } else { "?" }));
                format!("(...args: [{}]) => void", list.join(", "))
            }
            // Optional arguments come before the required acknowledgement: each possible number of arguments has its
            // own tuple. `emitWithAck` finds the acknowledgement at the end of each tuple.
            Some(ack) if way == Way::In && optional > 0 => {
                let lists = (required..single.len()).chain([parameters.len()]).map(|count| {
                    let mut list = list(&parameters[..count], 0);
                    list.push(format!("ack: {ack}"));
                    format!("[{}]", list.join(", "))
                });
                let lists: String = lists.map(|list| format!("\n      | {list}")).collect();
                format!("(\n    ...args:{lists}\n  ) => void")
            }
            ack => {
                // The server always sends all arguments.
                let mut list = list(&parameters, if way == Way::In { optional } else { 0 });
                list.extend(ack.map(|ack| if way == Way::In { format!("ack: {ack}") } else { format!("ack?: {ack}") }));
                function(&list)
            }
        }
    }

    /// Returns the names and types of the arguments.
    pub(crate) fn parameters(&self, event: &EventContract, way: Way) -> Vec<(String, String)> {
        let mut taken = super::reserved();
        taken.extend(["ack".to_owned(), "args".to_owned(), "arguments".to_owned(), "eval".to_owned()]);
        let parameter = |(index, argument): (usize, &Argument)| {
            let name = argument.name.clone().or_else(|| self.name_by_type(argument));
            let name = name.filter(|name| is_identifier(name)).unwrap_or_else(|| format!("arg{}", index + 1));
            let name =
                if event.arguments.len() > 1 && argument.name.is_none() { format!("arg{}", index + 1) } else { name };
            let value = if argument.rest {
                self.value(&json!({ "type": "array", "items": argument.schema }), way)
            } else {
                self.value(&argument.schema, way)
            };
            (unreserved(&name, &mut taken), value)
        };
        event.arguments.iter().enumerate().map(parameter).collect()
    }

    /// Returns an event's documentation, with a note on values that may lose digits.
    pub(crate) fn event_documentation(&self, event: &EventContract, way: Way) -> String {
        let parameters = self.parameters(event, way);
        let arguments = parameters.iter().zip(&event.arguments);
        let mut values: Vec<_> = arguments
            .filter(|(_, argument)| loses_digits(&argument.schema))
            .map(|((name, _), _)| format!("`{name}`"))
            .collect();
        if event.ack.iter().any(loses_digits) {
            values.push("the answer".to_owned());
        }
        if event.error.as_ref().is_some_and(loses_digits) {
            values.push("the error".to_owned());
        }
        let note = (!values.is_empty()).then(|| format!("Beyond 2^53 - 1, digits are lost: {}.", values.join(", ")));
        with_note(&event.documentation, note.as_deref())
    }

    /// Returns a name for the argument, made from its type: `message` for a `Message`.
    fn name_by_type(&self, argument: &Argument) -> Option<String> {
        let name = self.names.of(walk::reference(&argument.schema)?);
        let mut characters = name.chars();
        Some(characters.next()?.to_lowercase().chain(characters).collect())
    }

    /// Returns the type of the function that acknowledges the event; `None` if the event has no acknowledgement.
    fn ack(&self, event: &EventContract, way: Way) -> Option<String> {
        if way == Way::Out {
            return (!event.ack.is_empty()).then(|| format!("({}) => void", self.answers(event, Way::In)));
        }
        let failure = match &event.error {
            None => "Failure".to_owned(),
            Some(error) => format!("Failure<{}>", self.value(error, Way::Out)),
        };
        match &event.ack[..] {
            [] => event.error.as_ref().map(|_| format!("(failure?: {failure}) => void")),
            [value] => {
                let mut alternatives = self.alternatives(value, Way::Out);
                // `unknown` already includes failures.
                if alternatives.iter().all(|alternative| !alternative.starts_with("unknown")) {
                    alternatives.push(failure);
                }
                Some(format!("(answer: {}) => void", alternatives.join(" | ")))
            }
            [_, ..] => {
                Some(format!("(...answers: [{}] | [failure: {failure}]) => void", self.answers(event, Way::Out)))
            }
        }
    }

    /// Returns the values of an acknowledgement as parameters.
    fn answers(&self, event: &EventContract, way: Way) -> String {
        let named = |(index, value): (usize, &Value)| {
            let number = if event.ack.len() == 1 { String::new() } else { (index + 1).to_string() };
            format!("answer{number}: {}", self.value(value, way))
        };
        event.ack.iter().enumerate().map(named).collect::<Vec<_>>().join(", ")
    }
}

/// Returns a function type with these parameters, on several lines if they do not fit on one.
fn function(parameters: &[String]) -> String {
    let line = parameters.join(", ");
    if line.len() <= LINE {
        return format!("({line}) => void");
    }
    let lines: String = parameters.iter().map(|parameter| format!("    {parameter},\n")).collect();
    format!("(\n{lines}  ) => void")
}

/// Returns a parameter name that is neither reserved in TypeScript nor used by another parameter.
fn unreserved(name: &str, taken: &mut BTreeSet<String>) -> String {
    if taken.contains(name) { free(&format!("{name}_"), taken) } else { free(name, taken) }
}
