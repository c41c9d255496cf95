//! The types of a contract under names of their own: one where what is sent and what is received are alike, else two.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::walk::{self, DEFINITIONS};
use crate::contract::schema::{Direction, Schema};

/// The definitions of both directions, and the names that they were given.
#[derive(Debug)]
pub(super) struct Definitions {
    types: BTreeMap<String, Value>,
    incoming: BTreeMap<String, String>,
    outgoing: BTreeMap<String, String>,
}

impl Definitions {
    pub(super) fn merge(incoming: Map<String, Value>, outgoing: Map<String, Value>) -> Self {
        let shared = shared(&incoming, &outgoing);
        let mut definitions = Self { types: BTreeMap::new(), incoming: BTreeMap::new(), outgoing: BTreeMap::new() };
        let mut taken = BTreeSet::new();
        for name in outgoing.keys() {
            definitions.outgoing.insert(name.clone(), free(&identifier(name), &mut taken));
        }
        for name in incoming.keys() {
            let known = definitions.outgoing.get(name);
            let given = match known {
                Some(known) if shared.contains(name) => known.clone(),
                Some(_) => free(&format!("{}Input", identifier(name)), &mut taken),
                None => free(&identifier(name), &mut taken),
            };
            definitions.incoming.insert(name.clone(), given);
        }
        for (direction, schemas) in [(Direction::Incoming, incoming), (Direction::Outgoing, outgoing)] {
            for (name, schema) in schemas {
                let schema = definitions.renamed(direction, schema);
                let name = definitions.names(direction).get(&name).cloned().unwrap_or(name);
                definitions.types.insert(name, schema);
            }
        }
        definitions
    }

    /// A schema with the names that its references have here.
    pub(super) fn take(&self, direction: Direction, schema: Schema) -> Value {
        self.renamed(direction, schema.to_value())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.types.get(name)
    }

    pub(super) fn into_types(self) -> BTreeMap<String, Value> {
        self.types
    }

    fn names(&self, direction: Direction) -> &BTreeMap<String, String> {
        match direction {
            Direction::Incoming => &self.incoming,
            Direction::Outgoing => &self.outgoing,
        }
    }

    fn renamed(&self, direction: Direction, mut schema: Value) -> Value {
        let names = self.names(direction);
        walk::each_mut(&mut schema, &mut |schema| {
            if let Some(name) = walk::reference(schema).and_then(|name| names.get(name)) {
                schema["$ref"] = format!("{DEFINITIONS}{name}").into();
            }
        });
        walk::sorted(schema)
    }
}

/// The values of an acknowledgement with this schema: a tuple struct is one for each of its fields. What tells it from a
/// tuple, which is one value, is that it has a name.
pub(super) fn values(ack: Value, definitions: &Definitions) -> Vec<Value> {
    let named = walk::reference(&ack).and_then(|name| definitions.get(name));
    match named.and_then(|schema| schema.get("items")) {
        Some(Value::Array(fields)) => fields.clone(),
        _ if walk::is_null(named.unwrap_or(&ack)) => Vec::new(),
        _ => vec![ack],
    }
}

/// The names that mean the same in both directions. Binary data never does: a client may send it in more forms than it
/// gets it.
fn shared(incoming: &Map<String, Value>, outgoing: &Map<String, Value>) -> BTreeSet<String> {
    let alike = |(name, schema): &(&String, &Value)| {
        let mut binary = false;
        walk::each(schema, &mut |schema| binary |= walk::is_binary(schema));
        !binary && outgoing.get(*name) == Some(schema)
    };
    let mut shared: BTreeSet<String> = incoming.iter().filter(alike).map(|(name, _)| name.clone()).collect();
    // Who mentions a type that differs, differs.
    loop {
        let differs = |name: &&String| {
            let mut differs = false;
            walk::each(&incoming[*name], &mut |schema| {
                differs |= walk::reference(schema).is_some_and(|name| !shared.contains(name));
            });
            differs
        };
        let differing: Vec<String> = shared.iter().filter(differs).cloned().collect();
        if differing.is_empty() {
            return shared;
        }
        for name in differing {
            shared.remove(&name);
        }
    }
}

