//! Schemas and their TypeScript.

use serde_json::{Value, json};

use super::super::Contract;
use super::super::contract::{Argument, EventContract, NamespaceContract, Param, Way};
use super::{Names, Types};

fn contract(types: &Value) -> Contract {
    let namespaces = json!([]);
    serde_json::from_value(json!({ "namespaces": namespaces, "types": types })).unwrap()
}

/// Returns the type of a value that the server sends.
fn sent(schema: &Value) -> String {
    let contract = contract(&json!({ "Person": {}, "Room": {} }));
    let names = Names::new(&contract);
    Types::new(&contract, &names).value(schema, Way::Out)
}

/// Returns the declaration of a type.
fn declared(schema: &Value) -> String {
    let contract = contract(&json!({ "It": schema }));
    let names = Names::new(&contract);
    Types::new(&contract, &names).declaration("It", schema)
}

/// Returns the type of an event in an event map.
fn event(event: &EventContract, way: Way) -> String {
    let contract = contract(&json!({}));
    let names = Names::new(&contract);
    Types::new(&contract, &names).event(event, way)
}

#[test]
fn plain_types() {
    let to = json!({ "$ref": "#/components/schemas/Person" });
    for (schema, expected) in [
        (json!({ "type": "string" }), "string"),
        (json!({ "type": "integer", "format": "uint64", "minimum": 0 }), "number"),
        (json!({ "type": "boolean" }), "boolean"),
        (json!({ "type": "null" }), "null"),
        (json!(true), "unknown"),
        (json!({}), "unknown"),
        (json!(false), "never"),
        (json!({ "x-unknown": "geo::Point" }), "unknown /* not described: geo::Point */"),
        (json!({ "type": ["string", "null"] }), "string | null"),
        (json!({ "anyOf": [to, { "type": "null" }] }), "Person | null"),
        (json!({ "type": "string", "format": "binary" }), "Binary"),
    ] {
        assert_eq!(sent(&schema), expected);
    }
}

#[test]
fn arrays_tuples_and_maps() {
    let text = json!({ "type": "string" });
    for (schema, expected) in [
        (json!({ "type": "array", "items": text }), "string[]"),
        (json!({ "type": "array", "items": { "type": ["string", "null"] } }), "(string | null)[]"),
        (json!({ "type": "array", "items": text, "minItems": 2, "maxItems": 2 }), "[string, string]"),
        (json!({ "type": "array", "items": text, "minItems": 32, "maxItems": 32 }), "string[]"),
        (
            json!({ "type": "array", "items": [text, { "type": "number" }], "minItems": 2, "maxItems": 2 }),
            "[string, number]",
        ),
        (json!({ "type": "array", "items": [text, { "type": "number" }], "minItems": 1 }), "[string, number?]"),
        (json!({ "type": "array", "maxItems": 0 }), "[]"),
        (json!({ "type": "array" }), "unknown[]"),
        (json!({ "type": "object", "additionalProperties": text }), "Record<string, string>"),
        (
            json!({ "type": "object", "additionalProperties": false, "patternProperties": { "^\\d+$": text } }),
            "Record<string, string>",
        ),
        (json!({ "type": "object" }), "Record<string, unknown>"),
        (json!({ "type": "object", "additionalProperties": false }), "Record<string, never>"),
    ] {
        assert_eq!(sent(&schema), expected);
    }
}

