//! The acknowledgement of an event that failed, and values that look like one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

#[cfg(feature = "msgpack")]
use super::msgpack::Reader;
#[cfg(feature = "msgpack")]
use crate::protocol::Tokens;

const ERROR: &str = "error";

/// The acknowledgement of an event whose handler failed: `[{"error":…}]`.
#[derive(serde::Serialize)]
pub(crate) struct Failure<'e, E: ?Sized> {
    pub(crate) error: &'e E,
}

/// Returns `true` if an acknowledgement in JSON is `[{"error":…}]`, without other keys or values.
///
/// The first bytes of most acknowledgements show that they are not.
#[inline(always)]
pub(crate) fn is_failure(json: &[u8]) -> bool {
    match json {
        // `RawJson` may have spaces and escapes that serde does not write.
        [b'[', b'{', b'"', first, ..] if !matches!(first, b'e' | b'\\') => false,
        [b'[', b'{' | b' ' | b'\n' | b'\r' | b'\t', ..] => reads_as_failure(json),
        _ => false,
    }
}

#[inline(never)]
fn reads_as_failure(json: &[u8]) -> bool {
    serde_json::from_slice::<OneFailure>(json).is_ok()
}

/// Like [`is_failure`], for MessagePack.
#[cfg(feature = "msgpack")]
pub(crate) fn is_packed_failure(array: &[u8]) -> bool {
    let is_one_map = matches!(array, [0x91, 0x80..=0x8f | 0xde | 0xdf, ..]);
    is_one_map && OneFailure::deserialize(Reader(&mut Tokens::new(array, 0))).is_ok()
}

/// An array of one [`FailureObject`]. A handwritten impl, because serde's derive rejects a duplicate key, which clients
/// accept.
struct OneFailure;

impl<'de> Deserialize<'de> for OneFailure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self)
    }
}

impl<'de> Visitor<'de> for OneFailure {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("one value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self, A::Error> {
        array.next_element::<FailureObject>()?;
        match array.next_element::<IgnoredAny>()? {
            None => Ok(self),
            Some(_) => Err(serde::de::Error::custom("several values")),
        }
    }
}

/// An object with `error` as its only key.
struct FailureObject;

impl<'de> Deserialize<'de> for FailureObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for FailureObject {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with the one key `error`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        let mut is_empty = true;
        while let Some(key) = object.next_key::<String>()? {
            if key != ERROR {
                return Err(serde::de::Error::custom("another key"));
            }
            object.next_value::<IgnoredAny>()?;
            is_empty = false;
        }
        if is_empty { Err(serde::de::Error::custom("no key")) } else { Ok(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILURES: [&str; 6] = [
        r#"[{"error":null}]"#,
        r#"[{"error":{"error":[1,{"a":"}]"}]}}]"#,
        r#"[{"error":1,"error":2}]"#,
        "[{ \"error\" : 1 }]",
        "[ {\n\"error\":1}]",
        r#"[{"\u0065rr\u006fr":1}]"#,
    ];
    const OTHERS: [&str; 14] = [
        "[]",
        "[null]",
        "[{}]",
        r#"["error"]"#,
        r#"[["error"]]"#,
        r#"[{"errors":1}]"#,
        r#"[{"e":1}]"#,
        r#"[{"Error":1}]"#,
        r#"[{"id":1,"error":null}]"#,
        r#"[{"error":null,"id":1}]"#,
        r#"[{ "id":1}]"#,
        r#"[{"error":1},2]"#,
        r#"[[{"error":1}]]"#,
        r#"[1,{"error":1}]"#,
    ];

    #[test]
    fn objects_whose_only_key_is_error_look_like_failures() {
        for json in FAILURES {
            assert!(is_failure(json.as_bytes()), "{json}");
        }
        for json in OTHERS {
            assert!(!is_failure(json.as_bytes()), "{json}");
        }
    }

    #[cfg(feature = "msgpack")]
    #[test]
    fn the_same_objects_do_in_messagepack() {
        let is_failure = |json: &str| {
            let mut packed = Vec::new();
            crate::protocol::pack_json(&mut packed, json, &[]).expect("JSON");
            is_packed_failure(&packed)
        };
        for json in FAILURES {
            assert!(is_failure(json), "{json}");
        }
        for json in OTHERS {
            assert!(!is_failure(json), "{json}");
        }
    }
}
