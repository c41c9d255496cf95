//! JSON that passes through without being read.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// One JSON value as the text that it travels as, in and out: for what is only passed on, stored, or read later.
///
/// It can be an argument, an event, an acknowledgement, or a part of another payload. The peer sees the value itself.
/// Nothing is lost on the way: not the order of keys or their doubles, not the spelling of a number that no type of
/// Rust holds. What comes from a client has been checked, and is JSON.
///
/// ```
/// use switchboard::prelude::*;
///
/// /// What a document became: `socket.on("changed", (id, document) => ..)`
/// #[event("changed")]
/// struct Changed(u64, RawJson);
///
/// struct Documents;
///
/// #[namespace("/documents", emits(Changed))]
/// impl Documents {
///     #[on("change")]
///     fn change(&self, socket: &Socket<Self>, id: u64, document: RawJson) -> Result<(), String> {
///         socket.broadcast().emit(Changed(id, document)).map(drop).map_err(|error| error.to_string())
///     }
/// }
/// ```
///
/// As a parameter of its own, a field of a tuple struct, or an acknowledgement, it costs one look at its bytes and one
/// copy of them. Cloning copies the text.
///
/// # Attachments
///
/// Text holds no binary data: a value that has some does not fit, and the event fails. Use [`Value`](crate::Value), which
/// holds both, or a payload that says where the [`Bytes`](https://docs.rs/bytes) are.
///
/// # MessagePack
///
/// With the parser for MessagePack, values are translated: what comes in is written as JSON, where a number like `NaN` is
/// `null`; what goes out is read as JSON, down to 128 levels. Then spellings do get lost.
///
/// # Where it cannot be
///
/// In an untagged or internally tagged enum, or behind `#[serde(flatten)]`: there serde reads first and asks later, and
/// the text is gone by then.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Takes text that is one JSON value. Space around it is cut off; all else stays as it is.
    ///
    /// # Errors
    ///
    /// When the text is no JSON, or more than one value.
    pub fn parse(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text.into()).map(Self)
    }

    /// Writes a value. Bytes in it become arrays of numbers, as everywhere in JSON.
    ///
    /// # Errors
    ///
    /// When the value cannot be expressed in JSON: a map with keys that are no strings, say.
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        to_raw_value(value).map(Self)
    }

    /// The JSON.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Reads the value, which may borrow from the text.
    ///
    /// # Errors
    ///
    /// When it does not fit `T`.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for RawJson {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RawJson".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // Without any rule: it may be anything.
        schemars::Schema::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_taken() {
        for text in ["null", "1e999", r#""\ud800""#, r#"{"b":1, "a":{},"b":[ ]}"#] {
            assert_eq!(RawJson::parse(text).unwrap().as_str(), text);
            assert_eq!(RawJson::parse(format!(" {text}\n")).unwrap().as_str(), text);
        }
        for text in ["", " ", "nul", "1 2", "[1", "{\"a\"}", "\"a", "[1]]"] {
            assert!(RawJson::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_go_in_and_come_out() {
        let raw = RawJson::from_value(&("é", [Some(1), None])).unwrap();
        assert_eq!(raw.as_str(), r#"["é",[1,null]]"#);
        assert_eq!(raw.read::<(&str, Vec<Option<u8>>)>().unwrap(), ("é", vec![Some(1), None]));
        assert!(raw.read::<u8>().is_err());
        assert!(RawJson::from_value(&std::collections::BTreeMap::from([((1, 2), 3)])).is_err());
    }

    #[test]
    fn other_writers_of_json_know_it_too() {
        let raw = RawJson::parse(r#"{"a": 1e999}"#).unwrap();
        assert_eq!(serde_json::to_string(&[raw]).unwrap(), r#"[{"a": 1e999}]"#);
        let read: Vec<RawJson> = serde_json::from_str(r#"[{"a": 1e999}, 1]"#).unwrap();
        assert_eq!((read[0].as_str(), read[1].as_str()), (r#"{"a": 1e999}"#, "1"));
    }
}
