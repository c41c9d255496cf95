//! Decoding of messages, conversion of JSON to MessagePack, and invalid input.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::protocol::decode::DecodeError;
use crate::protocol::{Decoder, Kind, Parser};
use crate::wire::json_of;

/// The properties of a packet: kind, namespace, id, and data as JSON.
type Seen = (Kind, String, Option<u64>, Option<String>);

/// Decodes a message with the decoder of a connection.
fn decoded(message: &[u8]) -> Result<Seen, DecodeError> {
    let mut decoder = Decoder::new(0, 0).with(Parser::MessagePack);
    let packet = decoder.binary(Bytes::copy_from_slice(message))?.expect("a message is a packet");
    let data = match &packet.packed {
        Some(packed) => Some(packed.json().0.clone()),
        None => packet.data.map(str::to_owned),
    };
    Ok((packet.kind, packet.namespace.to_owned(), packet.id, data))
}

/// A packet whose fields are given as JSON.
fn packet(json: &str) -> Vec<u8> {
    let mut message = Vec::new();
    pack_json(&mut message, json, &[]).expect("the test's JSON is JSON");
    message
}

#[test]
fn packets_are_what_the_parser_of_javascript_writes() {
    // notepack.encode({ type: 2, data: ["a", 1, -1, 1.5, null, "é"], options: { compress: true }, id: 3, nsp: "/c" })
    let message = b"\x85\xa4type\x02\xa4data\x96\xa1a\x01\xff\xcb\x3f\xf8\0\0\0\0\0\0\xc0\xa2\xc3\xa9\
        \xa7options\x81\xa8compress\xc3\xa2id\x03\xa3nsp\xa2/c";
    let expected = (Kind::Event, "/c".to_owned(), Some(3), Some(r#"["a",1,-1,1.5,null,"é"]"#.to_owned()));
    assert_eq!(decoded(message), Ok(expected));

    for (json, kind, id, data) in [
        (r#"{"type":0,"nsp":"/"}"#, Kind::Connect, None, None),
        (r#"{"type":0,"nsp":"/","data":{"token":[1]}}"#, Kind::Connect, None, Some(r#"{"token":[1]}"#)),
        (r#"{"nsp":"/","type":1}"#, Kind::Disconnect, None, None),
        (r#"{"nsp":"/","type":2.0,"data":[12]}"#, Kind::Event, None, Some("[12]")),
        (r#"{"nsp":"/","type":2,"data":["a"],"id":0}"#, Kind::Event, Some(0), Some(r#"["a"]"#)),
        (r#"{"nsp":"/","type":3,"data":[],"id":9007199254740993}"#, Kind::Ack, Some(9007199254740993), Some("[]")),
        (r#"{"type":9,"nsp":"/","type":3,"data":[null],"id":7.0}"#, Kind::Ack, Some(7), Some("[null]")),
        (r#"{"type":4,"nsp":"/","data":"no"}"#, Kind::ConnectError, None, None),
    ] {
        let expected = (kind, "/".to_owned(), id, data.map(str::to_owned));
        assert_eq!(decoded(&packet(json)), Ok(expected), "{json}");
    }
}

#[test]
fn undefined_is_absent() {
    // notepack.encode({ type: 0, data: undefined, nsp: "/" })
    let message = b"\x83\xa4type\x00\xa4data\xd4\0\0\xa3nsp\xa1/";
    assert_eq!(decoded(message), Ok((Kind::Connect, "/".to_owned(), None, None)));
    let message = b"\x84\xa4type\x02\xa4data\x92\xa1a\xd4\0\0\xa3nsp\xa1/\xa2id\xd4\0\0";
    let data = Some(r#"["a",null]"#.to_owned());
    assert_eq!(decoded(message), Ok((Kind::Event, "/".to_owned(), None, data)));
}

#[test]
fn what_is_no_packet_is_refused() {
    for json in [
        "null",
        "[]",
        "\"2\"",
        "{}",
        r#"{"type":2,"data":["a"]}"#,
        r#"{"nsp":"/","data":["a"]}"#,
        r#"{"type":2,"nsp":null,"data":["a"]}"#,
        r#"{"type":2,"nsp":"c","data":["a"]}"#,
        r#"{"type":2,"nsp":"/a,b","data":["a"]}"#,
        r#"{"type":5,"nsp":"/","data":["a"]}"#,
        r#"{"type":-1,"nsp":"/","data":["a"]}"#,
        r#"{"type":1.5,"nsp":"/"}"#,
        r#"{"type":"2","nsp":"/","data":["a"]}"#,
        r#"{"type":2,"nsp":"/"}"#,
        r#"{"type":2,"nsp":"/","data":null}"#,
        r#"{"type":2,"nsp":"/","data":"a"}"#,
        r#"{"type":2,"nsp":"/","data":{"0":"a"}}"#,
        r#"{"type":2,"nsp":"/","data":[]}"#,
        r#"{"type":2,"nsp":"/","data":[null]}"#,
        r#"{"type":2,"nsp":"/","data":[{"toString":"a"}]}"#,
        r#"{"type":2,"nsp":"/","data":["disconnect"]}"#,
        r#"{"type":2,"nsp":"/","data":["a"],"id":-1}"#,
        r#"{"type":2,"nsp":"/","data":["a"],"id":"1"}"#,
        r#"{"type":2,"nsp":"/","data":["a"],"id":null}"#,
        r#"{"type":2,"nsp":"/","data":["a"],"id":1.5}"#,
        r#"{"type":3,"nsp":"/","data":{},"id":1}"#,
        r#"{"type":3,"nsp":"/","id":1}"#,
        r#"{"type":0,"nsp":"/","data":null}"#,
        r#"{"type":0,"nsp":"/","data":[]}"#,
        r#"{"type":0,"nsp":"/","data":"a"}"#,
        r#"{"type":1,"nsp":"/","data":{}}"#,
        r#"{"type":4,"nsp":"/","data":[]}"#,
    ] {
        assert_eq!(decoded(&packet(json)), Err(DecodeError::Payload), "{json}");
    }
    let fine = packet(r#"{"type":2,"nsp":"/","data":["a",{"b":[1.5,"c"]}]}"#);
    assert!(decoded(&fine).is_ok());
    assert!(decoded(&[&fine[..], b"\xc0"].concat()).is_err(), "something behind it");
    for length in 0..fine.len() {
        assert!(decoded(&fine[..length]).is_err(), "cut off after {length} bytes");
    }
    let mut decoder = Decoder::new(0, 0).with(Parser::MessagePack);
    assert_eq!(decoder.text(r#"2["a"]"#), Err(DecodeError::UnexpectedText));
}

/// An event with one argument, given as its bytes.
fn event(argument: &[u8]) -> Vec<u8> {
    [b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1a", argument].concat()
}

#[test]
fn lengths_that_are_lies_and_nesting_without_end_are_refused() {
    for argument in [
        &b"\xdd\xff\xff\xff\xff"[..],
        b"\xdf\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff\xc0\xc0",
        b"\xdb\xff\xff\xff\xffabc",
        b"\xc6\xff\xff\xff\xffabc",
        b"\xc9\xff\xff\xff\xff\0abc",
        b"\xc1",
        b"\xa2\xff\xfe",
        // keys that are not text
        b"\x81\xc0\xc0",
        b"\x81\x90\xc0",
        b"\x81\xc4\0\xc0",
    ] {
        assert_eq!(decoded(&event(argument)), Err(DecodeError::Payload), "{argument:?}");
    }
    let nested = |levels: usize| event(&[&b"\x91".repeat(levels)[..], b"\xc0"].concat());
    assert!(decoded(&nested(127)).is_ok());
    assert!(decoded(&nested(128)).is_err());
    assert!(decoded(&nested(500_000)).is_err());
    let maps = |levels: usize| event(&[&b"\x81\xa0".repeat(levels)[..], b"\xc0"].concat());
    assert!(decoded(&maps(127)).is_ok());
    assert!(decoded(&maps(500_000)).is_err());
}

#[test]
fn all_forms_of_a_value_are_read() {
    for (bytes, json) in [
        (&b"\xcc\xff"[..], "255"),
        (b"\xcd\xff\xff", "65535"),
        (b"\xce\xff\xff\xff\xff", "4294967295"),
        (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
        (b"\xd0\x80", "-128"),
        (b"\xd0\x7f", "127"),
        (b"\xd1\x80\0", "-32768"),
        (b"\xd2\x80\0\0\0", "-2147483648"),
        (b"\xd3\x80\0\0\0\0\0\0\0", "-9223372036854775808"),
        (b"\xe0", "-32"),
        (b"\xca\x3f\xc0\0\0", "1.5"),
        (b"\xcb\x7f\xf8\0\0\0\0\0\0", "null"),
        (b"\xcb\x7f\xf0\0\0\0\0\0\0", "null"),
        (b"\xc2", "false"),
        (b"\xd9\x01x", "\"x\""),
        (b"\xda\0\x01x", "\"x\""),
        (b"\xdb\0\0\0\x01x", "\"x\""),
        (b"\xdc\0\x01\xc0", "[null]"),
        (b"\xdd\0\0\0\x01\xc0", "[null]"),
        (b"\xde\0\x01\xa1a\xc0", "{\"a\":null}"),
        (b"\xdf\0\0\0\x01\xa1a\xc0", "{\"a\":null}"),
        (b"\x83\x01\xc0\xff\xc3\xc3\x01", "{\"1\":null,\"-1\":true,\"true\":1}"),
        (b"\x82\xa1a\xd4\0\0\xa1b\x01", "{\"b\":1}"),
        (b"\x91\xd4\0\0", "[null]"),
        (b"\xc4\x02ab", "[97,98]"),
        (b"\xc5\0\x02ab", "[97,98]"),
        (b"\xc6\0\0\0\x02ab", "[97,98]"),
        (b"\xc7\x02\0ab", "[97,98]"),
        (b"\xc8\0\x02\0ab", "[97,98]"),
        (b"\xc9\0\0\0\x02\0ab", "[97,98]"),
        (b"\xd5\x07ab", "[7,[97,98]]"),
        (b"\xc7\x02\xffab", "[-1,[97,98]]"),
        (b"\xd7\0\0\0\0\0\0\0\0\0", "\"1970-01-01T00:00:00.000Z\""),
    ] {
        let mut tokens = Tokens::new(bytes, 0);
        tokens.skip(10).unwrap();
        assert!(tokens.is_at_end(), "{json}");
        assert_eq!(json_of(Tokens::new(bytes, 0)), json);
    }
}

#[test]
fn json_becomes_what_javascript_would_make_of_it() {
    for (json, bytes) in [
        ("1", &b"\x01"[..]),
        ("-33", b"\xd0\xdf"),
        ("1.0", b"\xcb\x3f\xf0\0\0\0\0\0\0"),
        ("18446744073709551615", b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("18446744073709551616", b"\xcb\x43\xf0\0\0\0\0\0\0"),
        ("1e999", b"\xcb\x7f\xf0\0\0\0\0\0\0"),
        (r#""\ud83d\ude00\n""#, b"\xa5\xf0\x9f\x98\x80\n"),
        (r#""\ud800""#, b"\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
        (r#" [ true , { "\u0061" : [ ] } ] "#, b"\x92\xc3\x81\xa1a\x90"),
        (r#"{"_placeholder":true,"num":0}"#, b"\x82\xac_placeholder\xc3\xa3num\0"),
    ] {
        let mut out = Vec::new();
        pack_json(&mut out, json, &[]).unwrap();
        assert_eq!(out, bytes, "{json}");
    }
    for json in ["", "nul", "1 2", "[1", &"[".repeat(200)] {
        assert_eq!(pack_json(&mut Vec::new(), json, &[]), None);
    }
}

#[test]
fn attachments_take_the_place_of_their_placeholders() {
    let attachments = [Bytes::from_static(b"ab"), Bytes::from_static(b"c")];
    for (json, bytes) in [
        (r#"[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#, &b"\x92\xc4\x01c\xc4\x02ab"[..]),
        (r#"{ "num" : 0 , "_placeholder" : true }"#, b"\xc4\x02ab"),
        (r#"{"_placeholder":false,"num":0}"#, b"\x82\xac_placeholder\xc2\xa3num\0"),
        (r#"{"_placeholder":true,"num":2}"#, b"\x82\xac_placeholder\xc3\xa3num\x02"),
    ] {
        let mut out = Vec::new();
        pack_json(&mut out, json, &attachments).unwrap();
        assert_eq!(out, bytes, "{json}");
    }
}

#[test]
fn headers_are_as_short_as_can_be() {
    for length in [0, 15, 16, 31, 32, 255, 256, 65535, 65536] {
        for (header, sizes) in [
            (Header::Str, [31, 255, 65535]),
            (Header::Bin, [0, 255, 65535]),
            (Header::Array, [15, 15, 65535]),
            (Header::Map, [15, 15, 65535]),
        ] {
            let mut out = Vec::new();
            header.put(&mut out, length);
            let expected = match length {
                _ if length <= sizes[0] && sizes[0] > 0 => 1,
                _ if length <= sizes[1] && sizes[1] != 15 => 2,
                _ if length <= sizes[2] => 3,
                _ => 5,
            };
            assert_eq!(out.len(), expected, "{header:?} of {length}");
            for wrong in [0, 20, 70_000] {
                let mut corrected = b"before".to_vec();
                header.put(&mut corrected, wrong);
                corrected.extend_from_slice(b"behind");
                header.correct(&mut corrected, 6, wrong, length);
                assert_eq!(corrected, [b"before", &out[..], b"behind"].concat());
            }
        }
    }
}

/// Any JSON value.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-200_i64..200).prop_map(Value::from),
        // Floats that serde_json parses exactly.
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..20)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_comes_back(value in value()) {
        let mut bytes = Vec::new();
        pack_json(&mut bytes, &value.to_string(), &[]).unwrap();
        let mut tokens = Tokens::new(&bytes, 0);
        prop_assert!(tokens.skip(128).is_some() && tokens.is_at_end());
        let again: Value = serde_json::from_str(&json_of(Tokens::new(&bytes, 0))).unwrap();
        prop_assert_eq!(again, value);
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decoded(&bytes);
        let _ = decoded(&event(&bytes));
    }
}
