//! serde's attributes: for each of them, the schema must match serde's behaviour.

use crate::validity::check;
use serde_json::json;
use std::collections::BTreeMap;
use switchboard::prelude::*;

#[payload]
struct Renamed {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename(serialize = "sent", deserialize = "received"))]
    both: u8,
    #[serde(alias = "old")]
    new: Option<bool>,
}

#[test]
fn rename() {
    check!(Renamed, [Renamed { kind: "a".into(), both: 1, new: None }], [{ "type": "a", "received": 7, "new": true }]);
}

#[payload]
#[serde(rename_all = "camelCase")]
struct AllRenamed {
    first_name: String,
    last_name: String,
}

#[payload]
#[serde(rename_all = "kebab-case", rename_all_fields = "SCREAMING_SNAKE_CASE")]
enum AllFieldsRenamed {
    NothingAtAll,
    SomeThing { what_it_is: u8 },
}

#[test]
fn rename_all() {
    check!(AllRenamed, [AllRenamed { first_name: "a".into(), last_name: "b".into() }]);
    check!(AllFieldsRenamed, [AllFieldsRenamed::NothingAtAll, AllFieldsRenamed::SomeThing { what_it_is: 1 }]);
}

#[payload]
struct Inner {
    number: u8,
}

#[payload]
enum External {
    Unit,
    Newtype(Inner),
    Tuple(u8, String),
    Named { inner: Inner, list: Vec<Inner> },
}

#[payload]
#[serde(tag = "kind")]
enum Internal {
    Unit,
    Newtype(Inner),
    Named { inner: Inner },
}

#[payload]
#[serde(tag = "kind", content = "data")]
enum Adjacent {
    Unit,
    Newtype(Inner),
    Tuple(u8, String),
    Named { inner: Inner },
}

#[payload]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
    Named { inner: Inner },
}

fn inner() -> Inner {
    Inner { number: 3 }
}

#[test]
fn tags() {
    let list = || vec![inner(), inner()];
    check!(External, [External::Unit, External::Newtype(inner()), External::Tuple(1, "a".into())]);
    check!(External, [External::Named { inner: inner(), list: list() }]);
    check!(Internal, [Internal::Unit, Internal::Newtype(inner()), Internal::Named { inner: inner() }]);
    check!(Adjacent, [Adjacent::Unit, Adjacent::Newtype(inner()), Adjacent::Tuple(1, "a".into())]);
    check!(Adjacent, [Adjacent::Named { inner: inner() }]);
    check!(Untagged, [Untagged::Number(1), Untagged::Text("a".into()), Untagged::Named { inner: inner() }]);
}

#[payload]
struct Flat {
    own: bool,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    choice: Internal,
}

