//! A value encoded for sending, without a packet.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::ser::{Error, Serialize};
use serde_json::Result;

use super::Sink;
use super::element::{Extent, Text};
use super::writer::Writer;
use crate::protocol::{AMBIGUOUS, has_only_placeholders};

/// A value as JSON and attachments.
#[derive(Debug, Default)]
pub(super) struct Written {
    json: Vec<u8>,
    attachments: Vec<Bytes>,
}

impl Sink for Written {
    fn text(&mut self) -> &mut Vec<u8> {
        &mut self.json
    }

    fn attach(&mut self, data: &[u8]) -> usize {
        self.attachments.push(Bytes::copy_from_slice(data));
        self.attachments.len() - 1
    }
}

impl Written {
    pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let mut written = Self::default();
        value.serialize(Writer::<_>(&mut written))?;
        Ok(written)
    }

    /// The JSON and the attachments.
    #[cfg(feature = "msgpack")]
    pub(super) fn into_parts(self) -> (String, Vec<Bytes>) {
        // serde writes valid UTF-8.
        (String::from_utf8_lossy(&self.json).into_owned(), self.attachments)
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T> {
        if !self.attachments.is_empty() && !has_only_placeholders(&self.json, self.attachments.len()) {
            return Err(Error::custom(AMBIGUOUS));
        }
        let text = str::from_utf8(&self.json).map_err(Error::custom)?;
        let mut end = 0;
        T::deserialize(Text { text, extent: Extent::Value, attachments: &self.attachments, end: &mut end })
    }
}
