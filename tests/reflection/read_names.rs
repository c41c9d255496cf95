//! `#[serde(alias = "..")]` and `#[serde(other)]`: the contract check must report a breaking change exactly if serde
//! cannot read the values of old clients.

use serde_json::{Value, json};
use switchboard::{prelude::*, schema::Contract};

/// `replay!(Before => After, breaking | compatible, [values that clients of `Before` send])`: checks the verdict of the
/// contract, and whether `After` reads all values. `Before` must read them in any case.
macro_rules! replay {
    ($before:ty => $after:ty, $verdict:ident, [$($value:tt),* $(,)?]) => {{
        let breaking = stringify!($verdict) == "breaking";
        let values: Vec<Value> = vec![$(json!($value)),*];
        let read = |value: &Value| serde_json::from_value::<$after>(value.clone()).is_ok();
        for value in &values {
            assert!(serde_json::from_value::<$before>(value.clone()).is_ok(), "not of the old type: {value}");
        }
        let name = concat!(stringify!($before), " => ", stringify!($after));
        assert_eq!(!values.iter().all(read), breaking, "{name}: read by serde");
        let changes = received!($before).compare(&received!($after));
        assert_eq!(changes.is_breaking(), breaking, "{name}: {changes}");
        changes.to_string()
    }};
}

/// Returns the contract of a server that receives the type, and never sends it.
macro_rules! received {
    ($type:ty) => {{
        struct Receiver;

        #[namespace("/")]
        impl Receiver {
            #[on("it")]
            fn it(&self, value: Vec<$type>) {
                drop(value);
            }
        }

        Contract::of::<Receiver>()
    }};
}

/// Returns the contract of a server that sends the type, and never receives it.
macro_rules! sent {
    ($type:ty) => {{
        struct Sender;

        #[namespace("/")]
        impl Sender {
            #[on("it")]
            fn it(&self) -> Vec<$type> {
                Vec::new()
            }
        }

        Contract::of::<Sender>()
    }};
}

#[payload]
struct Old {
    a: u8,
}

#[payload]
struct Renamed {
    #[serde(alias = "a")]
    b: u8,
}

#[payload]
struct RenamedOnly {
    b: u8,
}

#[payload]
struct RenamedToText {
    #[serde(alias = "a")]
    b: String,
}

#[payload]
#[serde(deny_unknown_fields, rename_all = "UPPERCASE")]
struct Strict {
    #[serde(alias = "a", alias = "b")]
    c: u8,
}

#[test]
fn a_renamed_field_with_an_alias_breaks_only_clients_that_receive_it() {
    let changes = replay!(Old => Renamed, compatible, [{ "a": 1 }]);
    assert!(changes.contains("b: may be sent now"), "{changes}");
    let changes = sent!(Old).compare(&sent!(Renamed));
    assert!(changes.is_breaking(), "{changes}");
    replay!(Old => RenamedOnly, breaking, [{ "a": 1 }]);
    replay!(Old => RenamedToText, breaking, [{ "a": 1 }]);
    replay!(Old => Strict, breaking, [{ "a": 1, "more": 1 }]);
}

#[test]
fn an_alias_that_is_gone_breaks_clients_that_use_it() {
    replay!(Renamed => RenamedOnly, breaking, [{ "a": 1 }, { "b": 1 }]);
    replay!(RenamedOnly => Renamed, compatible, [{ "b": 1 }]);
    replay!(Renamed => Renamed, compatible, [{ "a": 1 }, { "b": 1 }]);
    // The sent form is the same.
    assert!(sent!(Renamed).compare(&sent!(RenamedOnly)).is_empty());
}

#[payload]
struct Two {
    a: Option<u8>,
    b: Option<u8>,
}

#[payload]
struct One {
    #[serde(alias = "a")]
    b: Option<u8>,
}

#[test]
fn two_fields_that_become_one_are_refused_together() {
    replay!(Two => One, breaking, [{ "a": 1, "b": 1 }, { "a": 1 }, { "b": 1 }]);
    replay!(One => Two, compatible, [{ "a": 1 }, { "b": 1 }]);
}

#[payload]
struct Flat {
    own: u8,
    #[serde(flatten)]
    inner: Renamed,
}

#[payload]
struct FlatOld {
    own: u8,
    #[serde(flatten)]
    inner: Old,
}

#[test]
fn an_alias_in_a_flattened_struct() {
    replay!(FlatOld => Flat, compatible, [{ "own": 1, "a": 1 }]);
}

#[payload]
enum OldExternal {
    A,
    B { x: u8 },
    C(u8),
}

