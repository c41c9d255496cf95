//! A change for each rule, and properties of all rules.

use serde_json::{Value, json};

use super::super::Contract;
use super::{Changes, Direction, Rule};

use Direction::{Incoming, Outgoing};

/// Returns a contract with these namespaces and types.
fn contract(namespaces: &Value, types: &Value) -> Contract {
    serde_json::from_value(json!({ "namespaces": namespaces, "types": types })).unwrap()
}

/// Returns a contract of the namespace `/` with these events.
fn events(incoming: &Value, outgoing: &Value) -> Contract {
    contract(&json!([{ "path": "/", "incoming": incoming, "outgoing": outgoing }]), &json!({}))
}

/// Returns a contract with one event `it` in this direction.
fn event(direction: Direction, event: &Value) -> Contract {
    let mut event = event.clone();
    event["name"] = "it".into();
    match direction {
        Incoming => events(&json!([event]), &json!([])),
        Outgoing => events(&json!([]), &json!([event])),
    }
}

/// Returns a contract with an event of one argument with this schema.
fn payload(direction: Direction, schema: &Value) -> Contract {
    event(direction, &json!({ "arguments": [{ "schema": schema }] }))
}

/// Returns the changes as rules and verdicts.
fn told(changes: &Changes) -> Vec<(Rule, bool)> {
    changes.iter().map(|change| (change.rule, change.breaking)).collect()
}

/// Returns the changes of an event's payload for each direction.
fn of_payload(before: &Value, after: &Value) -> [Vec<(Rule, bool)>; 2] {
    [Incoming, Outgoing].map(|direction| told(&payload(direction, before).compare(&payload(direction, after))))
}

fn object(fields: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": fields, "required": required })
}

const BREAKING: bool = true;
const FINE: bool = false;

#[test]
fn namespaces() {
    let (none, one) = (contract(&json!([]), &json!({})), events(&json!([]), &json!([])));
    assert_eq!(told(&none.compare(&one)), [(Rule::NamespaceAdded, FINE)]);
    assert_eq!(told(&one.compare(&none)), [(Rule::NamespaceRemoved, BREAKING)]);
}

#[test]
fn events_come_and_go() {
    let none = events(&json!([]), &json!([]));
    for direction in [Incoming, Outgoing] {
        let one = event(direction, &json!({ "arguments": [] }));
        assert_eq!(told(&none.compare(&one)), [(Rule::EventAdded, FINE)]);
        assert_eq!(told(&one.compare(&none)), [(Rule::EventRemoved, BREAKING)]);
    }
}

#[test]
fn any_number_of_arguments() {
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "integer" }));
    let single = |schema: &Value| json!({ "schema": schema });
    let rest = |schema: &Value| json!({ "schema": schema, "rest": true });
    for (before, after, expected) in [
        (vec![], vec![rest(&text)], vec![(Rule::ArgumentOptional, FINE)]),
        (vec![rest(&text)], vec![], vec![(Rule::ArgumentRemoved, FINE)]),
        (vec![rest(&text)], vec![rest(&text)], vec![]),
        (vec![rest(&text)], vec![single(&text), rest(&text)], vec![(Rule::ArgumentRequired, BREAKING)]),
        (vec![single(&text), rest(&text)], vec![rest(&text)], vec![(Rule::ArgumentOptional, FINE)]),
        (vec![rest(&text)], vec![rest(&number)], vec![(Rule::ValuesNarrower, BREAKING), (Rule::ValuesWider, FINE)]),
    ] {
        let of = |arguments: &[Value]| event(Incoming, &json!({ "arguments": arguments }));
        assert_eq!(told(&of(&before).compare(&of(&after))), expected, "{before:?} {after:?}");
    }
}