/// A name that TypeScript and AsyncAPI accept.
fn identifier(name: &str) -> String {
    let mut identifier: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if !identifier.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        identifier.insert(0, '_');
    }
    identifier
}

/// The name, or the first with a number behind it that is not taken. It is taken then.
pub(super) fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}{number}");
        number += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reference(name: &str) -> Value {
        json!({ "$ref": format!("{DEFINITIONS}{name}") })
    }

    fn list(name: &str) -> Value {
        json!({ "type": "array", "items": reference(name) })
    }

    fn merged(incoming: &Value, outgoing: &Value) -> Definitions {
        Definitions::merge(incoming.as_object().cloned().unwrap(), outgoing.as_object().cloned().unwrap())
    }

    #[test]
    fn what_is_alike_in_both_directions_is_one_type() {
        let person = json!({ "type": "string" });
        let both = json!({ "Person": person, "People": list("Person") });
        let definitions = merged(&both, &both);
        assert_eq!(definitions.types.keys().collect::<Vec<_>>(), ["People", "Person"]);
        assert_eq!(definitions.renamed(Direction::Incoming, reference("People")), reference("People"));
    }

    #[test]
    fn what_differs_is_two_and_so_is_what_mentions_it() {
        let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
        let incoming = json!({ "Person": text, "People": list("Person"), "Town": list("People"), "Same": text });
        let outgoing = json!({ "Person": number, "People": list("Person"), "Town": list("People"), "Same": text });
        let definitions = merged(&incoming, &outgoing);
        assert_eq!(
            definitions.types.keys().collect::<Vec<_>>(),
            ["People", "PeopleInput", "Person", "PersonInput", "Same", "Town", "TownInput"]
        );
        assert_eq!(definitions.types["TownInput"], list("PeopleInput"));
        assert_eq!(definitions.types["Town"], list("People"));
        assert_eq!((&definitions.types["PersonInput"], &definitions.types["Person"]), (&text, &number));
    }

    #[test]
    fn binary_data_differs_by_direction() {
        let both = json!({ "Drawing": { "type": "string", "format": "binary" } });
        assert_eq!(merged(&both, &both).types.keys().collect::<Vec<_>>(), ["Drawing", "DrawingInput"]);
    }

    #[test]
    fn types_that_contain_each_other_are_compared_all_the_same() {
        let both = json!({ "A": list("B"), "B": list("A") });
        assert_eq!(merged(&both, &both).types.len(), 2);
    }

    #[test]
    fn names_are_names() {
        let incoming = json!({ "my type": true, "my_type": false, "2nd": true, "AInput": true, "A": true });
        let outgoing = json!({ "A": false });
        let definitions = merged(&incoming, &outgoing);
        assert_eq!(
            definitions.incoming,
            [("2nd", "_2nd"), ("A", "AInput"), ("AInput", "AInput2"), ("my type", "my_type"), ("my_type", "my_type2")]
                .map(|(name, given)| (name.to_owned(), given.to_owned()))
                .into()
        );
    }

    #[test]
    fn a_tuple_struct_acknowledges_with_several_values() {
        let text = json!({ "type": "string" });
        let pair = json!({ "type": "array", "items": [text, text], "minItems": 2, "maxItems": 2 });
        let definitions = merged(&json!({}), &json!({ "Pair": pair, "Done": { "type": "null" }, "Name": text }));
        assert_eq!(values(reference("Pair"), &definitions), [text.clone(), text.clone()]);
        // A tuple without a name is one value.
        assert_eq!(values(pair.clone(), &definitions), [pair]);
        assert_eq!(values(reference("Name"), &definitions), [reference("Name")]);
        assert_eq!(values(reference("Done"), &definitions), [] as [Value; 0]);
        assert_eq!(values(json!({ "type": "null" }), &definitions), [] as [Value; 0]);
    }
}
