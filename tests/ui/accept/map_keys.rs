//! Maps whose keys are text, in one way or another, and maps that are not sent at all.
#![deny(warnings)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::sync::Arc;
use switchboard::{Digits, prelude::*};

#[payload]
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Side {
    Left,
    At(u8),
}

#[payload]
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Newtype(Side);

#[payload]
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(transparent)]
struct Transparent {
    inner: Newtype,
}

#[payload]
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(into = "String", try_from = "String")]
struct Spelled(u8, u8);

impl From<Spelled> for String {
    fn from(Spelled(x, y): Spelled) -> Self {
        format!("{x}:{y}")
    }
}

impl TryFrom<String> for Spelled {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(|x| Self(x, 0))
    }
}

#[payload]
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Packed(#[serde(with = "text")] (u8, u8));

mod text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &(u8, u8), serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}:{}", value.0, value.1))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(u8, u8), D::Error> {
        String::deserialize(deserializer).map(|text| (text.len() as u8, 0))
    }
}

type Named<V> = HashMap<Arc<str>, V, BuildHasherDefault<DefaultHasher>>;
type Sides = BTreeMap<Side, u8>;

#[event("maps")]
struct Maps {
    numbers: BTreeMap<NonZeroU64, HashMap<i128, BTreeMap<char, bool>>>,
    addresses: HashMap<IpAddr, Named<u8>>,
    sides: Sides,
    newtypes: BTreeMap<Newtype, [Sides; 2]>,
    transparent: BTreeMap<Transparent, ()>,
    spelled: BTreeMap<Spelled, u8>,
    packed: BTreeMap<Packed, u8>,
    wrapped: BTreeMap<Reverse<Box<Digits<u64>>>, Option<u8>>,
    maybe: BTreeMap<Option<String>, u8>,
    #[serde(skip)]
    cells: HashMap<(u8, u8), String>,
    #[cfg(any())]
    gone: HashMap<(u8, u8), String>,
}

/// Its keys are known where it is used.
#[payload]
struct Generic<K: Ord, V> {
    map: BTreeMap<K, V>,
}

#[payload]
struct Borrowed<'a> {
    #[serde(borrow)]
    map: BTreeMap<std::borrow::Cow<'a, str>, u8>,
}

struct Board {
    cells: HashMap<(u8, u8), String>,
}

#[namespace("/board", emits(Maps))]
impl Board {
    #[on("size")]
    fn size(&self, State(cells): State<Arc<HashMap<(u8, u8), String>>>, sides: Sides) -> HashMap<Side, usize> {
        sides.into_keys().map(|side| (side, cells.len() + self.cells.len())).collect()
    }
}