#[test]
fn arguments() {
    let text = json!({ "type": "string" });
    let with = |direction, optional: &[bool]| {
        let arguments: Vec<_> =
            optional.iter().map(|optional| json!({ "optional": optional, "schema": text })).collect();
        event(direction, &json!({ "arguments": arguments }))
    };
    for (before, after, incoming, outgoing) in [
        (&[][..], &[false][..], (Rule::ArgumentRequired, BREAKING), Some((Rule::ArgumentAdded, FINE))),
        (&[], &[true], (Rule::ArgumentOptional, FINE), Some((Rule::ArgumentAdded, FINE))),
        (&[true], &[false], (Rule::ArgumentRequired, BREAKING), None),
        (&[false], &[true], (Rule::ArgumentOptional, FINE), None),
        (&[false], &[], (Rule::ArgumentRemoved, FINE), Some((Rule::ArgumentRemoved, BREAKING))),
    ] {
        assert_eq!(told(&with(Incoming, before).compare(&with(Incoming, after))), [incoming]);
        let outgoing: Vec<_> = outgoing.into_iter().collect();
        assert_eq!(told(&with(Outgoing, before).compare(&with(Outgoing, after))), outgoing);
    }
}

#[test]
fn fields() {
    let text = json!({ "type": "string" });
    let (none, maybe, always) =
        (object(&json!({}), &[]), object(&json!({ "a": text }), &[]), object(&json!({ "a": text }), &["a"]));
    for (before, after, incoming, outgoing) in [
        (&none, &always, (Rule::FieldRequired, BREAKING), (Rule::FieldAdded, FINE)),
        (&maybe, &always, (Rule::FieldRequired, BREAKING), (Rule::FieldRequired, FINE)),
        (&none, &maybe, (Rule::FieldAdded, FINE), (Rule::FieldAdded, FINE)),
        (&always, &maybe, (Rule::FieldOptional, FINE), (Rule::FieldOptional, BREAKING)),
        (&always, &none, (Rule::FieldRemoved, FINE), (Rule::FieldRemoved, BREAKING)),
        (&maybe, &none, (Rule::FieldRemoved, FINE), (Rule::FieldRemoved, BREAKING)),
    ] {
        assert_eq!(of_payload(before, after), [[incoming], [outgoing]], "{before} -> {after}");
    }
}

#[test]
fn objects_without_required_fields_are_compared_by_field() {
    let text = json!({ "type": "string" });
    let (before, after) = (object(&json!({ "a": text }), &[]), object(&json!({ "b": text }), &[]));
    let [incoming, outgoing] = of_payload(&before, &after);
    assert_eq!(incoming, [(Rule::FieldRemoved, FINE), (Rule::FieldAdded, FINE)]);
    assert_eq!(outgoing, [(Rule::FieldRemoved, BREAKING), (Rule::FieldAdded, FINE)]);
}

#[test]
fn fields_that_are_refused() {
    let open = object(&json!({}), &[]);
    let mut closed = open.clone();
    closed["additionalProperties"] = false.into();
    let wide = object(&json!({ "a": { "type": "string" } }), &[]);
    let mut strict = closed.clone();
    strict["additionalProperties"] = false.into();
    // A field that existed and is rejected from now on.
    assert_eq!(of_payload(&wide, &strict), [[(Rule::FieldRefused, BREAKING)], [(Rule::FieldRefused, FINE)]]);
    assert_eq!(of_payload(&strict, &wide), [[(Rule::FieldAccepted, FINE)], [(Rule::FieldAccepted, FINE)]]);
    // Fields that were never declared, but may have been sent.
    assert_eq!(of_payload(&open, &closed), [[(Rule::FieldRefused, BREAKING)], [(Rule::FieldRefused, FINE)]]);
    assert_eq!(of_payload(&closed, &open), [[(Rule::FieldAccepted, FINE)], [(Rule::FieldAccepted, FINE)]]);
    let changes = payload(Incoming, &open).compare(&payload(Incoming, &closed));
    assert_eq!(changes.to_string(), "breaking    /, it, argument 1, any other field: is refused now");
}

#[test]
fn keys_of_maps() {
    let number = json!({ "type": "number" });
    let any = json!({ "type": "object", "additionalProperties": number });
    let digits = json!({ "type": "object", "patternProperties": { r"^\d+$": number }, "additionalProperties": false });
    let narrower = [[(Rule::ValuesNarrower, BREAKING)], [(Rule::ValuesNarrower, FINE)]];
    let wider = [[(Rule::ValuesWider, FINE)], [(Rule::ValuesWider, BREAKING)]];
    assert_eq!(of_payload(&any, &digits), narrower);
    assert_eq!(of_payload(&digits, &any), wider);
    assert_eq!(of_payload(&digits, &digits), [[], []]);
    let changes = payload(Incoming, &any).compare(&payload(Incoming, &digits));
    assert_eq!(changes.to_string(), "breaking    /, it, argument 1, *: any key is not accepted any more");
}

