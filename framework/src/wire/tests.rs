//! Round trips of values through packets, with the decoder that connections use.

mod arguments;
mod attachments;
mod numbers;
mod plain;
mod writer;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::protocol::{Decoder, Head, Packet};

/// The data of a packet that is being written.
#[derive(Debug, Default)]
struct Written {
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

    /// Sends the packet through the decoder.
    fn received(&self, digit: char) -> (Payload, Option<Head>) {
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

fn own(packet: Packet<'_>) -> (Payload, Option<Head>) {
    (Payload::new(packet.data.unwrap(), packet.attachments), packet.head)
}

/// A received event, as the decoder passes it on.
fn arguments(json: &str) -> Arguments {
    with_attachments(json, Vec::new())
}

fn with_attachments(json: &str, attachments: Vec<Bytes>) -> Arguments {
    Arguments::event(json, attachments, Head::of(json).unwrap())
}

/// Sends a value as an event and as an acknowledgement. Returns the two values read.
fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> [T; 2] {
    let (payload, head) = Written::event(value).received('2');
    let event = Arguments::event(&payload.json, payload.attachments.clone(), head.unwrap()).all().unwrap();
    let answer = acknowledged(&Written::answer(value).received('3').0).unwrap();
    [event, answer]
}
