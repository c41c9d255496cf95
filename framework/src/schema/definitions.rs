//! Unique names for a contract's types: one name if the sent and the received form are the same, otherwise two.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::identifier::free;
use super::walk::{self, DEFINITIONS};
use super::{identity, naming};
use crate::contract::schema::{Definition, Direction, Schema, UNKNOWN};

/// The definitions of both directions and their names.
#[derive(Debug)]
pub(super) struct Definitions {
    types: BTreeMap<String, Value>,
    incoming: Names,
    outgoing: Names,
}

/// The name of each definition of one direction, by the name that schemars gave to it.
type Names = BTreeMap<String, String>;

impl Definitions {
    pub(super) fn merge(incoming: &[Definition], outgoing: &[Definition]) -> Self {
        let types = identity::types(incoming, outgoing);
        let names = naming::names(types.iter().flat_map(BTreeMap::values).cloned().collect());
        let [mut received, sent] = types.map(|types| -> Names {
            types.into_iter().map(|(definition, ty)| (definition, names[&ty].clone())).collect()
        });
        let schemas = |definitions: &[Definition], names: &Names| -> BTreeMap<String, Value> {
            let schemas = definitions.iter();
            schemas.map(|it| (names[&it.name].clone(), renamed(it.schema.clone(), names))).collect()
        };
        let mut types = schemas(outgoing, &sent);
        let shared = shared(&schemas(incoming, &received), &types);
        let mut taken: BTreeSet<String> = names.into_values().collect();
        let mut inputs = BTreeMap::new();
        for name in received.values_mut().filter(|name| types.contains_key(*name) && !shared.contains(*name)) {
            let input = inputs.entry(name.clone()).or_insert_with_key(|name| free(&format!("{name}Input"), &mut taken));
            name.clone_from(input);
        }
        types.extend(schemas(incoming, &received));
        Self { types, incoming: received, outgoing: sent }
    }

    /// Returns a schema with references to the names in the contract.
    pub(super) fn take(&self, direction: Direction, schema: Schema) -> Value {
        let names = match direction {
            Direction::Incoming => &self.incoming,
            Direction::Outgoing => &self.outgoing,
        };
        renamed(schema.to_value(), names)
    }

    pub(super) fn into_types(self) -> BTreeMap<String, Value> {
        self.types
    }
}

/// Returns a schema with references to these names, independent of the order of fields. A reference without a
/// definition becomes a type without a description.
fn renamed(mut schema: Value, names: &Names) -> Value {
    walk::each_mut(&mut schema, &mut |schema| {
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
        let Some(reference) = schema.get("$ref") else { return };
        let target = walk::target(schema);
        match target.as_ref().and_then(|name| names.get(name)) {
            Some(name) => schema["$ref"] = format!("{DEFINITIONS}{name}").into(),
            None => {
                let unknown = target.map_or_else(|| reference.clone(), Value::from);
                *schema = json!({ (UNKNOWN): unknown });
            }
        }
    });
    walk::sorted(schema)
}

