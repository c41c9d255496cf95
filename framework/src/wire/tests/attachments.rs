//! Bytes are sent as attachments, at any depth of a value.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

const PLACEHOLDERS: [&str; 2] = [r#"{"_placeholder":true,"num":0}"#, r#"{"_placeholder":true,"num":1}"#];

/// An event with two attachments.
fn binary_event(json: &str) -> Arguments {
    let json = json.replace("P0", PLACEHOLDERS[0]).replace("P1", PLACEHOLDERS[1]);
    let attachments = vec![Bytes::from_static(b"\x01\x02"), Bytes::from_static(b"")];
    with_attachments(&json, attachments)
}

#[test]
fn bytes_are_written_as_placeholders_in_the_order_of_appearance() {
    #[derive(Serialize)]
    struct Sent {
        a: Bytes,
        d: &'static str,
        n: Option<u8>,
        arr: (Option<u8>, Bytes),
    }
    #[derive(Serialize)]
    struct Event(Sent, &'static str);
    let sent = Sent { a: Bytes::from_static(b"\x01"), d: "x", n: None, arr: (None, Bytes::new()) };
    let written = Written::event(&Event(sent, "x"));
    let expected = r#"["name",{"a":P0,"d":"x","n":null,"arr":[null,P1]},"x"]"#;
    assert_eq!(written.json(), expected.replace("P0", PLACEHOLDERS[0]).replace("P1", PLACEHOLDERS[1]));
    assert_eq!(written.attachments, [&b"\x01"[..], b""]);

    let written = Written::answer(&Bytes::from_static(b"a"));
    assert_eq!(
        (written.json(), &written.attachments[..]),
        (&*format!("[{}]", PLACEHOLDERS[0]), &[Bytes::from("a")][..])
    );
    let mut written = Written::default();
    write_answer(&mut written, &Failure { error: &Bytes::from_static(b"a") }).unwrap();
    assert_eq!(written.json(), format!(r#"[{{"error":{}}}]"#, PLACEHOLDERS[0]));
}

#[test]
fn placeholders_are_read_as_bytes() {
    let mut event = binary_event(r#"["name",P0,[P1,P0],{"a":P0},null,P1]"#);
    assert_eq!(event.next::<Bytes>().unwrap(), "\x01\x02");
    assert_eq!(event.next::<Vec<Bytes>>().unwrap(), ["", "\x01\x02"]);
    assert_eq!(event.next::<BTreeMap<String, Bytes>>().unwrap()["a"], "\x01\x02");
    assert_eq!(event.next::<Option<Bytes>>().unwrap(), None);
    assert_eq!(event.next::<Option<Bytes>>().unwrap(), Some(Bytes::new()));
    assert_eq!(event.next::<Option<Bytes>>().unwrap(), None);
    assert_eq!(binary_event(r#"["name",P0]"#).all::<Bytes>().unwrap(), "\x01\x02");
    let turned_round = r#"["name",{ "num" : 0 , "_placeholder" : true }]"#;
    assert_eq!(binary_event(turned_round).next::<Bytes>().unwrap(), "\x01\x02");
}

#[test]
fn nothing_else_is_read_as_bytes() {
    for (json, found) in [
        (r#"["name","text"]"#, "string \"text\""),
        (r#"["name",[1,2]]"#, "sequence"),
        (r#"["name",1]"#, "integer `1`"),
        (r#"["name",null]"#, "null"),
        (r#"["name",{}]"#, "map"),
        (r#"["name",{"_placeholder":true}]"#, "map"),
        (r#"["name",{"_placeholder":false,"num":0}]"#, "map"),
        (r#"["name",{"num":0}]"#, "map"),
        (r#"["name",{"_placeholder":true,"num":2}]"#, "map"),
    ] {
        let error = binary_event(json).next::<Bytes>().unwrap_err().to_string();
        assert_eq!(error, format!("argument 1: invalid type: {found}, expected binary data"), "{json}");
        assert!(binary_event(json).all::<Bytes>().is_err(), "{json}");
    }
    assert!(binary_event(r#"["name",{"_placeholder":true,"num":-1}]"#).next::<Bytes>().is_err());
    assert!(binary_event(r#"["name",{"_placeholder":true,"num":"splice"}]"#).next::<Bytes>().is_err());
    assert!(binary_event(r#"["name",P0]"#).next::<Vec<u8>>().is_err());
    assert!(binary_event(r#"["name",P0]"#).next::<String>().is_err());
}

#[test]
fn a_placeholder_in_a_plain_packet_is_an_object() {
    let json = format!(r#"["name",{0},{0}]"#, PLACEHOLDERS[0]);
    let mut event = arguments(&json);
    assert_eq!(event.next::<Value>().unwrap(), json!({"_placeholder": true, "num": 0}));
    assert!(event.next::<Bytes>().is_err());
}

#[test]
fn what_is_not_bytes_is_read_in_a_binary_packet_as_in_any_other() {
    let mut event = binary_event(r#"["name",{"a":{"b":[1,null,"x",-1,1.5,true]},"c":{}},P0,{"num":1}]"#);
    assert_eq!(event.next::<Value>().unwrap(), json!({"a": {"b": [1, null, "x", -1, 1.5, true]}, "c": {}}));
    assert_eq!(
        event.next::<Value>().unwrap_err().to_string(),
        "argument 2: invalid type: byte array, expected any valid JSON value"
    );
    assert_eq!(binary_event(r#"["name",{"1":P0}]"#).next::<BTreeMap<u8, Bytes>>().unwrap()[&1], "\x01\x02");
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
enum External {
    Unit,
    Newtype(Bytes),
    Tuple(Bytes, Option<Bytes>),
    Struct { a: Bytes, b: Vec<Bytes> },
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind")]
enum Internal {
    Unit,
    Newtype(Inner),
    Struct { a: Bytes, b: Vec<Bytes> },
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", content = "content")]
enum Adjacent {
    Unit,
    Newtype(Bytes),
    Tuple(Bytes, Option<Bytes>),
    Struct { a: Bytes, b: Vec<Bytes> },
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
    Flag(bool),
    // Before `Bytes`, which also accepts a buffered array.
    Many(Vec<Bytes>),
    Bytes(Bytes),
    Pair(Bytes, u32),
    Struct { a: Bytes, b: Vec<Bytes> },
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Inner {
    data: Option<Bytes>,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Everything {
    external: Vec<External>,
    internal: Vec<Internal>,
    adjacent: Vec<Adjacent>,
    untagged: Vec<Untagged>,
    tuple: (Bytes, u64, (Bytes,)),
    map: BTreeMap<String, Option<Bytes>>,
    boxed: Option<Box<Everything>>,
    #[serde(flatten)]
    flat: Inner,
    #[serde(flatten)]
    rest: BTreeMap<String, Untagged>,
}

/// serde_json reads a unit variant from its name or from an object with `null`. Arguments next to attachments do so
/// too.
#[test]
fn a_unit_variant_may_be_an_object_beside_attachments() {
    for json in [r#"["name",{"Unit":null},P0]"#, r#"["name","Unit",P0]"#, r#"["name", { "Unit" : null } ,P0]"#] {
        let mut event = binary_event(json);
        assert_eq!(event.next(), Ok(External::Unit), "{json}");
        assert_eq!(event.next::<Bytes>().unwrap(), "\x01\x02", "{json}");
    }
    let listed = binary_event(r#"["name",[{"Unit":null},{"Newtype":P0},"Unit"]]"#).next::<Vec<External>>();
    assert_eq!(listed.unwrap(), [External::Unit, External::Newtype("\x01\x02".into()), External::Unit]);
    for json in [r#"["name",{"Unit":P0}]"#, r#"["name",{"Unit":1},P0]"#, r#"["name",{"Unit":null,"Unit":null},P0]"#] {
        assert!(binary_event(json).next::<External>().is_err(), "{json}");
    }
}

/// The content may precede the tag. It is then read before its type is known.
#[test]
fn an_adjacent_tag_may_come_last() {
    for (json, expected) in [
        (r#"["name",{"content":P0,"kind":"Newtype"}]"#, Adjacent::Newtype("\x01\x02".into())),
        (r#"["name",{"content":[P0,P1],"kind":"Tuple"}]"#, Adjacent::Tuple("\x01\x02".into(), Some("".into()))),
        (
            r#"["name",{"content":{"b":[P0],"a":P1},"kind":"Struct"}]"#,
            Adjacent::Struct { a: "".into(), b: vec!["\x01\x02".into()] },
        ),
    ] {
        assert_eq!(binary_event(json).next(), Ok(expected), "{json}");
    }
}

fn data() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..8).prop_map(Bytes::from)
}

fn many() -> impl Strategy<Value = Vec<Bytes>> {
    prop::collection::vec(data(), 0..3)
}

fn external() -> impl Strategy<Value = External> {
    prop_oneof![
        Just(External::Unit),
        data().prop_map(External::Newtype),
        (data(), prop::option::of(data())).prop_map(|(a, b)| External::Tuple(a, b)),
        (data(), many()).prop_map(|(a, b)| External::Struct { a, b }),
    ]
}

fn inner() -> impl Strategy<Value = Inner> {
    (prop::option::of(data()), any::<String>()).prop_map(|(data, text)| Inner { data, text })
}

fn internal() -> impl Strategy<Value = Internal> {
    prop_oneof![
        Just(Internal::Unit),
        inner().prop_map(Internal::Newtype),
        (data(), many()).prop_map(|(a, b)| Internal::Struct { a, b }),
    ]
}

fn adjacent() -> impl Strategy<Value = Adjacent> {
    prop_oneof![
        Just(Adjacent::Unit),
        data().prop_map(Adjacent::Newtype),
        (data(), prop::option::of(data())).prop_map(|(a, b)| Adjacent::Tuple(a, b)),
        (data(), many()).prop_map(|(a, b)| Adjacent::Struct { a, b }),
    ]
}

fn untagged() -> impl Strategy<Value = Untagged> {
    prop_oneof![
        any::<u32>().prop_map(Untagged::Number),
        any::<bool>().prop_map(Untagged::Flag),
        data().prop_map(Untagged::Bytes),
        (data(), any::<u32>()).prop_map(|(a, b)| Untagged::Pair(a, b)),
        many().prop_map(Untagged::Many),
        (data(), many()).prop_map(|(a, b)| Untagged::Struct { a, b }),
    ]
}

fn everything() -> impl Strategy<Value = Everything> {
    let level = || {
        (
            prop::collection::vec(external(), 0..3),
            prop::collection::vec(internal(), 0..3),
            prop::collection::vec(adjacent(), 0..3),
            prop::collection::vec(untagged(), 0..3),
            (data(), any::<u64>(), data()).prop_map(|(a, b, c)| (a, b, (c,))),
            prop::collection::btree_map(any::<String>(), prop::option::of(data()), 0..3),
            inner(),
            // Names of one letter differ from all fields.
            prop::collection::btree_map("[a-z]", untagged(), 0..3),
        )
            .prop_map(|(external, internal, adjacent, untagged, tuple, map, flat, rest)| Everything {
                external,
                internal,
                adjacent,
                untagged,
                tuple,
                map,
                boxed: None,
                flat,
                rest,
            })
    };
    (level(), prop::option::of(level())).prop_map(|(outer, inner)| Everything { boxed: inner.map(Box::new), ..outer })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_come_back_from_wherever_they_are(value in everything()) {
        let written = Written::event(&value);
        prop_assert!(!written.attachments.is_empty());
        for read in round_trip(&value) {
            prop_assert_eq!(&read, &value);
        }
    }
}