#[test]
fn the_largest_integers_are_named_as_they_are() {
    let of = |format: &str| payload(Incoming, &json!({ "type": "integer", "format": format }));
    let changes = of("uint32").compare(&of("int32")).to_string();
    assert!(changes.contains("an integer from 0 to 4294967295 is"), "{changes}");
    assert!(changes.contains("an integer from -2147483648 to 2147483647 is"), "{changes}");
}

#[test]
fn values() {
    let narrower = (vec![(Rule::ValuesNarrower, BREAKING)], vec![(Rule::ValuesNarrower, FINE)]);
    let wider = (vec![(Rule::ValuesWider, FINE)], vec![(Rule::ValuesWider, BREAKING)]);
    let text = json!({ "type": "string" });
    let list = |least: u8, most: Option<u8>| match most {
        Some(most) => json!({ "type": "array", "items": text, "minItems": least, "maxItems": most }),
        None => json!({ "type": "array", "items": text, "minItems": least }),
    };
    for (wide, narrow) in [
        (json!(true), text.clone()),
        (json!({ "type": ["string", "null"] }), text.clone()),
        (json!({ "anyOf": [text, { "type": "null" }] }), text.clone()),
        (json!({ "enum": ["a", "b"] }), json!({ "enum": ["a"] })),
        (text.clone(), json!({ "enum": ["a"] })),
        (text.clone(), json!({ "type": "string", "format": "uuid" })),
        (text.clone(), json!({ "type": "string", "pattern": "^a" })),
        (text.clone(), json!({ "type": "string", "maxLength": 5 })),
        (text.clone(), json!({ "type": "string", "minLength": 5 })),
        (json!({ "type": "boolean" }), json!({ "const": true })),
        (json!({ "type": "number" }), json!({ "type": "integer" })),
        (json!({ "type": "integer", "format": "uint16" }), json!({ "type": "integer", "format": "uint8" })),
        (json!({ "type": "integer", "format": "int32" }), json!({ "type": "integer", "format": "uint16" })),
        (json!({ "type": "integer", "maximum": 9 }), json!({ "type": "integer", "minimum": 0, "maximum": 9 })),
        (list(0, None), list(1, None)),
        (list(0, None), list(0, Some(5))),
        (list(0, None), list(3, Some(3))),
    ] {
        assert_eq!(of_payload(&wide, &narrow), [narrower.0.clone(), narrower.1.clone()], "{wide} -> {narrow}");
        assert_eq!(of_payload(&narrow, &wide), [wider.0.clone(), wider.1.clone()], "{narrow} -> {wide}");
    }
    let binary = json!({ "type": "string", "format": "binary" });
    let both = vec![(Rule::ValuesNarrower, BREAKING), (Rule::ValuesWider, FINE)];
    assert_eq!(of_payload(&text, &binary)[0], both);
}

#[test]
fn variants_are_told_by_themselves() {
    let text = json!({ "type": "string" });
    let tagged = |tag: &str, fields: &Value, required: &[&str]| {
        let mut fields = fields.clone();
        fields["kind"] = json!({ "const": tag });
        object(&fields, &[required, &["kind"][..]].concat())
    };
    let before = json!({ "oneOf": [tagged("a", &json!({ "x": text }), &["x"]), tagged("b", &json!({}), &[])] });
    let after =
        json!({ "oneOf": [tagged("a", &json!({ "x": text, "y": text }), &["x", "y"]), tagged("c", &json!({}), &[])] });
    let changes = payload(Incoming, &before).compare(&payload(Incoming, &after));
    assert_eq!(
        changes.to_string(),
        "breaking    /, it, argument 1, y: is required now\n\
         breaking    /, it, argument 1: an object with `kind: \"b\"` is not accepted any more\n\
         compatible  /, it, argument 1: an object with `kind: \"c\"` is accepted now"
    );
    // Distinguished by their only field, as serde writes enums.
    let external = |names: &[&str]| {
        let variants: Vec<_> = names.iter().map(|name| object(&json!({ *name: text }), &[name])).collect();
        json!({ "oneOf": variants })
    };
    let changes = payload(Outgoing, &external(&["A", "B"])).compare(&payload(Outgoing, &external(&["A", "B", "C"])));
    assert_eq!(changes.to_string(), "breaking    /, it, argument 1: an object with `C` may come now");
}

