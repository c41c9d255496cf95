//! Decoding of binary packets, message by message.

use proptest::prelude::*;

use super::*;

const TWICE: &str = r#"51-["m",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]"#;

enum Message<'a> {
    Text(&'a str),
    Binary(&'static [u8]),
}
use Message::{Binary as B, Text as T};

/// Decodes the messages of one connection. Returns the JSON and attachments of the packets, or the first error.
fn decode(messages: &[Message<'_>]) -> Result<Vec<(String, Vec<Bytes>)>, String> {
    let mut decoder = Decoder::new(10, 100);
    let mut packets = Vec::new();
    for message in messages {
        let packet = match message {
            T(text) => decoder.text(text),
            B(data) => decoder.binary(Bytes::from_static(data)),
        };
        if let Some(packet) = packet.map_err(|error| error.to_string())? {
            packets.push((packet.data.unwrap_or_default().to_owned(), packet.attachments));
        }
    }
    Ok(packets)
}

#[test]
fn binary_packets_come_with_the_last_attachment() {
    let bytes = Bytes::from_static;
    assert_eq!(
        decode(&[
            T(r#"2["a"]"#),
            T(r#"52-["m",{"_placeholder":true,"num":1},{"x":[{"_placeholder":true,"num":0}]}]"#),
            B(&[1]),
            B(&[]),
            T(r#"2["b"]"#),
            T(r#"61-7[{"_placeholder":true,"num":0}]"#),
            B(&[2]),
            T("51-"),
            B(&[3]),
        ]),
        Ok(vec![
            (r#"["a"]"#.to_owned(), vec![]),
            (
                r#"["m",{"_placeholder":true,"num":1},{"x":[{"_placeholder":true,"num":0}]}]"#.to_owned(),
                vec![bytes(&[1]), bytes(&[])]
            ),
            (r#"["b"]"#.to_owned(), vec![]),
            (r#"[{"_placeholder":true,"num":0}]"#.to_owned(), vec![bytes(&[2])]),
            (String::new(), vec![bytes(&[3])]),
        ])
    );
}

#[test]
fn a_placeholder_may_come_twice_and_an_attachment_not_at_all() {
    assert!(decode(&[T(TWICE), B(&[1])]).is_ok());
    let ten = r#"510-["m",{"_placeholder":true,"num":3}]"#;
    assert!(
        decode(&[T(ten), B(&[1]), B(&[1]), B(&[1]), B(&[1]), B(&[1]), B(&[1]), B(&[1]), B(&[1]), B(&[1]), B(&[1])])
            .is_ok()
    );
}

#[test]
fn what_does_not_fit_together_is_refused_in_the_words_of_the_reference() {
    const ONE: &str = r#"51-["m",{"_placeholder":true,"num":0}]"#;
    for (messages, error) in [
        (&[B(&[1])][..], "got binary data when not reconstructing a packet"),
        (&[T(r#"2["a"]"#), B(&[1])], "got binary data when not reconstructing a packet"),
        (&[T(ONE), B(&[1]), B(&[1])], "got binary data when not reconstructing a packet"),
        (&[T(ONE), T(r#"2["a"]"#)], "got plaintext data when reconstructing a packet"),
        (&[T(ONE), T("1")], "got plaintext data when reconstructing a packet"),
        (&[T(r#"51-["m",{"_placeholder":true,"num":4}]"#), B(&[1])], "illegal attachments"),
        (&[T(r#"51-["m",{"_placeholder":true,"num":"splice"}]"#), B(&[1])], "illegal attachments"),
        (&[T(r#"51-["m",{"_placeholder":true}]"#), B(&[1])], "illegal attachments"),
        (&[T(r#"50-["m"]"#)], "Illegal attachments"),
        (&[T(r#"511-["m"]"#)], "too many attachments"),
        (&[T(r#"52-["m"]"#), B(&[0; 60]), B(&[0; 41])], "attachments are too large"),
        (&[T(r#"52-["m"]"#), B(&[0; 101])], "attachments are too large"),
        (&[T(TWICE), B(&[0; 51])], "attachments are too large"),
    ] {
        assert_eq!(decode(messages), Err(error.to_owned()));
    }
    assert!(decode(&[T(r#"52-["m"]"#), B(&[0; 60]), B(&[0; 40])]).is_ok());
}

#[test]
fn only_a_finished_packet_is_released() {
    let mut decoder = Decoder::new(10, 100);
    assert_eq!(decoder.text(r#"51-["m"]"#), Ok(None));
    decoder.release();
    assert!(decoder.binary(Bytes::new()).unwrap().is_some());
    decoder.release();
    assert!(decoder.binary.is_none());
}

proptest! {
    #[test]
    fn any_messages_are_taken_without_panic(messages in prop::collection::vec(
        prop_oneof![
            r#"[0-6]([0-4]-)?(/[a-z],)?[0-9]?(\[("a")?(,\{"_placeholder":true,"num":[0-4]\}){0,2}\])?"#.prop_map(Ok),
            any::<Vec<u8>>().prop_map(Err::<String, Vec<u8>>),
        ],
        0..20,
    )) {
        let mut decoder = Decoder::new(3, 500);
        for message in &messages {
            let packet = match message {
                Ok(text) => decoder.text(text),
                Err(data) => decoder.binary(Bytes::copy_from_slice(data)),
            };
            if packet.is_err() {
                break;
            }
        }
    }
}
