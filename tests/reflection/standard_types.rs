//! Types of the standard library, and combinations of attributes: the schema must match serde's behaviour.

use crate::validity::check;
use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::{NonZeroI8, NonZeroU8, NonZeroU64, Wrapping},
    ops::{Bound, Range, RangeInclusive},
    path::PathBuf,
    rc::Rc,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use switchboard::prelude::*;

#[payload]
struct Numbers {
    a: u64,
    b: i128,
    c: f32,
    d: char,
    e: NonZeroU8,
    f: NonZeroI8,
    g: u128,
    h: isize,
    i: Wrapping<u8>,
    k: NonZeroU64,
}

#[test]
fn numbers() {
    check!(
        Numbers,
        [Numbers {
            a: u64::MAX,
            b: -1,
            c: 1.5,
            d: 'ß',
            e: NonZeroU8::MIN,
            f: NonZeroI8::MIN,
            g: 7,
            h: -1,
            i: Wrapping(1),
            k: NonZeroU64::MAX,
        }]
    );
}

#[payload]
struct Shared(u8);

#[payload]
struct Pointers {
    a: Box<str>,
    b: Arc<str>,
    c: Rc<Vec<Arc<Shared>>>,
    d: Cow<'static, str>,
    e: Cell<u8>,
    f: RefCell<u8>,
    g: Mutex<u8>,
    h: Reverse<u8>,
}

#[test]
fn pointers() {
    check!(
        Pointers,
        [Pointers {
            a: "a".into(),
            b: "b".into(),
            c: Rc::new(vec![Arc::new(Shared(1)), Arc::new(Shared(2))]),
            d: "d".into(),
            e: Cell::new(5),
            f: RefCell::new(6),
            g: Mutex::new(7),
            h: Reverse(8),
        }]
    );
}

#[payload]
struct Times {
    a: Duration,
    b: SystemTime,
    c: Range<u8>,
    d: RangeInclusive<u8>,
    e: Bound<u8>,
    f: Result<u8, String>,
}

#[test]
fn times_and_ranges() {
    // serde refuses unknown fields of a `Duration`, but its schema does not.
    check!(sent
        Times,
        [
            Times {
                a: Duration::from_millis(1500),
                b: SystemTime::UNIX_EPOCH + Duration::from_secs(5),
                c: 1..3,
                d: 1..=3,
                e: Bound::Included(1),
                f: Ok(1),
            },
            Times {
                a: Duration::ZERO,
                b: SystemTime::UNIX_EPOCH,
                c: 0..0,
                d: 0..=0,
                e: Bound::Unbounded,
                f: Err("no".into())
            },
        ]
    );
}

#[payload]
struct Places {
    a: PathBuf,
    b: IpAddr,
    c: SocketAddr,
    d: Ipv4Addr,
}

#[test]
fn places() {
    check!(sent Places, [Places {
        a: "a/b".into(),
        b: "::1".parse().unwrap(),
        c: "127.0.0.1:80".parse().unwrap(),
        d: Ipv4Addr::LOCALHOST,
    }]);
}

#[payload]
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    One,
    Two,
}

#[payload]
struct Collections {
    a: HashMap<u32, u8>,
    b: Vec<Option<u8>>,
    c: BTreeSet<char>,
    d: VecDeque<u8>,
    e: LinkedList<u8>,
    f: BinaryHeap<u8>,
    g: BTreeMap<Key, u8>,
    h: HashSet<u8>,
    i: [u8; 2],
    j: [[u8; 2]; 1],
    k: (u8, String, (u8,)),
    l: HashMap<i8, Option<u8>>,
    m: BTreeMap<bool, u8>,
    n: BTreeMap<char, u8>,
    o: [u8; 0],
    p: (),
}

#[test]
fn collections() {
    check!(sent Collections, [Collections {
        a: HashMap::from([(7, 1)]),
        b: vec![None, Some(1)],
        c: BTreeSet::from(['a']),
        d: VecDeque::from([1]),
        e: LinkedList::from([1]),
        f: BinaryHeap::from([1]),
        g: BTreeMap::from([(Key::One, 1)]),
        h: HashSet::from([1]),
        i: [1, 2],
        j: [[1, 2]],
        k: (1, "a".into(), (2,)),
        l: HashMap::from([(-7, None)]),
        m: BTreeMap::from([(true, 1)]),
        n: BTreeMap::from([('x', 1)]),
        o: [],
        p: (),
    }]);
    check!(BTreeMap<u32, u8>, [BTreeMap::from([(7, 1)])]);
    check!(BTreeMap<Key, u8>, [BTreeMap::from([(Key::Two, 1)])], [{ "Three": 1 }]);
    check!(BTreeMap<i8, u8>, [BTreeMap::from([(-7, 1)])]);
    check!((u8, String), [(1, "a".into())]);
}

mod one {
    use switchboard::prelude::*;

    #[payload]
    pub(super) struct Same {
        pub(super) one: u8,
    }
}

mod other {
    use switchboard::prelude::*;

    #[payload]
    pub(super) struct Same {
        pub(super) other: String,
    }
}

#[payload]
struct Generic<T> {
    value: T,
    list: Vec<T>,
    next: Option<Box<Generic<T>>>,
}