#[payload]
struct Rest {
    own: bool,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[payload]
struct MaybeFlat {
    own: bool,
    #[serde(flatten)]
    inner: Option<Inner>,
}

#[test]
fn flatten() {
    check!(Flat, [Flat { own: true, inner: inner(), choice: Internal::Unit }]);
    check!(Rest, [Rest { own: true, rest: [("a".to_owned(), 1)].into() }]);
    // Only the sent form is checked, because everything that is not an `Inner` is read as `None`.
    check!(sent MaybeFlat, [MaybeFlat { own: true, inner: Some(inner()) }, MaybeFlat { own: true, inner: None }]);
}

#[payload]
enum Documented {
    /// It has no content.
    Unit,
    #[serde(alias = "Plain")]
    Renamed,
    Newtype(u8),
}

#[payload]
struct FlatDocumented {
    own: bool,
    #[serde(flatten)]
    choice: Documented,
}

#[test]
fn flattened_unit_variants() {
    let value = |choice| FlatDocumented { own: true, choice };
    // Only sent: serde also reads other values than `null` for a unit variant, and ignores them.
    check!(sent FlatDocumented, [value(Documented::Unit), value(Documented::Renamed), value(Documented::Newtype(1))]);
}

#[payload]
#[expect(dead_code, reason = "not all of it is read")]
struct Skipped {
    #[serde(skip)]
    never: u8,
    #[serde(skip_serializing)]
    received: u8,
    #[serde(skip_deserializing)]
    sent: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    sometimes: Option<u8>,
}

#[payload]
enum SkippedVariant {
    Both,
    #[serde(skip_deserializing)]
    Sent,
    #[serde(skip)]
    Never(NotAPayload),
}

#[derive(Default)]
struct NotAPayload;

#[test]
fn skip() {
    let value = |sometimes| Skipped { never: 1, received: 2, sent: 3, sometimes };
    check!(Skipped, [value(None), value(Some(1))], [{ "received": 1 }, { "received": 1, "sometimes": 1 }]);
    check!(SkippedVariant, [SkippedVariant::Both, SkippedVariant::Sent]);
    let _ = SkippedVariant::Never(NotAPayload);
}

#[payload]
struct Defaults {
    #[serde(default)]
    number: u8,
    #[serde(default = "seven")]
    seven: u8,
    needed: u8,
}

fn seven() -> u8 {
    7
}

#[payload]
#[derive(Default)]
#[serde(default, deny_unknown_fields)]
struct AllDefaults {
    text: String,
    inner: Vec<u8>,
}

#[test]
fn default() {
    check!(Defaults, [Defaults { number: 1, seven: 2, needed: 3 }]);
    check!(AllDefaults, [AllDefaults::default()], [{ "text": "a" }, {}]);
}

type Maybe<T> = Option<T>;

#[payload]
struct Optional {
    text: Option<String>,
    inner: Option<Inner>,
    nested: Option<Vec<Inner>>,
    alias: Maybe<Inner>,
    list: Vec<Option<Inner>>,
}

#[test]
fn option() {
    let full = Optional {
        text: Some("a".into()),
        inner: Some(inner()),
        nested: Some(vec![inner()]),
        alias: Some(inner()),
        list: vec![None, Some(inner())],
    };
    check!(Optional, [full, Optional { text: None, inner: None, nested: None, alias: None, list: vec![] }]);
}

#[payload]
#[serde(transparent)]
struct Transparent {
    inner: Inner,
}

#[payload]
#[serde(from = "Inner", into = "String")]
#[derive(Clone)]
struct Converted(u8);

impl From<Inner> for Converted {
    fn from(inner: Inner) -> Self {
        Self(inner.number)
    }
}

impl From<Converted> for String {
    fn from(value: Converted) -> Self {
        value.0.to_string()
    }
}

#[test]
fn other_types() {
    check!(Transparent, [Transparent { inner: inner() }]);
    check!(Converted, [Converted(1)], [{ "number": 1 }]);
}

#[payload]
struct Page<T, const SIZE: usize> {
    rows: Vec<T>,
    first: Option<Box<T>>,
    pair: (T, u8),
    next: Option<Box<Page<T, SIZE>>>,
}

#[payload]
struct Tree {
    value: u8,
    children: Vec<Tree>,
    parent: Option<Box<Self>>,
}

#[payload]
struct Unit;

#[payload]
struct Newtype(Inner);

#[payload]
struct Tuple(u8, Inner, Option<String>);

#[test]
fn shapes() {
    let page = |next| Page::<Inner, 2> { rows: vec![inner()], first: None, pair: (inner(), 2), next };
    check!(Page<Inner, 2>, [page(Some(Box::new(page(None))))]);
    let leaf = || Tree { value: 1, children: vec![], parent: None };
    check!(Tree, [Tree { value: 2, children: vec![leaf()], parent: Some(Box::new(leaf())) }]);
    check!(Unit, [Unit]);
    check!(Newtype, [Newtype(inner())]);
    check!(Tuple, [Tuple(1, inner(), None)], [[1, { "number": 1 }, "a"]]);
}

/// A message.
#[payload]
struct Commented {
    /// What it holds.
    inner: Inner,
}

#[test]
fn doc_comments() {
    use switchboard::schema::{Direction, Schemas};
    let mut schemas = Schemas::new();
    schemas.describe::<Commented>(Direction::Outgoing);
    let definition = &schemas.definitions(Direction::Outgoing)["Commented"];
    assert_eq!(definition["description"], "A message.");
    let field = &definition["properties"]["inner"];
    assert_eq!(field["description"], "What it holds.");
    // Draft 7 ignores keywords next to `$ref`.
    assert_eq!(field["allOf"], json!([{ "$ref": "#/components/schemas/Inner" }]));
}
