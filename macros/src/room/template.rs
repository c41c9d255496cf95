//! The template of a room's name, `"channel:{org}:{0}"`: text with fields in braces.

use crate::template::{self, Part as Found};
use syn::LitStr;

pub(super) struct Template(Vec<Part>);

enum Part {
    Text(String),
    /// The index of a field.
    Field(usize),
}

impl Template {
    /// Returns the default name, without an attribute: `base:{0}:{1}`.
    pub(super) fn of(base: &str, fields: usize) -> Self {
        let mut parts = vec![Part::Text(base.to_owned())];
        for field in 0..fields {
            parts.extend([Part::Text(":".to_owned()), Part::Field(field)]);
        }
        Self(parts)
    }

    /// Parses a template. Every field has to appear, because rooms that differ only in a missing field would have the
    /// same name.
    pub(super) fn parse(literal: &LitStr, fields: &[&str]) -> syn::Result<Self> {
        let fail = |message: String| Err(syn::Error::new_spanned(literal, message));
        let mut parts = Vec::new();
        for part in template::parse(literal)? {
            parts.push(match part {
                Found::Text(text) => Part::Text(text),
                Found::Name(name) => match fields.iter().position(|field| *field == name) {
                    Some(field) => Part::Field(field),
                    None => return fail(unknown(&name, fields)),
                },
            });
        }

        let template = Self(parts);
        for (index, field) in fields.iter().enumerate() {
            if !template.0.iter().any(|part| matches!(part, Part::Field(used) if *used == index)) {
                return fail(format!("`{{{field}}}` is missing: rooms that differ in that field would be one room"));
            }
        }
        if template.pattern().is_empty() {
            return fail("a room needs a name".to_owned());
        }
        Ok(template)
    }

    /// Returns the name with every field as `{}`. It is equal for templates that can produce equal names.
    pub(super) fn pattern(&self) -> String {
        self.0.iter().map(|part| if let Part::Text(text) = part { text } else { "{}" }).collect()
    }

    /// Returns a string for `format!`, and the fields that it formats.
    pub(super) fn format(&self) -> (String, Vec<usize>) {
        let mut format = String::new();
        let mut order = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => format.push_str(&text.replace('{', "{{").replace('}', "}}")),
                Part::Field(field) => {
                    format.push_str("{}");
                    order.push(*field);
                }
            }
        }
        (format, order)
    }
}

fn unknown(name: &str, fields: &[&str]) -> String {
    let known: Vec<String> = fields.iter().map(|field| format!("`{{{field}}}`")).collect();
    match known.len() {
        0 => format!("`{{{name}}}` names no field: there are none"),
        _ => format!("`{{{name}}}` names no field; there is {}", known.join(", ")),
    }
}
