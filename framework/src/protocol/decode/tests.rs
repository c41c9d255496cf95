//! The text grammar, case by case. Statements about the reference implementation were observed with it.

use proptest::prelude::*;

use super::*;

const MAX: usize = 10;

fn packet<'a>(kind: Kind, namespace: &'a str, id: Option<u64>, data: Option<&'a str>) -> Packet<'a> {
    let head = data.filter(|_| kind == Kind::Event).and_then(Head::of);
    Packet {
        kind,
        namespace,
        id,
        data,
        head,
        attachments: Vec::new(),
        #[cfg(feature = "msgpack")]
        packed: None,
    }
}

/// Parses a packet. Returns it and the number of attachments that follow.
fn parse(text: &str, max_attachments: usize) -> Result<(Packet<'_>, usize), DecodeError> {
    if is_binary(text) { binary(text, max_attachments) } else { plain(text).map(|packet| (packet, 0)) }
}

#[test]
fn packets_are_read() {
    use Kind::*;
    for (text, kind, namespace, id, data) in [
        ("0", Connect, "/", None, None),
        ("0{}", Connect, "/", None, Some("{}")),
        (r#"0{"token":"x"}"#, Connect, "/", None, Some(r#"{"token":"x"}"#)),
        ("0/c", Connect, "/c", None, None),
        ("0/c,", Connect, "/c", None, None),
        (r#"0/c?a=b,{"x":1}"#, Connect, "/c?a=b", None, Some(r#"{"x":1}"#)),
        ("05", Connect, "/", Some(5), None),
        (
            r#"0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}"#,
            Connect,
            "/admin",
            None,
            Some(r#"{"sid":"oSO0OpakMV_3jnilAAAA"}"#),
        ),
        ("1", Disconnect, "/", None, None),
        ("1/admin", Disconnect, "/admin", None, None),
        ("1/admin,", Disconnect, "/admin", None, None),
        ("2", Event, "/", None, None),
        (r#"2["a"]"#, Event, "/", None, Some(r#"["a"]"#)),
        (r#"2[ "a" , 1 ] "#, Event, "/", None, Some(r#"[ "a" , 1 ] "#)),
        (r#"2/admin,["bar",1]"#, Event, "/admin", None, Some(r#"["bar",1]"#)),
        (r#"212["foo"]"#, Event, "/", Some(12), Some(r#"["foo"]"#)),
        (r#"2/admin,13["foo"]"#, Event, "/admin", Some(13), Some(r#"["foo"]"#)),
        (r#"2007["e"]"#, Event, "/", Some(7), Some(r#"["e"]"#)),
        (r#"218446744073709551615["e"]"#, Event, "/", Some(u64::MAX), Some(r#"["e"]"#)),
        ("2[1,2]", Event, "/", None, Some("[1,2]")),
        ("2[-1.5]", Event, "/", None, Some("[-1.5]")),
        (r#"2["__proto__"]"#, Event, "/", None, Some(r#"["__proto__"]"#)),
        (r#"2["constructor","a"]"#, Event, "/", None, Some(r#"["constructor","a"]"#)),
        (r#"2["error"]"#, Event, "/", None, Some(r#"["error"]"#)),
        (r#"2["connecting"]"#, Event, "/", None, Some(r#"["connecting"]"#)),
        (r#"2["",null]"#, Event, "/", None, Some(r#"["",null]"#)),
        (r#"2["m",{"_placeholder":true,"num":0}]"#, Event, "/", None, Some(r#"["m",{"_placeholder":true,"num":0}]"#)),
        (r#"2["a","\ud800"]"#, Event, "/", None, Some(r#"["a","\ud800"]"#)),
        ("3", Ack, "/", None, None),
        (r#"312["bar"]"#, Ack, "/", Some(12), Some(r#"["bar"]"#)),
        ("3/admin,13[]", Ack, "/admin", Some(13), Some("[]")),
        (r#"399["x"]"#, Ack, "/", Some(99), Some(r#"["x"]"#)),
        (r#"31["disconnect"]"#, Ack, "/", Some(1), Some(r#"["disconnect"]"#)),
        ("4", ConnectError, "/", None, None),
        (r#"4"Unauthorized""#, ConnectError, "/", None, Some(r#""Unauthorized""#)),
        (
            r#"4/nope,{"message":"Invalid namespace"}"#,
            ConnectError,
            "/nope",
            None,
            Some(r#"{"message":"Invalid namespace"}"#),
        ),
    ] {
        assert_eq!(parse(text, MAX), Ok((packet(kind, namespace, id, data), 0)), "{text}");
    }
}

#[test]
fn binary_packets_say_how_many_attachments_follow() {
    for (text, count, kind, namespace, id, data) in [
        (
            r#"51-["baz",{"_placeholder":true,"num":0}]"#,
            1,
            Kind::Event,
            "/",
            None,
            r#"["baz",{"_placeholder":true,"num":0}]"#,
        ),
        (r#"510-["m"]"#, 10, Kind::Event, "/", None, r#"["m"]"#),
        (r#"51-/cool,23["a"]"#, 1, Kind::Event, "/cool", Some(23), r#"["a"]"#),
        (r#"61-15["bar"]"#, 1, Kind::Ack, "/", Some(15), r#"["bar"]"#),
        (r#"62-/a,0[]"#, 2, Kind::Ack, "/a", Some(0), "[]"),
    ] {
        assert_eq!(parse(text, MAX), Ok((packet(kind, namespace, id, Some(data)), count)), "{text}");
    }
}

#[test]
fn what_is_no_packet_is_refused_in_the_words_of_the_reference() {
    for (texts, message) in [
        (&[""][..], "empty packet"),
        (&["9"], "unknown packet type '9'"),
        (&["7"], "unknown packet type '7'"),
        (&["a"], "unknown packet type 'a'"),
        (&["-1"], "unknown packet type '-'"),
        (&["€"], "unknown packet type '€'"),
        (
            &[
                "5",
                "6",
                r#"5["m"]"#,
                r#"50-["m"]"#,
                r#"500-["m"]"#,
                r#"51["m"]"#,
                r#"5-["m"]"#,
                r#"5-1-["m"]"#,
                r#"51.5-["m"]"#,
            ][..],
            "Illegal attachments",
        ),
        (
            &[r#"5+1-["m"]"#, r#"5 1-["m"]"#, r#"51"#, r#"5/a,1-["m"]"#, r#"5a-["m"]"#, r#"5٣-["m"]"#],
            "Illegal attachments",
        ),
        (
            &[r#"511-["m"]"#, r#"5999999999-["m"]"#, r#"599999999999999999999999-["m"]"#, r#"611-["m"]"#],
            "too many attachments",
        ),
        (&["0[]", r#"0"x""#, "0null", "0{", "0{}x", "01.5", "0/c,[]", "0 {}", "0{}{}"], "invalid payload"),
        (&["1{}", "1[]", "1null", r#"1/c,"x""#], "invalid payload"),
        (
            &[
                "2[]",
                r#"2{"a":1}"#,
                r#"2["a""#,
                "2[null]",
                "2[true]",
                "2[{}]",
                "2[[]]",
                r#"2[{"toString":"a"}]"#,
                r#"2"a""#,
            ],
            "invalid payload",
        ),
        (
            &[
                r#"2abc["m"]"#,
                r#"2-1["m"]"#,
                r#"21.5["m"]"#,
                r#"2 5["e"]"#,
                r#"299999999999999999999["e"]"#,
                r#"218446744073709551616["e"]"#,
            ],
            "invalid payload",
        ),
        (
            &[
                r#"2["connect"]"#,
                r#"2["connect_error"]"#,
                r#"2["disconnect"]"#,
                r#"2["disconnecting","x"]"#,
                r#"2["newListener"]"#,
            ],
            "invalid payload",
        ),
        (
            &[r#"2["removeListener"]"#, r#"2["disconn\u0065ct"]"#, r#"51-["disconnect"]"#, r#"2["\ud800"]"#],
            "invalid payload",
        ),
        (&["31{}", r#"31"a""#, "31null", "31[", "31[1,]"], "invalid payload"),
        (&["4[]", "4null", "41.5", "4true", r#"4"a"#], "invalid payload"),
    ] {
        for text in texts {
            assert_eq!(parse(text, MAX).unwrap_err().to_string(), message, "{text}");
        }
    }
}

/// A megabyte of every part of the grammar that can be long. Quadratic work would take minutes.
#[test]
fn long_packets_are_read_in_one_pass() {
    let long = |character: &str| character.repeat(1_000_000);
    assert_eq!(parse(&format!("5{}", long("1")), MAX), Err(DecodeError::AttachmentCount));
    assert_eq!(parse(&format!("5{}-[]", long("1")), MAX), Err(DecodeError::TooManyAttachments));
    assert_eq!(parse(&format!("51{}", long("-")), MAX), Err(DecodeError::Payload));
    assert_eq!(parse(&format!("2{}", long("1")), MAX), Err(DecodeError::Payload));
    assert_eq!(parse(&format!("2/{}", long("a")), MAX).map(|(packet, _)| packet.namespace.len()), Ok(1_000_001));
    assert_eq!(parse(&format!("2/{}", long("/")), MAX).map(|(packet, _)| packet.namespace.len()), Ok(1_000_001));
    assert_eq!(parse(&format!("2{}", long("[")), MAX), Err(DecodeError::Payload));
    assert_eq!(parse(&format!(r#"2["{}"]"#, long(r"\u0061")), MAX).map(|(_, count)| count), Ok(0));
    assert_eq!(parse(&format!("2[1{}]", long(",1")), MAX).map(|(_, count)| count), Ok(0));
    assert_eq!(parse(&format!(r#"2["a{}]"#, long(r#"\""#)), MAX), Err(DecodeError::Payload));
}

#[test]
fn json_is_bounded_in_depth() {
    let event = |depth: usize| format!(r#"2["a",{}{}]"#, "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&event(127), MAX).is_ok());
    assert_eq!(parse(&event(128), MAX), Err(DecodeError::Payload));
}

/// Text that resembles a packet.
fn packet_text() -> impl Strategy<Value = String> {
    (
        "[0-9]?",
        "([0-9]{0,3}-)?",
        "(/[a-z?=]*,?)?",
        "[0-9]{0,21}",
        r#"(\[("[a-z\\u0]*"|1|null|\{\})?(,[0-9])*\]|\{\}|"a"|null)?"#,
    )
        .prop_map(|(kind, count, namespace, id, data)| [kind, count, namespace, id, data].concat())
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in prop_oneof![any::<String>(), packet_text()]) {
        if let Ok((packet, count)) = parse(&text, MAX) {
            prop_assert!(count <= MAX);
            prop_assert!(packet.data.is_none_or(|data| text.ends_with(data)));
        }
    }

    #[test]
    fn the_parts_of_a_packet_are_read_back(
        kind in prop::sample::select(vec![(2, Kind::Event), (3, Kind::Ack)]),
        count in 0..=MAX,
        namespace in "(/[^,]*)?",
        id in any::<Option<u64>>(),
        // Few, because generating a string takes a hundred times as long as parsing it.
        arguments in prop::collection::vec(any::<String>(), 0..10),
    ) {
        let mut array = vec!["name".to_owned()];
        array.extend(arguments);
        let data = serde_json::to_string(&array).unwrap();
        let (digit, kind) = kind;
        let text = format!(
            "{}{}{}{}{data}",
            if count > 0 { digit + 3 } else { digit },
            if count > 0 { format!("{count}-") } else { String::new() },
            if namespace.is_empty() { String::new() } else { format!("{namespace},") },
            id.map_or_else(String::new, |id| id.to_string()),
        );
        let namespace = if namespace.is_empty() { "/" } else { &namespace };
        prop_assert_eq!(parse(&text, MAX), Ok((packet(kind, namespace, id, Some(&data)), count)));
    }
}
