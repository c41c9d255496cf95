//! The data of events and acknowledgements, in the form that servers exchange.

use bytes::Bytes;
use serde::Serialize;

use crate::protocol::encode::Encoded;
use crate::protocol::{Address, Head, check_placeholders, json};
use crate::wire::{Payload, Sink, write_answer, write_event};

/// The data of an event or of an acknowledgement: a JSON array, and the binary data that belongs to it.
///
/// The array is `["name", argument, …]` for an event, and `[value, …]` for an acknowledgement. Binary data is replaced
/// in the array by the placeholder `{"_placeholder":true,"num":0}`, where `num` is the index of the attachment. Without
/// attachments, this object has no special meaning.
///
/// ```
/// use switchboard::adapter::Data;
///
/// let event = Data::event(r#"["picture",{"_placeholder":true,"num":0}]"#, vec![vec![1, 2, 3].into()])?;
/// assert_eq!(event.name(), Some("picture"));
/// assert_eq!(event.attachments().len(), 1);
/// assert!(Data::event("[]", Vec::new()).is_err());
/// # Ok::<(), switchboard::adapter::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    json: String,
    attachments: Vec<Bytes>,
    head: Option<Head>,
}

/// The error for invalid [`Data`]: the text is not JSON or not an array, an event has no name, or the attachment of a
/// placeholder is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no data of an event or of an answer")]
pub struct DataError;

impl Data {
    /// Creates the data of an event.
    ///
    /// # Errors
    ///
    /// Returns [`DataError`] if `json` is not a JSON array that begins with the event's name, or if the attachment of a
    /// placeholder is missing.
    pub fn event(json: impl Into<String>, attachments: Vec<Bytes>) -> Result<Self, DataError> {
        let json = json.into();
        let head = Head::of(&json).ok_or(DataError)?;
        Self { json, attachments, head: Some(head) }.checked()
    }

    /// Creates the data of an acknowledgement.
    ///
    /// # Errors
    ///
    /// Returns [`DataError`] if `json` is not a JSON array, or if the attachment of a placeholder is missing.
    pub fn answer(json: impl Into<String>, attachments: Vec<Bytes>) -> Result<Self, DataError> {
        let json = json.into();
        if !(json.starts_with('[') && json::is_valid(&json)) {
            return Err(DataError);
        }
        Self { json, attachments, head: None }.checked()
    }

    fn checked(mut self) -> Result<Self, DataError> {
        if self.attachments.is_empty() {
            return Ok(self);
        }
        let normalized = check_placeholders(&self.json, &self.attachments, usize::MAX).map_err(|_| DataError)?;
        if let Some(json) = normalized {
            self.head = self.head.map(|head| Head { argument: None, ..head });
            self.json = json;
        }
        Ok(self)
    }

    /// Returns the data that a packet carries.
    pub(crate) fn of(packet: &Encoded, address: Address<'_>) -> Self {
        let (mut json, attachments) = packet.data(address);
        if packet.number.is_some()
            && let Some(offset) = json.rfind(",\"")
        {
            // The last argument is a recovery offset, which is valid only on this server.
            json.truncate(offset);
            json.push(']');
        }
        let head = Head::of(&json);
        Self { json, attachments, head }
    }

    /// Serializes an event for other servers.
    pub(crate) fn write_event<E: Serialize + ?Sized>(name: &str, event: &E) -> Result<Self, serde_json::Error> {
        let mut output = Output::default();
        write_event(&mut output, name, event)?;
        let json = output.json();
        let head = Head::of(&json);
        Ok(Self { json, attachments: output.attachments, head })
    }

    /// Serializes an acknowledgement for another server.
    pub(crate) fn write_ack<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        let mut output = Output::default();
        write_answer(&mut output, value)?;
        Ok(Self { json: output.json(), attachments: output.attachments, head: None })
    }

    pub(crate) fn of_ack(payload: &Payload) -> Self {
        Self { json: payload.json().to_owned(), attachments: payload.attachments().to_vec(), head: None }
    }

    pub(crate) fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    pub(crate) fn to_payload(&self) -> Payload {
        Payload::new(&self.json, self.attachments.clone())
    }

    /// Returns the event's name; `None` for an acknowledgement.
    pub fn name(&self) -> Option<&str> {
        self.head.as_ref().map(|head| head.name.of(&self.json))
    }

    /// Returns the JSON array.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns the attachments. The index of each is the `num` of its placeholder.
    pub fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }
}

/// The output of a serialization in progress.
#[derive(Default)]
struct Output {
    text: Vec<u8>,
    attachments: Vec<Bytes>,
}

impl Output {
    fn json(&mut self) -> String {
        // serde_json writes valid UTF-8.
        String::from_utf8_lossy(&std::mem::take(&mut self.text)).into_owned()
    }
}

impl Sink for Output {
    fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    fn attach(&mut self, data: &[u8]) -> usize {
        self.attachments.push(Bytes::copy_from_slice(data));
        self.attachments.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Parser, encode};

    #[test]
    fn recovery_offset_is_removed_from_data_for_other_servers() {
        let number = std::num::NonZeroU64::MIN;
        let parsers = [
            Parser::Json,
            #[cfg(feature = "msgpack")]
            Parser::MessagePack,
        ];
        for (namespace, parser) in ["/", "/chat"].into_iter().flat_map(|name| parsers.map(|parser| (name, parser))) {
            let address = Address { parser, namespace };
            let packet = encode::numbered_event(address, "say", &("a,\"b", 2), number, "epoch.1").unwrap();
            assert!(packet.data(address).0.ends_with(r#","epoch.1"]"#));
            let again = encode::numbered_event_of(address, Data::of(&packet, address).json(), &[], number, "epoch.1");
            assert_eq!(again.data(address).0, packet.data(address).0);
            let bare = encode::numbered_event_of(address, "[\"hi\"] ", &[], number, "epoch.1");
            assert_eq!(bare.data(address).0, r#"["hi","epoch.1"]"#);
            assert_eq!(Data::of(&bare, address).json(), r#"["hi"]"#);
        }
    }

    #[test]
    fn invalid_event_and_ack_data_is_rejected() {
        let attachment = || vec![Bytes::from_static(b"x")];
        let placeholder = r#"["a",{"_placeholder":true,"num":1}]"#;
        for json in ["", "[]", "{}", "[null]", r#"["a""#, r#"["a"] "b""#] {
            assert_eq!(Data::event(json, Vec::new()), Err(DataError), "{json}");
        }
        for json in ["", "{}", "[1", "5"] {
            assert_eq!(Data::answer(json, Vec::new()), Err(DataError), "{json}");
        }
        assert_eq!(Data::event(placeholder, attachment()), Err(DataError));
        assert_eq!(Data::answer(placeholder, attachment()), Err(DataError));
        assert_eq!(Data::event(placeholder, Vec::new()).unwrap().name(), Some("a"));
        assert_eq!(Data::answer("[]", attachment()).unwrap().name(), None);
    }
}
