//! Values to packets and back, through the same decoder that a connection has.

mod arguments;
mod attachments;
mod plain;

use std::io;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::protocol::Decoder;

/// A packet's data while it is written.
#[derive(Debug, Default)]
struct Written {
    json: Vec<u8>,
    attachments: Vec<Bytes>,
}

impl Sink for Written {
    fn split(&mut self) -> (&mut impl io::Write, impl FnMut(&[u8]) -> usize) {
        let attach = |data: &[u8]| {
            self.attachments.push(Bytes::copy_from_slice(data));
            self.attachments.len() - 1
        };
        (&mut self.json, attach)
    }
}

impl Written {
    fn event<E: Serialize + ?Sized>(event: &E) -> Self {
        let mut written = Written::default();
        write_event(&mut written, "name", event).unwrap();
        written
    }

    fn answer<T: Serialize + ?Sized>(value: &T) -> Self {
        let mut written = Written::default();
        write_answer(&mut written, value).unwrap();
        written
    }

    fn json(&self) -> &str {
        str::from_utf8(&self.json).unwrap()
    }

    /// Takes the packet over the wire.
    fn received(&self, digit: char) -> Payload {
        let count = self.attachments.len();
        let mut decoder = Decoder::new(usize::MAX, usize::MAX);
        let packet = if count == 0 {
            decoder.text(&format!("{digit}{}", self.json())).unwrap().map(own)
        } else {
            let digit = char::from(digit as u8 + 3);
            assert!(decoder.text(&format!("{digit}{count}-{}", self.json())).unwrap().is_none());
            let packet = |data: &Bytes| decoder.binary(data.clone()).unwrap().map(own);
            self.attachments.iter().filter_map(packet).last()
        };
        packet.expect("all attachments have been there")
    }
}

fn own(packet: crate::protocol::Packet<'_>) -> Payload {
    Payload::new(Bytes::copy_from_slice(packet.data.unwrap().as_bytes()), packet.attachments)
}

/// An event to be read, as the decoder would hand it over.
fn arguments(json: &str) -> Arguments {
    Arguments::event(Payload::new(Bytes::copy_from_slice(json.as_bytes()), Vec::new())).unwrap()
}

/// What comes out if a value is sent as an event and read as one, and sent as an answer and read as one.
fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> [T; 2] {
    let event = Arguments::event(Written::event(value).received('2')).unwrap().all().unwrap();
    let answer = acknowledged(&Written::answer(value).received('3')).unwrap();
    [event, answer]
}
