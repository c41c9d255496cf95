//! The number of values that go over a connection, and the number in the contract, for each form that serde knows.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeTupleStruct, Serializer};
use serde_json::Value;
use switchboard::prelude::*;

/// Implements `From`.
macro_rules! convert {
    ($($from:ty => $into:ty: $pattern:pat => $value:expr;)*) => { $(
        impl From<$from> for $into {
            fn from($pattern: $from) -> Self {
                $value
            }
        }
    )* };
}

// They use the macro.
mod acks;
mod events;

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct Pair(u8, u8);

const PAIR: Pair = Pair(1, 2);

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct One(u8);

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct AroundTuple((u8, u8));

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct Around<T>(T);

#[payload]
#[serde(transparent)]
#[derive(Clone, Debug, PartialEq)]
struct Through<T>(T);

#[payload]
#[serde(transparent)]
#[derive(Clone, Debug, PartialEq)]
struct ThroughPair(Pair);

/// It has a definition of its own, because of this comment.
#[payload]
#[serde(transparent)]
#[derive(Clone, Debug, PartialEq)]
struct Documented(Pair);

#[payload]
#[serde(from = "(u8, u8)", into = "(u8, u8)")]
#[derive(Clone, Debug, PartialEq)]
struct AsTuple {
    a: u8,
    b: u8,
}

#[payload]
#[serde(from = "Pair", into = "Pair")]
#[derive(Clone, Debug, PartialEq)]
struct AsPair {
    a: u8,
    b: u8,
}

#[payload]
#[serde(try_from = "Through<AsPair>", into = "Through<AsPair>")]
#[derive(Clone, Debug, PartialEq)]
struct AsAsPair(Vec<u8>);

/// It is written as a list, and read as two values.
#[payload]
#[serde(into = "(u8, u8)")]
#[derive(Clone, Debug, PartialEq)]
struct WrittenAsTuple(u8, u8);

/// It is read as a list, and written as two values.
#[payload]
#[serde(from = "(u8, u8)")]
#[derive(Clone, Debug, PartialEq)]
struct ReadAsTuple(u8, u8);

/// With all fields that rustc sees, it is a newtype.
#[payload]
#[serde(from = "Pair")]
#[derive(Clone, Debug, PartialEq)]
struct ReadAsPair(u8, #[cfg(any())] u8);

#[payload]
#[serde(from = "()", into = "()")]
#[derive(Clone, Debug, PartialEq)]
struct AsUnit {
    data: u8,
}

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct Unit;

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct NoFields();

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct Skipping(u8, #[serde(skip)] u8);

#[payload]
#[derive(Clone, Debug, PartialEq)]
enum Tagged {
    Pair(u8, u8),
}

#[payload]
#[serde(untagged)]
#[derive(Clone, Debug, PartialEq)]
enum Untagged {
    Pair(u8, u8),
}

/// Types as other crates have them, with derives instead of `#[payload]`.
mod other {
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
    pub(super) struct Pair(pub u8, pub u8);

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
    pub(super) struct AroundTuple(pub (u8, u8));

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
    #[serde(from = "(u8, u8)", into = "(u8, u8)")]
    pub(super) struct AsTuple(pub u8, pub u8);

    /// Without a description.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Undescribed(pub u8, pub u8);

    /// A type without an impl of `Deserialize`.
    #[derive(Serialize, schemars::JsonSchema)]
    pub(super) struct Sent(pub u8, pub u8);

    #[derive(Serialize, schemars::JsonSchema)]
    pub(super) struct SentUnit;
}

/// A struct that hand-written impls make a tuple struct.
#[derive(Clone, Debug, PartialEq, schemars::JsonSchema)]
#[schemars(with = "other::Pair")]
struct ByHand {
    a: u8,
    b: u8,
}

impl Serialize for ByHand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_tuple_struct("ByHand", 2)?;
        fields.serialize_field(&self.a)?;
        fields.serialize_field(&self.b)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for ByHand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let other::Pair(a, b) = other::Pair::deserialize(deserializer)?;
        Ok(Self { a, b })
    }
}

convert! {
    (u8, u8) => AsTuple: (a, b) => Self { a, b };
    AsTuple => (u8, u8): AsTuple { a, b } => (a, b);
    Pair => AsPair: Pair(a, b) => Self { a, b };
    AsPair => Pair: AsPair { a, b } => Self(a, b);
    Through<AsPair> => AsAsPair: Through(AsPair { a, b }) => Self(vec![a, b]);
    AsAsPair => Through<AsPair>: AsAsPair(list) => Self(AsPair { a: list[0], b: list[1] });
    WrittenAsTuple => (u8, u8): WrittenAsTuple(a, b) => (a, b);
    (u8, u8) => ReadAsTuple: (a, b) => Self(a, b);
    Pair => ReadAsPair: Pair(a, _) => Self(a);
    () => AsUnit: () => Self { data: 1 };
    AsUnit => (): _ => ();
    (u8, u8) => other::AsTuple: (a, b) => Self(a, b);
    other::AsTuple => (u8, u8): other::AsTuple(a, b) => (a, b);
}

fn count(json: &str) -> usize {
    serde_json::from_str::<Vec<Value>>(json).expect("a list").len()
}

/// How many entries a list of the contract's only event in this direction has.
fn described(contract: &switchboard::schema::Contract, direction: &str, event: &str, list: &str) -> usize {
    let lock: Value = serde_json::from_str(contract.lock().as_str()).expect("a lock file");
    let events = lock["namespaces"][0][direction].as_array().expect("events");
    let event = events.iter().find(|it| it["name"] == event).expect("the event");
    event[list].as_array().map_or(0, Vec::len)
}
