//! Payloads of revision 3: as clients send them, invalid ones, and arbitrary bytes.

use proptest::prelude::*;

use super::*;

type Read<'a> = Vec<Result<Packet<'a>, PacketError>>;

fn read(payload: &str) -> Read<'_> {
    let mut cursor = Cursor::new();
    std::iter::from_fn(|| cursor.next(payload)).collect()
}

fn read_binary(payload: &[u8]) -> Read<'_> {
    let mut cursor = Cursor::new();
    std::iter::from_fn(|| cursor.next_binary(payload)).collect()
}

fn bytes(data: &'static [u8]) -> Packet<'static> {
    Packet::Binary(Bytes::from_static(data))
}

#[test]
fn lengths_count_what_javascript_counts() {
    let read = read("6:4h€llo1:210:b4AQIDBA==0:3:4🦀2:5x");
    let expected =
        [Packet::Message("h€llo"), Packet::Ping(""), bytes(&[1, 2, 3, 4]), Packet::Message("🦀"), Packet::Upgrade];
    assert_eq!(read, expected.map(Ok));
}

#[test]
fn a_payload_of_bytes_has_texts_too() {
    let payload = b"\x00\x08\xff4h\xe2\x82\xacllo\x01\x04\xff\x04\x01\x02\x03\x00\x01\x00\xffb4AQIDBAUG\x00\x01\xff2";
    let expected = [Packet::Message("h€llo"), bytes(&[1, 2, 3]), bytes(&[1, 2, 3, 4, 5, 6]), Packet::Ping("")].map(Ok);
    assert_eq!(read_binary(payload), expected);
    assert_eq!(read_binary(b""), []);
}

#[test]
fn nothing_is_read_after_the_first_error() {
    for (payload, before, error) in [
        ("", 0, PacketError::Empty),
        ("4hello", 0, PacketError::Length),
        ("4:", 0, PacketError::Length),
        (":4", 0, PacketError::Length),
        ("3:4a", 0, PacketError::Length),
        ("+2:4a", 0, PacketError::Length),
        ("0x2:4a", 0, PacketError::Length),
        (" 2:4a", 0, PacketError::Length),
        ("99999999999999999999999:4a", 0, PacketError::Length),
        ("2:4🦀", 0, PacketError::Length),
        ("2:4a2", 1, PacketError::Length),
        ("2:4a2:9b2:4c", 1, PacketError::UnknownType('9')),
        ("1:b", 0, PacketError::Empty),
        ("3:b4!", 0, PacketError::Base64),
        ("6:b2AQID", 0, PacketError::UnknownType('2')),
    ] {
        let mut read = read(payload);
        assert_eq!(read.pop(), Some(Err(error)), "{payload:?}");
        assert_eq!(read.len(), before, "{payload:?}");
        assert!(read.iter().all(Result::is_ok), "{payload:?}");
    }
}

#[test]
fn nothing_of_bytes_is_read_after_the_first_error() {
    let cases: [(&[u8], usize, PacketError); 12] = [
        (b"\x00", 0, PacketError::Length),
        (b"\x00\xff", 0, PacketError::Length),
        (b"\x00\x01", 0, PacketError::Length),
        (b"\x00\x02\xff4", 0, PacketError::Length),
        (b"\x00\x0a\xff4", 0, PacketError::Length),
        (&[[0].as_slice(), &[9; 30], &[255]].concat(), 0, PacketError::Length),
        (b"\x00\x00\xff", 0, PacketError::Empty),
        (b"\x01\x00\xff", 0, PacketError::Empty),
        (b"\x01\x02\xff\x02a", 0, PacketError::UnknownType('\u{2}')),
        (b"\x07\x02\xff4a", 0, PacketError::UnknownType('\u{7}')),
        (b"\x00\x02\xff4\xe2", 0, PacketError::Utf8),
        (b"\x00\x02\xff4a\x00\x02\xff9a\x00\x02\xff4a", 1, PacketError::UnknownType('9')),
    ];
    for (payload, before, error) in cases {
        let mut read = read_binary(payload);
        assert_eq!(read.pop(), Some(Err(error)), "{payload:?}");
        assert_eq!(read.len(), before, "{payload:?}");
    }
}

#[test]
fn payloads_are_written_as_the_reference_writes_them() {
    let texts: [(bool, &[u8]); 2] = [(false, "4h€llo".as_bytes()), (false, "4🦀".as_bytes())];
    assert_eq!(payload(|| texts.into_iter(), false), ("6:4h€llo3:4🦀".as_bytes().to_vec(), false));
    let mixed: [(bool, &[u8]); 2] = [(false, "4h€llo".as_bytes()), (true, &[1, 2, 3])];
    assert_eq!(payload(|| mixed.into_iter(), true), ("6:4h€llo6:b4AQID".as_bytes().to_vec(), false));
    let of_bytes = b"\x00\x08\xff4h\xe2\x82\xacllo\x01\x04\xff\x04\x01\x02\x03".to_vec();
    assert_eq!(payload(|| mixed.into_iter(), false), (of_bytes, true));
}

#[test]
fn a_megabyte_of_tiny_packets_is_read_in_one_pass() {
    let count = |read: Read<'_>| read.iter().filter(|packet| packet.is_ok()).count();
    assert_eq!(count(read(&"1:4".repeat(300_000))), 300_000);
    assert_eq!(count(read_binary(&b"\x00\x01\xff4".repeat(250_000))), 250_000);
    assert_eq!(count(read(&"0:".repeat(500_000))), 0);
}

/// Text and binary packets as a server sends them. The flag is `true` for binary.
fn packets() -> impl Strategy<Value = Vec<(bool, Vec<u8>)>> {
    let text = any::<String>().prop_map(|text| (false, format!("4{text}").into_bytes()));
    let binary = any::<Vec<u8>>().prop_map(|data| (true, data));
    proptest::collection::vec(prop_oneof![text, binary], 1..20)
}

proptest! {
    #[test]
    fn anything_is_read_without_panic(text in any::<String>(), data in any::<Vec<u8>>()) {
        read(&text);
        read_binary(&data);
    }

    #[test]
    fn lengths_of_anything_are_those_of_utf16(text in any::<String>()) {
        prop_assert_eq!(utf16_length(text.as_bytes()), text.encode_utf16().count());
    }

    #[test]
    fn what_is_written_is_read(packets in packets(), base64 in any::<bool>()) {
        let (body, of_bytes) = payload(|| packets.iter().map(|(is_binary, data)| (*is_binary, &data[..])), base64);
        let read = if of_bytes { read_binary(&body) } else { read(std::str::from_utf8(&body).unwrap()) };
        let written: Read<'_> = packets.iter().map(|(is_binary, data)| Ok(match is_binary {
            true => Packet::Binary(Bytes::copy_from_slice(data)),
            false => Packet::Message(std::str::from_utf8(&data[1..]).unwrap()),
        })).collect();
        prop_assert_eq!(read, written);
    }
}