#[test]
fn acknowledgements() {
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
    let with = |direction, ack: &[&Value]| event(direction, &json!({ "arguments": [], "ack": ack }));
    // The server acknowledges a client's event, and the other way round.
    for (asked, back, forth) in [
        (Incoming, (Rule::AckAdded, FINE), (Rule::AckRemoved, BREAKING)),
        (Outgoing, (Rule::AckAdded, BREAKING), (Rule::AckRemoved, FINE)),
    ] {
        let (none, one, two) = (with(asked, &[]), with(asked, &[&text]), with(asked, &[&text, &text]));
        assert_eq!(told(&none.compare(&one)), [back]);
        assert_eq!(told(&one.compare(&two)), [back]);
        assert_eq!(told(&one.compare(&none)), [forth]);
        let other = told(&one.compare(&with(asked, &[&number])));
        assert!(other.contains(&(Rule::ValuesNarrower, asked == Outgoing)), "{other:?}");
        assert!(other.contains(&(Rule::ValuesWider, asked == Incoming)), "{other:?}");
    }
}

#[test]
fn errors_of_handlers() {
    let number = json!({ "type": "number" });
    let message = object(&json!({ "message": { "type": "string" } }), &["message"]);
    let with = |ack: &[&Value], error: Option<&Value>| {
        let event = json!({ "arguments": [], "ack": ack, "error": error });
        self::event(Incoming, &event)
    };
    let infallible = with(&[&number], None);
    // A client that requests an acknowledgement expects the server's own failures, which are messages.
    assert!(told(&infallible.compare(&with(&[&number], Some(&message)))).is_empty());
    assert_eq!(told(&infallible.compare(&with(&[&number], Some(&number)))), [(Rule::ValuesWider, BREAKING)]);
    assert_eq!(told(&with(&[&number], Some(&number)).compare(&infallible)), [(Rule::ValuesNarrower, FINE)]);
    // The old contract had nothing to acknowledge, so that no client requests it.
    assert!(told(&with(&[], None).compare(&with(&[], Some(&number)))).is_empty());
}

#[test]
fn auth() {
    let with = |auth: Option<Value>| {
        contract(&json!([{ "path": "/", "auth": auth, "incoming": [], "outgoing": [] }]), &json!({}))
    };
    let text = json!({ "type": "string" });
    let (maybe, always) = (object(&json!({ "token": text }), &[]), object(&json!({ "token": text }), &["token"]));
    // The server reads a missing `auth` as `{}`.
    assert_eq!(told(&with(None).compare(&with(Some(maybe.clone())))), [(Rule::FieldAdded, FINE)]);
    assert_eq!(told(&with(None).compare(&with(Some(always.clone())))), [(Rule::FieldRequired, BREAKING)]);
    assert_eq!(told(&with(Some(maybe)).compare(&with(Some(always.clone())))), [(Rule::FieldRequired, BREAKING)]);
    assert_eq!(told(&with(Some(always)).compare(&with(None))), [(Rule::FieldRemoved, FINE)]);
}

#[test]
fn types_that_are_not_described() {
    let (known, unknown) = (json!({ "type": "string" }), json!({ "x-unknown": "geo::Point" }));
    let moved = json!({ "x-unknown": "map::Point" });
    assert_eq!(of_payload(&known, &unknown), [[(Rule::BecameUnknown, BREAKING)], [(Rule::BecameUnknown, BREAKING)]]);
    assert_eq!(of_payload(&unknown, &known), [[(Rule::BecameKnown, FINE)], [(Rule::BecameKnown, FINE)]]);
    assert_eq!(of_payload(&unknown, &moved), [[], []]);
}