#[payload]
struct Names {
    one: one::Same,
    other: other::Same,
    bytes: Generic<u8>,
    text: Generic<String>,
    one_each: Generic<one::Same>,
    other_each: Generic<other::Same>,
    nested: Generic<Generic<bool>>,
}

fn generic<T>(value: T) -> Generic<T> {
    Generic { value, list: Vec::new(), next: None }
}

#[test]
fn names_that_are_the_same() {
    check!(
        Names,
        [Names {
            one: one::Same { one: 1 },
            other: other::Same { other: "a".into() },
            bytes: Generic { value: 1, list: vec![2], next: Some(Box::new(generic(3))) },
            text: generic("a".into()),
            one_each: generic(one::Same { one: 1 }),
            other_each: generic(other::Same { other: "a".into() }),
            nested: generic(generic(true)),
        }]
    );
}

#[payload]
struct Flat {
    id: u8,
    #[serde(flatten)]
    choice: Choice,
    #[serde(flatten)]
    tagged: Tagged,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

#[payload]
enum Choice {
    Left { left: u8 },
    Right(u8),
}

#[payload]
#[serde(tag = "kind")]
enum Tagged {
    Unit,
    Struct { x: u8 },
    Newtype(one::Same),
    Map(BTreeMap<String, u8>),
}

#[test]
fn flattened() {
    check!(sent Flat, [
        Flat { id: 1, choice: Choice::Left { left: 1 }, tagged: Tagged::Unit, rest: BTreeMap::new() },
        Flat { id: 1, choice: Choice::Right(1), tagged: Tagged::Struct { x: 1 }, rest: BTreeMap::from([("a".into(), "b".into())]) },
        Flat { id: 1, choice: Choice::Right(1), tagged: Tagged::Newtype(one::Same { one: 1 }), rest: BTreeMap::new() },
    ]);
    check!(
        Tagged,
        [
            Tagged::Unit,
            Tagged::Struct { x: 1 },
            Tagged::Newtype(one::Same { one: 1 }),
            Tagged::Map(BTreeMap::from([("a".into(), 1)])),
        ]
    );
}

#[payload]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
enum Strict {
    OneField {
        some_field: u8,
        #[serde(default)]
        with_default: u8,
    },
    #[serde(alias = "two")]
    NoField,
    #[serde(rename(serialize = "3", deserialize = "third"))]
    Optional { x: Option<u8> },
}

#[payload]
#[serde(rename_all = "lowercase")]
enum Open {
    Known,
    #[serde(other)]
    Unknown,
}

#[payload]
#[serde(tag = "type")]
enum OpenTagged {
    Known {
        x: u8,
    },
    #[serde(other)]
    Unknown,
}

#[test]
fn variants() {
    // Next to the tag of a unit variant, serde ignores fields that the schema refuses.
    check!(sent Strict, [
        Strict::OneField { some_field: 1, with_default: 2 },
        Strict::NoField,
        Strict::Optional { x: None },
    ]);
    // `#[serde(other)]` reads every name, but the schema only allows clients to send a declared name.
    check!(sent Open, [Open::Known, Open::Unknown]);
    check!(sent OpenTagged, [OpenTagged::Known { x: 1 }, OpenTagged::Unknown]);
}

#[payload]
#[serde(default, rename_all(serialize = "camelCase", deserialize = "kebab-case"))]
struct OneWay {
    read_only: u8,
    #[serde(skip_serializing)]
    never_sent: u8,
    #[serde(skip_deserializing)]
    never_read: u8,
    #[serde(skip_serializing_if = "is_zero")]
    sometimes: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    list: Vec<u8>,
    option: Option<u8>,
}

impl Default for OneWay {
    fn default() -> Self {
        Self { read_only: 1, never_sent: 2, never_read: 3, sometimes: 0, list: Vec::new(), option: Some(1) }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(value: &u8) -> bool {
    *value == 0
}

#[payload]
struct Required {
    #[serde(skip_serializing_if = "is_zero")]
    sometimes: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<u8>,
    #[serde(default, skip_serializing_if = "is_zero")]
    both: u8,
    #[serde(default, skip_serializing)]
    #[allow(dead_code, reason = "it is received only")]
    unsent: String,
}

#[test]
fn ways() {
    check!(sent OneWay, [OneWay::default(), OneWay { sometimes: 1, list: vec![1], option: None, ..OneWay::default() }]);
    check!(OneWay, [], [{}, { "read-only": 1, "never-sent": 1, "sometimes": 1, "list": [1], "option": null }]);
    check!(sent Required, [
        Required { sometimes: 0, option: None, both: 0, unsent: String::new() },
        Required { sometimes: 1, option: Some(1), both: 1, unsent: String::new() },
    ]);
    check!(Required, [], [{ "sometimes": 1, "option": 1, "both": 1, "unsent": "a" }, { "sometimes": 1 }]);
}

#[payload]
#[serde(transparent)]
struct Id(u64);

#[payload]
#[serde(untagged)]
enum Loose {
    Number(u8),
    Id { id: Id },
    Pair(u8, String),
    Nothing,
    Many(Vec<Loose>),
}

#[test]
fn the_rest() {
    check!(Id, [Id(1)]);
    check!(
        Loose,
        [
            Loose::Number(1),
            Loose::Id { id: Id(1) },
            Loose::Pair(1, "a".into()),
            Loose::Nothing,
            Loose::Many(vec![Loose::Nothing, Loose::Number(1)]),
        ]
    );
}