/// Returns the names whose definition is the same in both directions. Binary data always differs: a client may send it
/// in more forms than it receives.
fn shared(incoming: &BTreeMap<String, Value>, outgoing: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let alike = |(name, schema): &(&String, &Value)| {
        let mut binary = false;
        walk::each(schema, &mut |schema| binary |= walk::is_binary(schema));
        !binary && outgoing.get(*name) == Some(schema)
    };
    let mut shared: BTreeSet<String> = incoming.iter().filter(alike).map(|(name, _)| name.clone()).collect();
    // A type that mentions a type that differs also differs.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::schema::Origin;

    fn reference(name: &str) -> Value {
        json!({ "$ref": format!("{DEFINITIONS}{name}") })
    }

    fn list(name: &str) -> Value {
        json!({ "type": "array", "items": reference(name) })
    }

    /// Returns definitions of types that derive their schemas themselves, by name.
    fn definitions(schemas: &Value) -> Vec<Definition> {
        let schemas = schemas.as_object().cloned().unwrap().into_iter();
        schemas.map(|(name, schema)| Definition { name, origin: None, schema }).collect()
    }

    fn merged(incoming: &Value, outgoing: &Value) -> Definitions {
        Definitions::merge(&definitions(incoming), &definitions(outgoing))
    }

    /// Returns the definition of a payload, by its path and the name that schemars gave to it.
    fn payload(name: &str, path: &str, schema: Value) -> Definition {
        let declared = path.rsplit("::").next().unwrap().to_owned();
        let origin = Origin { path: path.to_owned(), name: declared, chosen: false };
        Definition { name: name.to_owned(), origin: Some(origin), schema }
    }

    fn names(definitions: &Definitions) -> Vec<&str> {
        definitions.types.keys().map(String::as_str).collect()
    }

    #[test]
    fn what_is_alike_in_both_directions_is_one_type() {
        let person = json!({ "type": "string" });
        let both = json!({ "Person": person, "People": list("Person") });
        let definitions = merged(&both, &both);
        assert_eq!(names(&definitions), ["People", "Person"]);
        let people = Schema::try_from(reference("People")).unwrap();
        assert_eq!(definitions.take(Direction::Incoming, people), reference("People"));
    }

    #[test]
    fn what_differs_is_two_and_so_is_what_mentions_it() {
        let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
        let incoming = json!({ "Person": text, "People": list("Person"), "Town": list("People"), "Same": text });
        let outgoing = json!({ "Person": number, "People": list("Person"), "Town": list("People"), "Same": text });
        let definitions = merged(&incoming, &outgoing);
        assert_eq!(
            names(&definitions),
            ["People", "PeopleInput", "Person", "PersonInput", "Same", "Town", "TownInput"]
        );
        assert_eq!(definitions.types["TownInput"], list("PeopleInput"));
        assert_eq!(definitions.types["Town"], list("People"));
        assert_eq!((&definitions.types["PersonInput"], &definitions.types["Person"]), (&text, &number));
    }

    #[test]
    fn binary_data_differs_by_direction() {
        let both = json!({ "Drawing": { "type": "string", "format": "binary" } });
        assert_eq!(names(&merged(&both, &both)), ["Drawing", "DrawingInput"]);
    }

    #[test]
    fn types_that_contain_each_other_are_compared_all_the_same() {
        let both = json!({ "A": list("B"), "B": list("A") });
        assert_eq!(merged(&both, &both).types.len(), 2);
    }

    #[test]
    fn declared_names_come_before_those_of_inputs() {
        let incoming = json!({ "Order": { "type": "object" }, "OrderInput": { "type": "string" } });
        let outgoing = json!({ "Order": { "type": "object", "required": ["id"] } });
        let definitions = merged(&incoming, &outgoing);
        assert_eq!(names(&definitions), ["Order", "OrderInput", "OrderInput2"]);
        assert_eq!(definitions.types["OrderInput"], json!({ "type": "string" }));
        assert_eq!(definitions.types["OrderInput2"], json!({ "type": "object" }));
    }

    #[test]
    fn names_of_payloads_do_not_depend_on_the_order() {
        let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
        let forth = vec![
            payload("Item", "app::shop::Item", text.clone()),
            payload("Item2", "app::stock::Item", number.clone()),
            payload("Order", "app::Order", reference("Item2")),
        ];
        let back = vec![
            payload("Item2", "app::shop::Item", text.clone()),
            payload("Item", "app::stock::Item", number.clone()),
            payload("Order", "app::Order", reference("Item")),
        ];
        // The directions may have met them in different orders.
        for (incoming, outgoing) in [(&forth, &back), (&back, &forth), (&forth, &forth)] {
            let definitions = Definitions::merge(incoming, outgoing);
            let expected =
                [("Order", reference("StockItem")), ("ShopItem", text.clone()), ("StockItem", number.clone())];
            assert_eq!(definitions.types, expected.map(|(name, schema)| (name.to_owned(), schema)).into());
        }
    }

    #[test]
    fn names_of_types_without_a_path_do_not_depend_on_the_order() {
        let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
        // Two `Item`s, each in its own `Box`. Only the items distinguish the `Box`es.
        let forth = json!({ "Item": text, "Item2": number, "Box": list("Item"), "Box2": list("Item2") });
        let back = json!({ "Item2": text, "Item": number, "Box2": list("Item2"), "Box": list("Item") });
        let (expected, found) = (merged(&forth, &forth), merged(&back, &forth));
        assert_eq!(expected.types, found.types);
        assert_eq!(names(&expected), ["Box", "Box2", "Item", "Item2"]);
        let named = |definitions: &Definitions, name: &str| definitions.types[&definitions.incoming[name]].clone();
        assert_eq!((named(&expected, "Item"), named(&expected, "Item2")), (text.clone(), number.clone()));
        assert_eq!((named(&found, "Item2"), named(&found, "Item")), (text, number));
    }

    #[test]
    fn types_without_a_path_that_look_the_same_are_one() {
        let both = json!({ "Item": { "type": "string" }, "Item2": { "type": "string" }, "Box": list("Item2") });
        let definitions = merged(&both, &both);
        assert_eq!(definitions.types, merged(&both, &json!({})).types);
        assert_eq!((names(&definitions), &definitions.types["Box"]), (vec!["Box", "Item"], &list("Item")));
    }

    #[test]
    fn references_are_decoded() {
        let names = ["Größe", "My Type", "a/b~c%", "~1", "🚀", "a&b"];
        let references = ["Gr%C3%B6%C3%9Fe", "My%20Type", "a~1b~0c%25", "~01", "%F0%9F%9A%80", "a&b"];
        let mut schemas: serde_json::Map<String, Value> =
            names.iter().zip(0_u64..).map(|(name, number)| ((*name).to_owned(), json!({ "const": number }))).collect();
        schemas.insert("All".to_owned(), json!({ "items": references.map(reference) }));
        let definitions = merged(&schemas.into(), &json!({}));
        let all = definitions.types["All"]["items"].as_array().unwrap();
        let found: Vec<_> =
            all.iter().map(|it| definitions.types[walk::reference(it).unwrap()]["const"].clone()).collect();
        assert_eq!(found, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_unknown() {
        let all = json!({ "contains": reference("My%20Type"), "anyOf": [{ "$ref": "#/definitions/Other" }] });
        let definitions = merged(&json!({ "All": all }), &json!({}));
        assert_eq!(
            definitions.types["All"],
            json!({ "anyOf": [{ "x-unknown": "#/definitions/Other" }], "contains": { "x-unknown": "My Type" } })
        );
    }
}