#[test]
fn a_type_is_told_once_and_may_contain_itself() {
    let of = |required: &[&str]| {
        let reference = json!({ "$ref": "#/components/schemas/Part" });
        let part = object(
            &json!({ "name": { "type": "string" }, "parts": { "type": "array", "items": reference } }),
            required,
        );
        let event = |name: &str| json!({ "name": name, "arguments": [{ "schema": reference }] });
        let namespace = json!([{ "path": "/", "incoming": [event("a"), event("b")], "outgoing": [event("c")] }]);
        contract(&namespace, &json!({ "Part": part }))
    };
    let changes = of(&["name"]).compare(&of(&[]));
    assert_eq!(
        changes.to_string(),
        "breaking    type Part, sent by the server, name: may be missing now\n\
         compatible  type Part, sent by the client, name: may be left out"
    );
}

/// Returns types that mention themselves and each other, in each way that a schema can refer to a type.
fn recursive(text: &Value, required: &[&str]) -> Contract {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let node = reference("Node");
    let fields = json!({
        "text": text,
        "maybe": { "anyOf": [node, { "type": "null" }] },
        "documented": { "description": "The parent.", "allOf": [node] },
        "sibling": { "description": "Its neighbour.", "$ref": "#/components/schemas/Node" },
        "list": { "type": "array", "items": node },
        "pair": { "type": "array", "items": [node, node], "minItems": 2, "maxItems": 2 },
        "map": { "type": "object", "additionalProperties": { "anyOf": [node, { "type": "null" }] } },
        "inline": { "type": "object", "properties": { "node": { "anyOf": [{ "type": "null" }, node] } } },
        "other": { "anyOf": [reference("Other"), { "type": "null" }] },
    });
    let other = json!({ "anyOf": [{ "type": "array", "items": node }, reference("Other"), node] });
    let event = json!({ "name": "it", "arguments": [{ "schema": { "anyOf": [node, { "type": "null" }] } }] });
    contract(
        &json!([{ "path": "/", "incoming": [event], "outgoing": [event] }]),
        &json!({ "Node": object(&fields, required), "Other": other }),
    )
}

#[test]
fn recursive_types_are_compared_however_they_refer_to_themselves() {
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
    let before = recursive(&text, &[]);
    assert!(before.compare(&before).is_empty());
    let stricter = before.compare(&recursive(&text, &["text"]));
    assert_eq!(
        stricter.to_string(),
        "breaking    type Node, sent by the client, text: is required now\n\
         compatible  type Node, sent by the server, text: is always there now"
    );
    let rules = told(&before.compare(&recursive(&number, &[])));
    assert!(rules.contains(&(Rule::ValuesNarrower, BREAKING)), "{rules:?}");
}

#[test]
fn a_type_that_is_nothing_but_itself_has_no_values() {
    let reference = json!({ "$ref": "#/components/schemas/Never" });
    let event = |schema: &Value| json!({ "name": "it", "arguments": [{ "schema": schema }] });
    let of = |schema: &Value| {
        let namespaces = json!([{ "path": "/", "incoming": [event(schema)], "outgoing": [] }]);
        contract(&namespaces, &json!({ "Never": { "anyOf": [reference, reference] } }))
    };
    let (never, text) = (of(&reference), of(&json!({ "type": "string" })));
    assert!(never.compare(&never).is_empty());
    assert_eq!(told(&never.compare(&text)), [(Rule::ValuesWider, FINE)]);
    assert_eq!(told(&text.compare(&never)), [(Rule::ValuesNarrower, BREAKING)]);
}

/// Returns a chain of types, each with the next one in an optional field.
fn chain(length: usize, last: &Value) -> Contract {
    let mut types: serde_json::Map<String, Value> = (0..length)
        .map(|index| {
            let next = json!({ "$ref": format!("#/components/schemas/T{}", index + 1) });
            let fields = json!({ "next": { "anyOf": [next, { "type": "null" }] }, "again": next });
            (format!("T{index}"), object(&fields, &[]))
        })
        .collect();
    types.insert(format!("T{length}"), object(&json!({ "value": last }), &["value"]));
    let event = json!({ "name": "it", "arguments": [{ "schema": { "$ref": "#/components/schemas/T0" } }] });
    contract(&json!([{ "path": "/", "incoming": [event], "outgoing": [] }]), &types.into())
}