#[payload]
#[serde(rename_all = "lowercase")]
enum External {
    #[serde(alias = "A")]
    First,
    #[serde(alias = "B")]
    Second {
        #[serde(alias = "x")]
        y: u8,
    },
    #[serde(alias = "C")]
    Third(u8),
}

#[payload]
#[serde(rename_all = "lowercase")]
enum ExternalOnly {
    First,
    Second { y: u8 },
    Third(u8),
}

#[test]
fn aliases_of_externally_tagged_variants() {
    replay!(OldExternal => External, compatible, ["A", { "B": { "x": 1 } }, { "C": 1 }]);
    replay!(External => ExternalOnly, breaking, ["A", { "B": { "x": 1 } }, { "third": 1 }]);
    let changes = sent!(OldExternal).compare(&sent!(External));
    assert!(changes.is_breaking(), "{changes}");
}

#[payload]
#[serde(tag = "kind")]
enum OldInternal {
    A { x: u8 },
    B(Old),
    Gone { z: u8 },
}

#[payload]
#[serde(tag = "kind")]
enum Internal {
    #[serde(alias = "A")]
    First { x: u8 },
    #[serde(alias = "B")]
    Second(Renamed),
    #[serde(other)]
    Other,
}

#[payload]
#[serde(tag = "kind")]
enum InternalWithoutOther {
    #[serde(alias = "A")]
    First { x: u8 },
    #[serde(alias = "B")]
    Second(Renamed),
}

#[payload]
#[serde(tag = "kind")]
enum InternalNarrower {
    A {
        x: String,
    },
    #[serde(other)]
    Other,
}

#[test]
fn names_of_internally_tagged_variants() {
    let values = json!([{ "kind": "A", "x": 1 }, { "kind": "B", "a": 1 }]);
    assert!(serde_json::from_value::<Vec<InternalWithoutOther>>(values).is_ok());
    replay!(OldInternal => Internal, compatible,
        [{ "kind": "A", "x": 1 }, { "kind": "B", "a": 1 }, { "kind": "Gone", "z": 1 }]);
    replay!(OldInternal => InternalWithoutOther, breaking, [{ "kind": "Gone", "z": 1 }]);
    // The tag selects the variant, so the content of a known variant is not read as `Other`.
    replay!(OldInternal => InternalNarrower, breaking, [{ "kind": "A", "x": 1 }, { "kind": "B", "a": 1 }]);
    replay!(Internal => InternalWithoutOther, breaking, [{ "kind": "New" }]);
    replay!(InternalWithoutOther => Internal, compatible, [{ "kind": "First", "x": 1 }]);
    replay!(Internal => Internal, compatible, [{ "kind": "New", "x": [] }]);
}

#[payload]
#[serde(tag = "t", content = "c")]
enum OldAdjacent {
    A(u8),
    Gone,
}

#[payload]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    #[serde(alias = "A")]
    First(u8),
    #[serde(other)]
    Other,
}

#[payload]
#[serde(tag = "t", content = "c")]
enum AdjacentOnlyOther {
    #[serde(other)]
    Other,
}

#[test]
fn names_of_adjacently_tagged_variants() {
    replay!(OldAdjacent => Adjacent, compatible, [{ "t": "A", "c": 1 }, { "t": "Gone" }]);
    // A variant with content is not read as a unit variant.
    replay!(OldAdjacent => AdjacentOnlyOther, breaking, [{ "t": "A", "c": 1 }, { "t": "Gone" }]);
}

#[payload]
enum OldUnits {
    A,
    B,
}

#[payload]
enum Units {
    A,
    #[serde(other)]
    Other,
}

#[payload]
enum UnitsOnly {
    A,
    Other,
}

#[test]
fn other_unit_variants() {
    replay!(OldUnits => Units, compatible, ["A", "B"]);
    replay!(Units => UnitsOnly, breaking, ["A", "unheard of"]);
    replay!(UnitsOnly => Units, compatible, ["A", "Other"]);
}

#[test]
fn documents_offer_the_new_names_only() {
    let with = received!(External).typescript().to_string();
    assert_eq!(with.replace("External", "ExternalOnly"), received!(ExternalOnly).typescript().to_string());
    let contract = received!(OldAdjacent).typescript().to_string();
    assert!(contract.contains(r#"{ c: number; t: "A" } | { t: "Gone" }"#), "{contract}");
}

#[test]
fn the_lock_file_keeps_the_names_that_are_read() {
    for contract in [received!(External), received!(Internal), received!(Adjacent), received!(Strict), received!(Units)]
    {
        let read = Contract::from_lock(&contract.lock().to_string()).unwrap();
        assert_eq!(contract.compare(&read).to_string(), "");
        assert_eq!(read.compare(&contract).to_string(), "");
    }
}
