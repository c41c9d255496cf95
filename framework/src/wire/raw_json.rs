//! JSON text that is passed through without being deserialized.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// One JSON value as text, both for sending and receiving. Use it for data that is only forwarded, stored, or read
/// later.
///
/// It can be an argument, an event, an acknowledgement, or a part of another payload. The peer receives the value
/// itself. Nothing is lost: neither the order of keys, nor duplicate keys, nor the digits of a number that no Rust type
/// can represent. Data received from a client has been validated as JSON.
///
/// ```
/// use switchboard::prelude::*;
///
/// /// A document has changed: `socket.on("changed", (id, document) => ..)`
/// #[event("changed")]
/// struct Changed(u64, RawJson);
///
/// struct Documents;
///
/// #[namespace("/documents", emits(Changed))]
/// impl Documents {
///     #[on("change")]
///     fn change(&self, socket: &Socket<Self>, id: u64, document: RawJson) -> Result<(), EventError> {
///         socket.broadcast().emit(Changed(id, document))?;
///         Ok(())
///     }
/// }
/// ```
///
/// Receiving it as a parameter, a field of a tuple struct, or an acknowledgement takes one pass over its bytes and one
/// copy. Cloning copies the text.
///
/// # Attachments
///
/// JSON text cannot contain binary data. If a received value has some, it does not fit, and the event fails. Use
/// [`Value`](crate::Value), which holds both, or a payload that declares its [`Bytes`](https://docs.rs/bytes).
///
/// # MessagePack
///
/// With the MessagePack parser, values are converted. Received values are written as JSON, where numbers such as `NaN`
/// become `null`. Sent values are parsed as JSON with at most 128 levels. The original text is then not preserved.
///
/// # Where it does not work
///
/// `RawJson` cannot be used in an untagged or internally tagged enum or with `#[serde(flatten)]`. There, serde first
/// deserializes into a buffer, which does not preserve the text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Parses text that is one JSON value. Surrounding whitespace is removed; the rest is unchanged.
    ///
    /// # Errors
    ///
    /// If the text is not JSON, or is more than one value.
    pub fn parse(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text.into()).map(Self)
    }

    /// Serializes a value. Bytes in it become arrays of numbers, and floats that are not finite become `null`, as usual in
    /// JSON.
    ///
    /// # Errors
    ///
    /// If the value cannot be expressed in JSON, for example a map whose keys are not strings.
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        to_raw_value(value).map(Self)
    }

    /// Returns the JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Deserializes the value. The result may borrow from the text.
    ///
    /// # Errors
    ///
    /// If the value does not fit `T`.
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
        // No constraints, because it may be any value.
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