#[test]
fn a_thousand_types_one_within_the_other_are_compared() {
    let (text, number) = (chain(1000, &json!({ "type": "string" })), chain(1000, &json!({ "type": "number" })));
    assert!(text.compare(&text).is_empty());
    let changes = text.compare(&number);
    assert_eq!(
        changes.to_string(),
        "breaking    type T1000, sent by the client, value: a string is not accepted any more\n\
         compatible  type T1000, sent by the client, value: a number is accepted now"
    );
}

#[test]
fn tuples_and_lists_of_other_lengths() {
    let byte = json!({ "type": "integer", "format": "uint8" });
    let tuple = |count: usize| json!({ "type": "array", "items": vec![byte.clone(); count], "minItems": count, "maxItems": count });
    let array = |count: usize| json!({ "type": "array", "items": byte, "minItems": count, "maxItems": count });
    assert_eq!(of_payload(&tuple(2), &array(2)), [[], []]);
    assert_eq!(of_payload(&array(2), &tuple(2)), [[], []]);
    let other = [
        vec![(Rule::ValuesNarrower, BREAKING), (Rule::ValuesWider, FINE)],
        vec![(Rule::ValuesWider, BREAKING), (Rule::ValuesNarrower, FINE)],
    ];
    for (before, after) in [(tuple(2), array(3)), (array(3), tuple(2)), (tuple(2), tuple(3)), (array(20), tuple(2))] {
        assert_eq!(of_payload(&before, &after), other, "{before} -> {after}");
    }
}

#[test]
fn the_least_harmful_alternative_of_an_untagged_enum_is_reported() {
    let text = json!({ "type": "string" });
    let (near, far) = (
        object(&json!({ "a": text, "b": text }), &["a", "b"]),
        object(&json!({ "a": text, "c": text, "d": text }), &["a", "c", "d"]),
    );
    let before = object(&json!({ "a": text }), &["a"]);
    for after in [json!({ "anyOf": [near, far] }), json!({ "anyOf": [far, near] })] {
        let changes = payload(Incoming, &before).compare(&payload(Incoming, &after)).to_string();
        assert!(changes.contains("breaking    /, it, argument 1, b: is required now"), "{changes}");
        assert!(!changes.contains("breaking    /, it, argument 1, c"), "{changes}");
    }
}

#[test]
fn what_must_be_two_types_at_once_has_no_values() {
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
    let impossible = json!({ "allOf": [text, number] });
    assert_eq!(of_payload(&impossible, &impossible), [[], []]);
    assert_eq!(of_payload(&text, &impossible), [[(Rule::ValuesNarrower, BREAKING)], [(Rule::ValuesNarrower, FINE)]]);
    assert_eq!(of_payload(&impossible, &text), [[(Rule::ValuesWider, FINE)], [(Rule::ValuesWider, BREAKING)]]);
}

#[test]
fn a_set_that_becomes_a_list_breaks_only_clients_that_receive_it() {
    let list = json!({ "type": "array", "items": { "type": "string" } });
    let mut set = list.clone();
    set["uniqueItems"] = true.into();
    assert_eq!(of_payload(&set, &list), [vec![], vec![(Rule::ValuesWider, BREAKING)]]);
    assert_eq!(of_payload(&list, &set), [vec![], vec![(Rule::ValuesNarrower, FINE)]]);
}

#[test]
fn the_name_of_a_variant_with_content_is_not_read_as_another() {
    let other = json!({ "const": "Other", "x-other-tags": true });
    let content = json!({
        "type": "object",
        "properties": { "A": { "type": "boolean" } },
        "required": ["A"],
        "additionalProperties": false,
    });
    let before = json!({ "oneOf": [{ "const": "A" }, other] });
    let after = json!({ "oneOf": [content, other] });
    let changes = payload(Incoming, &before).compare(&payload(Incoming, &after)).to_string();
    assert!(changes.starts_with("breaking    /, it, argument 1: `\"A\"` is not accepted any more"), "{changes}");
}