#[test]
fn integers_too_large_for_javascript_have_a_note() {
    let wide = json!({ "type": "integer", "format": "uint64", "minimum": 0 });
    let small = json!({ "type": "integer", "format": "uint32", "minimum": 0 });
    let schema = json!({
        "type": "object",
        "properties": {
            "id": wide,
            "of": { "type": "array", "items": wide, "description": "Its parts." },
            "small": small,
        },
        "required": ["id", "of", "small"],
    });
    let fields = "
  /** Loses digits beyond 2^53 - 1. */
  id: number;
  /**
   * Its parts.
   * Loses digits beyond 2^53 - 1.
   */
  of: number[];
  small: number;
";
    assert_eq!(declared(&schema), format!("\nexport interface It {{{fields}}}\n"));
    assert_eq!(declared(&wide), "\n/** Loses digits beyond 2^53 - 1. */\nexport type It = number;\n");
    assert_eq!(declared(&small), "\nexport type It = number;\n");

    let mut contract = contract(&json!({}));
    contract.namespaces = vec![NamespaceContract {
        path: "/shop-{id}".to_owned(),
        params: vec![Param { name: "id".to_owned(), schema: wide.clone() }],
        auth: Some(wide.clone()),
        incoming: vec![EventContract {
            name: "buy".to_owned(),
            documentation: "Buys.".to_owned(),
            arguments: vec![
                Argument { schema: wide.clone(), ..argument(Some("id"), false, "integer") },
                Argument { schema: small, ..argument(Some("count"), false, "integer") },
            ],
            ack: vec![wide.clone()],
            error: Some(wide),
        }],
        ..namespace("/shop", &[])
    }];
    let text = contract.typescript().to_string();
    for expected in [
        "  /**\n   * Buys.\n   * Beyond 2^53 - 1, digits are lost: `id`, the answer, the error.\n   */\n  buy: (",
        "export type ShopIdPath = `/shop-${number | bigint}`;",
        "/**\n * What a client sends as `auth`.\n * Loses digits beyond 2^53 - 1.\n */\nexport type ShopIdAuth = number;",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    let page = contract.html().to_string();
    assert!(page.contains("digits are lost: <code>id</code>, the answer, the error."), "{page}");
}

#[test]
fn objects() {
    let schema = json!({
        "type": "object",
        "properties": { "name": { "type": "string" }, "to:whom": { "type": "integer" } },
        "required": ["name"],
    });
    assert_eq!(sent(&schema), r#"{ name: string; "to:whom"?: number }"#);
    assert_eq!(declared(&schema), "\nexport interface It {\n  name: string;\n  \"to:whom\"?: number;\n}\n");

    // Fields beside those of a map: the map's type would have to include them.
    let flattened = json!({
        "type": "object",
        "properties": { "name": { "type": "string" } },
        "additionalProperties": { "type": "integer" },
    });
    assert_eq!(sent(&flattened), "{ name?: string; [key: string]: unknown }");

    let both = json!({ "allOf": [{ "$ref": "#/components/schemas/Person" }, { "$ref": "#/components/schemas/Room" }] });
    assert_eq!(sent(&both), "Person & Room");
    let list = json!({ "type": "array", "items": both });
    assert_eq!(sent(&list), "(Person & Room)[]");
    // A flattened enum: the struct's own fields, and those of one of the variants.
    let tagged = json!({ "type": "object", "properties": { "id": { "type": "integer" } }, "required": ["id"], "oneOf": [
        { "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] },
        { "type": "object", "properties": { "b": { "type": "string" } }, "required": ["b"] },
    ] });
    assert_eq!(sent(&tagged), "({ a: string } | { b: string }) & { id: number }");
}

#[test]
fn enums() {
    let plain = json!({ "type": "string", "enum": ["Lobby", "Music"] });
    assert_eq!(sent(&plain), r#""Lobby" | "Music""#);
    let list = json!({ "type": "array", "items": plain });
    assert_eq!(sent(&list), r#"("Lobby" | "Music")[]"#);

    let documented = json!({ "oneOf": [
        { "type": "string", "const": "Lobby", "description": "Everybody's." },
        { "type": "object", "properties": { "User": { "type": "integer" } }, "required": ["User"], "additionalProperties": false },
    ] });
    let expected = "\nexport type It =\n  /** Everybody's. */\n  | \"Lobby\"\n  | { User: number };\n";
    assert_eq!(declared(&documented), expected);
    assert_eq!(sent(&documented), r#""Lobby" | { User: number }"#);
}

#[test]
fn circular_aliases_are_cut() {
    let to = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let map = |values: &Value| json!({ "type": "object", "additionalProperties": values });
    let number = json!({ "type": "number" });
    let contract = contract(&json!({
        "Map": map(&to("Map")),
        "MapOrNull": { "anyOf": [map(&to("MapOrNull")), { "type": "null" }] },
        "MapOfUnion": map(&json!({ "anyOf": [to("MapOfUnion"), number] })),
        "MapOfLists": map(&json!({ "type": "array", "items": to("MapOfLists") })),
        "Scores": map(&number),
        "Union": { "anyOf": [to("Union"), { "type": "array", "items": to("Union") }, number] },
        "Ping": to("Pong"),
        "Pong": { "anyOf": [to("Ping"), number] },
        "Nothing": to("Nothing"),
        "Both": { "allOf": [to("Both"), to("Scores")] },
        "User": { "type": "object", "properties": { "union": to("Union"), "maps": map(&to("User")) } },
    }));
    let names = Names::new(&contract);
    let types = Types::new(&contract, &names);
    for (name, expected) in [
        ("Map", "type Map = { [key: string]: Map };"),
        ("MapOrNull", "type MapOrNull = { [key: string]: MapOrNull } | null;"),
        ("MapOfUnion", "type MapOfUnion = { [key: string]: MapOfUnion | number };"),
        ("MapOfLists", "type MapOfLists = Record<string, MapOfLists[]>;"),
        ("Scores", "type Scores = Record<string, number>;"),
        ("Union", "type Union = Union[] | number;"),
        ("Ping", "type Ping = number;"),
        ("Pong", "type Pong = number;"),
        ("Nothing", "type Nothing = never;"),
        ("Both", "type Both = never & Scores;"),
        ("User", "interface User {\n  maps?: Record<string, User>;\n  union?: Union;\n}"),
    ] {
        let declared = types.declaration(name, &contract.types[name]);
        assert_eq!(declared.trim(), format!("export {expected}"));
    }
}

#[test]
fn unions_that_all_contain_each_other_are_cut_once() {
    const TYPES: usize = 60;
    let to = |index: usize| json!({ "$ref": format!("#/components/schemas/T{index}") });
    let types: serde_json::Map<String, Value> = (0..TYPES)
        .map(|index| {
            let alternatives =
                (0..TYPES).map(to).chain([json!({ "const": format!("value {index}") })]).collect::<Vec<_>>();
            (format!("T{index}"), json!({ "anyOf": alternatives }))
        })
        .collect();
    let contract = contract(&types.into());
    let names = Names::new(&contract);
    let declared = Types::new(&contract, &names).declaration("T7", &contract.types["T7"]);
    for index in 0..TYPES {
        assert_eq!(declared.matches(&format!("\"value {index}\"")).count(), 1, "{declared}");
    }
}

#[test]
fn documentation_cannot_end_its_comment() {
    let schema = json!({ "type": "string", "description": "One */ two\n\nthree", "deprecated": true });
    let expected = "\n/**\n * One *\\/ two\n *\n * three\n *\n * @deprecated\n */\nexport type It = string;\n";
    assert_eq!(declared(&schema), expected);
}

fn argument(name: Option<&str>, optional: bool, kind: &str) -> Argument {
    Argument { name: name.map(str::to_owned), optional, rest: false, schema: json!({ "type": kind }) }
}

fn with(arguments: Vec<Argument>, ack: Vec<Value>, error: Option<Value>) -> EventContract {
    EventContract { name: "it".to_owned(), documentation: String::new(), arguments, ack, error }
}

#[test]
fn arguments_that_may_be_left_out() {
    let arguments = || vec![argument(Some("room"), false, "string"), argument(Some("limit"), true, "integer")];
    assert_eq!(event(&with(arguments(), vec![], None), Way::In), "(room: string, limit?: number) => void");
    // The server always sends all arguments.
    assert_eq!(event(&with(arguments(), vec![], None), Way::Out), "(room: string, limit: number) => void");
    let answered = with(arguments(), vec![json!({ "type": "boolean" })], None);
    let ack = "ack: (answer: boolean | Failure) => void";
    let expected = format!(
        "(\n    ...args:\n      | [room: string, {ack}]\n      | [room: string, limit: number, {ack}]\n  ) => void"
    );
    assert_eq!(event(&answered, Way::In), expected);
}

#[test]
fn acknowledgements() {
    let (text, flag) = (json!({ "type": "string" }), json!({ "type": "boolean" }));
    for (ack, error, expected) in [
        (vec![], None, "() => void"),
        (vec![], Some(text.clone()), "(ack: (failure?: Failure<string>) => void) => void"),
        (vec![flag.clone()], None, "(ack: (answer: boolean | Failure) => void) => void"),
        (vec![flag.clone()], Some(text.clone()), "(ack: (answer: boolean | Failure<string>) => void) => void"),
        // `unknown` already includes failures.
        (vec![json!(true)], Some(text.clone()), "(ack: (answer: unknown) => void) => void"),
        (
            vec![flag.clone(), text.clone()],
            None,
            "(ack: (...answers: [answer1: boolean, answer2: string] | [failure: Failure]) => void) => void",
        ),
    ] {
        assert_eq!(event(&with(vec![], ack, error), Way::In), expected);
    }
    let asked = with(vec![argument(Some("question"), false, "string")], vec![flag], None);
    assert_eq!(event(&asked, Way::Out), "(question: string, ack?: (answer: boolean) => void) => void");
}

#[test]
fn names_of_parameters() {
    let arguments = vec![
        argument(Some("delete"), false, "string"),
        argument(Some("ack"), false, "string"),
        argument(None, false, "string"),
        argument(Some("naïve"), false, "string"),
    ];
    let expected = "(delete_: string, ack_: string, arg3: string, naïve: string) => void";
    assert_eq!(event(&with(arguments, vec![], None), Way::In), expected);
}

fn namespace(path: &str, params: &[(&str, &str)]) -> NamespaceContract {
    let param = |(name, kind): &(&str, &str)| Param { name: (*name).to_owned(), schema: json!({ "type": kind }) };
    NamespaceContract {
        path: path.to_owned(),
        paths: None,
        params: params.iter().map(param).collect(),
        documentation: String::new(),
        auth: None,
        session: None,
        incoming: vec![],
        outgoing: vec![],
    }
}

#[test]
fn paths() {
    let contract = contract(&json!({}));
    let names = Names::new(&contract);
    let types = Types::new(&contract, &names);
    let path = |path: &str, params: &[(&str, &str)]| super::path(&namespace(path, params), &types);
    assert_eq!(path("/chat", &[]), r#""/chat""#);
    assert_eq!(path("/{{x}}", &[]), r#""/{x}""#);
    assert_eq!(path("/{org}/tenant-{id}", &[("org", "string"), ("id", "integer")]), "`/${string}/tenant-${number}`");
    assert_eq!(path("/`${{x}}-{id}", &[("id", "string")]), "`/\\`\\${x}-${string}`");
}

#[test]
fn names_of_types() {
    let mut contract =
        contract(&json!({ "Failure": { "type": "string" }, "ChatAuth": { "type": "string" }, "delete": {} }));
    let auth = Some(json!({ "$ref": "#/components/schemas/ChatAuth" }));
    contract.namespaces = vec![
        NamespaceContract { auth: auth.clone(), ..namespace("/chat", &[]) },
        NamespaceContract { auth, ..namespace("/-chat", &[]) },
        namespace("/2", &[]),
    ];
    let names = Names::new(&contract);
    let prefixes: Vec<_> = (0..3).map(|index| names.prefix(index)).collect();
    assert_eq!(prefixes, ["Chat", "Chat2", "_2"]);
    assert_eq!(["Failure", "ChatAuth", "delete"].map(|name| names.of(name)), ["Failure2", "ChatAuth", "delete2"]);
    let text = contract.typescript().to_string();
    assert!(text.contains("\nexport type ChatAuth = string;\n"), "{text}");
    assert!(!text.contains("export type ChatAuth = ChatAuth"), "{text}");
    assert!(text.contains("\nexport type Chat2Auth = ChatAuth;\n"), "{text}");
}

#[test]
fn names_in_every_script() {
    let mut contract = contract(&json!({
        "Failure": {}, "Failure2": {}, "Größe": { "type": "object", "properties": { "größe": {}, "a-b": {} } },
        "Page_Order": {}, "PageOrder": {}, "_": {}, "_2": {},
    }));
    contract.namespaces = vec![namespace("/", &[]), namespace("/größe", &[]), namespace("/🚀", &[])];
    let names = Names::new(&contract);
    let prefixes: Vec<_> = (0..3).map(|index| names.prefix(index)).collect();
    assert_eq!(prefixes, ["", "Größe", "_"]);
    // Declared names take precedence over generated ones.
    let types = ["Failure", "Failure2", "Größe", "Page_Order", "PageOrder", "_", "_2"].map(|name| names.of(name));
    assert_eq!(types, ["Failure3", "Failure2", "Größe", "PageOrder2", "PageOrder", "_", "_2"]);
    let text = contract.typescript().to_string();
    assert!(text.contains("\nexport interface Größe {\n  \"a-b\"?: unknown;\n  größe?: unknown;\n}\n"), "{text}");
}
