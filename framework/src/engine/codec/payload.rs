//! Engine.IO packets in the body of an HTTP request or response, joined by the record separator.

use super::base64;
use super::packet::{Packet, PacketError};

const SEPARATOR: u8 = 0x1e;

/// A position in a request body. The body is read packet by packet, so the caller can pause.
///
/// An empty body is one empty packet and therefore an error. The number of packets is not limited here: packets are
/// parsed only when requested, so the caller can stop.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// Offset of the next packet. `None` after the last.
    at: Option<usize>,
}

impl Cursor {
    pub(crate) fn new() -> Self {
        Self { at: Some(0) }
    }

    /// Returns `true` once all packets have been taken.
    pub(crate) fn is_finished(&self) -> bool {
        self.at.is_none()
    }

    /// Returns the next packet, or `None` at the end and after an invalid packet. Pass the same payload in every call.
    pub(crate) fn next<'a>(&mut self, payload: &'a str) -> Option<Result<Packet<'a>, PacketError>> {
        let rest = payload.get(self.at?..)?;
        let (text, next) = match rest.split_once(char::from(SEPARATOR)) {
            Some((text, after)) => (text, Some(payload.len() - after.len())),
            None => (rest, None),
        };
        let packet = Packet::parse(text);
        self.at = next.filter(|_| packet.is_ok());
        Some(packet)
    }
}

/// The packets of a request body, in order, up to and including the first invalid one.
#[cfg(any(test, feature = "__internals"))]
pub(crate) fn packets(payload: &str) -> impl Iterator<Item = Result<Packet<'_>, PacketError>> {
    let mut cursor = Cursor::new();
    std::iter::from_fn(move || cursor.next(payload))
}

/// Appends a text packet. `packet` includes the type digit.
pub(crate) fn append_text(out: &mut Vec<u8>, packet: &[u8]) {
    separate(out);
    out.extend_from_slice(packet);
}

/// Appends a binary message.
pub(crate) fn append_binary(out: &mut Vec<u8>, data: &[u8]) {
    separate(out);
    out.push(b'b');
    base64::append(out, data);
}

fn separate(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(SEPARATOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn binary(data: &[u8]) -> Packet<'static> {
        Packet::Binary(Bytes::copy_from_slice(data))
    }

    #[test]
    fn a_payload_is_split_at_the_separator() {
        let read: Vec<_> = packets("4hello\u{1e}bAQID\u{1e}4w\u{1e}2\u{1e}4€").collect();
        let expected = [
            Packet::Message("hello"),
            binary(&[1, 2, 3]),
            Packet::Message("w"),
            Packet::Ping(""),
            Packet::Message("€"),
        ];
        assert_eq!(read, expected.map(Ok));
    }

    #[test]
    fn nothing_is_read_after_the_first_error() {
        for (payload, before, error) in [
            ("", 0, PacketError::Empty),
            ("{", 0, PacketError::UnknownType('{')),
            ("{}", 0, PacketError::UnknownType('{')),
            (r#"["a123", "a456"]"#, 0, PacketError::UnknownType('[')),
            ("4a\u{1e}", 1, PacketError::Empty),
            ("\u{1e}4a", 0, PacketError::Empty),
            ("4a\u{1e}\u{1e}4b", 1, PacketError::Empty),
            ("4a\u{1e}4b\u{1e}9\u{1e}4c", 2, PacketError::UnknownType('9')),
        ] {
            let mut read: Vec<_> = packets(payload).collect();
            assert_eq!(read.pop(), Some(Err(error)), "{payload:?}");
            assert_eq!(read.len(), before, "{payload:?}");
            assert!(read.iter().all(Result::is_ok), "{payload:?}");
        }
    }

    #[test]
    fn a_payload_is_written_as_in_the_protocol() {
        let mut out = Vec::new();
        append_text(&mut out, b"4hello");
        append_binary(&mut out, &[1, 2, 3, 4]);
        append_binary(&mut out, &[]);
        append_text(&mut out, b"6");
        assert_eq!(out, b"4hello\x1ebAQIDBA==\x1eb\x1e6");
    }

    #[test]
    fn a_megabyte_of_tiny_packets_is_read_in_one_pass() {
        let payload = vec!["4"; 500_000].join("\u{1e}");
        assert_eq!(packets(&payload).filter(Result::is_ok).count(), 500_000);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(payload in any::<String>()) {
            packets(&payload).for_each(drop);
        }

        #[test]
        fn what_is_written_is_read(messages in proptest::collection::vec(
            prop_oneof![
                "[^\u{1e}]*".prop_map(Ok::<String, Vec<u8>>),
                any::<Vec<u8>>().prop_map(Err::<String, Vec<u8>>),
            ],
            1..20,
        )) {
            let mut out = Vec::new();
            for message in &messages {
                match message {
                    Ok(text) => append_text(&mut out, format!("4{text}").as_bytes()),
                    Err(data) => append_binary(&mut out, data),
                }
            }
            let payload = String::from_utf8(out).unwrap();
            let read: Vec<_> = packets(&payload).map(Result::unwrap).collect();
            let written: Vec<_> = messages.iter().map(|message| match message {
                Ok(text) => Packet::Message(text),
                Err(data) => binary(data),
            }).collect();
            prop_assert_eq!(read, written);
        }
    }
}