/// Returns payloads that differ from each other in all ways that the comparison knows.
fn samples() -> Vec<Value> {
    let text = json!({ "type": "string" });
    vec![
        json!(true),
        json!({ "type": "null" }),
        text.clone(),
        json!({ "type": ["string", "null"] }),
        json!({ "type": "string", "format": "uuid" }),
        json!({ "type": "string", "format": "binary" }),
        json!({ "enum": ["a", "b"] }),
        json!({ "enum": ["b", "c"] }),
        json!({ "type": "boolean" }),
        json!({ "type": "number" }),
        json!({ "type": "integer", "format": "uint8" }),
        json!({ "type": "array", "items": text }),
        json!({ "type": "array", "items": [text, { "type": "number" }], "minItems": 2, "maxItems": 2 }),
        json!({ "type": "array", "items": text, "minItems": 2, "maxItems": 2 }),
        json!({ "type": "object", "additionalProperties": text }),
        object(&json!({}), &[]),
        object(&json!({ "a": text }), &["a"]),
        object(&json!({ "a": { "type": "number" }, "b": text }), &["a"]),
        object(&json!({ "a": object(&json!({ "c": text }), &[]) }), &[]),
        json!({ "allOf": [object(&json!({ "a": text }), &["a"]), object(&json!({ "b": text }), &["b"])] }),
        json!({ "oneOf": [object(&json!({ "a": text }), &["a"]), object(&json!({ "b": text }), &["b"])] }),
    ]
}

#[test]
fn nothing_changes_from_a_contract_to_itself() {
    for schema in samples() {
        assert_eq!(of_payload(&schema, &schema), [[], []], "{schema}");
    }
}

/// Returns the rule for the same change in reverse, from the new contract to the old one.
fn mirrored(rule: Rule) -> Rule {
    match rule {
        Rule::NamespaceRemoved => Rule::NamespaceAdded,
        Rule::NamespaceAdded => Rule::NamespaceRemoved,
        Rule::EventRemoved => Rule::EventAdded,
        Rule::EventAdded => Rule::EventRemoved,
        Rule::ArgumentRequired => Rule::ArgumentOptional,
        Rule::ArgumentOptional => Rule::ArgumentRequired,
        Rule::ArgumentRemoved => Rule::ArgumentAdded,
        Rule::ArgumentAdded => Rule::ArgumentRemoved,
        Rule::FieldRequired => Rule::FieldOptional,
        Rule::FieldOptional => Rule::FieldRequired,
        Rule::FieldRemoved => Rule::FieldAdded,
        Rule::FieldAdded => Rule::FieldRemoved,
        Rule::FieldRefused => Rule::FieldAccepted,
        Rule::FieldAccepted => Rule::FieldRefused,
        Rule::ValuesNarrower => Rule::ValuesWider,
        Rule::ValuesWider => Rule::ValuesNarrower,
        Rule::AckAdded => Rule::AckRemoved,
        Rule::AckRemoved => Rule::AckAdded,
        Rule::BecameUnknown => Rule::BecameKnown,
        Rule::BecameKnown => Rule::BecameUnknown,
    }
}

/// Returns the kind of change that a new or a removed field may be reported as.
fn kind(rule: Rule) -> Rule {
    match rule {
        Rule::FieldAdded => Rule::FieldRequired,
        Rule::FieldRemoved => Rule::FieldOptional,
        other => other,
    }
}

#[test]
fn a_change_back_is_the_mirror_image() {
    let samples = samples();
    let kinds = |changes: &Changes, back: bool| {
        let rules = changes.iter().map(|change| if back { mirrored(change.rule) } else { change.rule });
        let mut rules: Vec<_> = rules.map(kind).collect();
        rules.sort();
        rules
    };
    for before in &samples {
        for after in &samples {
            for direction in [Incoming, Outgoing] {
                let (before, after) = (payload(direction, before), payload(direction, after));
                assert_eq!(kinds(&before.compare(&after), true), kinds(&after.compare(&before), false));
            }
        }
    }
}

#[test]
fn what_breaks_one_side_breaks_the_other_when_it_is_taken_back() {
    let samples = samples();
    for before in &samples {
        for after in &samples {
            let forth = payload(Incoming, before).compare(&payload(Incoming, after));
            let back = payload(Outgoing, after).compare(&payload(Outgoing, before));
            // A field that the server no longer sends breaks clients that use it. The reverse change, a field that clients
            // may send, breaks none.
            if !back.iter().any(|change| change.rule == Rule::FieldRemoved) {
                assert_eq!(forth.is_breaking(), back.is_breaking(), "{before} -> {after}\n{forth}\n---\n{back}");
            }
        }
    }
}
