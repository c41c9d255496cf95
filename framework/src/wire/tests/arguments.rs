//! The order of arguments, and the errors for those that do not fit.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::*;

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Named {
    a: u8,
    b: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Tuple(u8, Option<String>);

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Newtype(u8);

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Unit;

#[derive(Debug, PartialEq, Deserialize, Serialize)]
enum Choice {
    Unit,
    Newtype(u8),
    Tuple(u8, u8),
    Struct { a: u8 },
}

#[test]
fn the_name_is_read_without_its_spelling() {
    for (json, name) in [
        (r#"["a"]"#, "a"),
        (r#"[ "a b" ,1]"#, "a b"),
        (r#"["\u0061\n\"é"]"#, "a\n\"é"),
        (r#"["é€😀"]"#, "é€😀"),
        (r#"[""]"#, ""),
        ("[1,2]", "1"),
        ("[-1.5e3]", "-1.5e3"),
    ] {
        let event = arguments(json);
        assert_eq!((event.name(), event.raw()), (name, json));
    }
}

#[test]
fn the_name_outlives_the_arguments() {
    let event = arguments(r#"["\u0061 name"]"#);
    let name = event.short_name();
    drop(event);
    assert_eq!(name.to_string(), "a name");
}

#[test]
fn arguments_are_read_one_after_the_other() {
    let mut event = arguments(r#"["name", "a\nb" , 2,[3 , 4], {"a":5,"b":"c"},null, -1.5,true ,"x"]"#);
    assert_eq!(event.next::<String>().unwrap(), "a\nb");
    assert_eq!(event.next::<u32>().unwrap(), 2);
    assert_eq!(event.next::<Vec<i8>>().unwrap(), [3, 4]);
    assert_eq!(event.next::<Named>().unwrap(), Named { a: 5, b: Some("c".into()) });
    event.next::<()>().unwrap();
    assert_eq!(event.next::<f32>().unwrap(), -1.5);
    assert_eq!(event.next::<Option<bool>>().unwrap(), Some(true));
    assert_eq!(event.next::<Value>().unwrap(), json!("x"));
    assert_eq!(event.next::<Option<bool>>().unwrap(), None);
    assert_eq!(event.next::<Option<Value>>().unwrap(), None);
}

#[test]
fn an_argument_that_does_not_fit_is_named() {
    let mut event = arguments(r#"["name",1]"#);
    assert_eq!(
        event.next::<String>().unwrap_err().to_string(),
        "argument 1: invalid type: integer `1`, expected a string"
    );
    let mut event = arguments(r#"["name",1,{"a":256}]"#);
    event.next::<u8>().unwrap();
    assert_eq!(event.next::<Named>().unwrap_err().to_string(), "argument 2: invalid value: integer `256`, expected u8");
    let mut event = arguments(r#"["name",1]"#);
    event.next::<u8>().unwrap();
    assert_eq!(event.next::<u8>().unwrap_err().to_string(), "argument 2 is missing");
    assert_eq!(arguments(r#"["name"]"#).next::<Value>().unwrap_err().to_string(), "argument 1 is missing");
    assert_eq!(arguments(r#"["name"]"#).next::<Named>().unwrap_err().to_string(), "argument 1 is missing");
    assert_eq!(
        arguments(r#"["name","\ud800"]"#).next::<String>().unwrap_err().to_string(),
        "argument 1: unexpected end of hex escape"
    );
    assert_eq!(arguments(r#"["name",1.5]"#).next::<u128>().unwrap_err().to_string(), "argument 1: trailing characters");
}

#[test]
fn the_type_says_how_many_arguments_it_takes() {
    assert_eq!(arguments(r#"["name",1,"b"]"#).all(), Ok(Tuple(1, Some("b".into()))));
    assert_eq!(arguments(r#"["name",1,null,3]"#).all(), Ok(Tuple(1, None)));
    assert_eq!(arguments(r#"["name",1]"#).all(), Ok(Tuple(1, None)));
    assert_eq!(arguments(r#"["name"]"#).all(), Ok(Unit));
    assert_eq!(arguments(r#"["name",{"surplus":1}]"#).all(), Ok(Unit));
    assert_eq!(arguments(r#"["name"]"#).all(), Ok(()));
    assert_eq!(arguments(r#"["name",7,8]"#).all(), Ok(Newtype(7)));
    assert_eq!(arguments(r#"["name",7,8]"#).all(), Ok(7_u64));
    assert_eq!(arguments(r#"["name",{"a":1},8]"#).all(), Ok(Named { a: 1, b: None }));
    assert_eq!(arguments(r#"["name",[1,"b"],8]"#).all(), Ok((1, "b".to_owned())));
    assert_eq!(arguments(r#"["name",[1,2]]"#).all(), Ok(vec![1, 2]));
    assert_eq!(arguments(r#"["name"]"#).all(), Ok(None::<Named>));
    assert_eq!(arguments(r#"["name","Unit"]"#).all(), Ok(Choice::Unit));
    assert_eq!(arguments(r#"["name",{"Tuple":[1,2]}]"#).all(), Ok(Choice::Tuple(1, 2)));
}

#[test]
fn a_type_says_which_of_its_arguments_does_not_fit() {
    let error = |json| arguments(json).all::<Tuple>().unwrap_err().to_string();
    assert_eq!(error(r#"["name"]"#), "argument 1 is missing");
    assert_eq!(error(r#"["name",true]"#), "argument 1: invalid type: boolean `true`, expected u8");
    assert_eq!(error(r#"["name",1,2]"#), "argument 2: invalid type: integer `2`, expected a string");
    assert_eq!(
        arguments(r#"["name",{"b":"x"}]"#).all::<Named>().unwrap_err().to_string(),
        "argument 1: missing field `a`"
    );
    assert_eq!(arguments(r#"["name"]"#).all::<Named>().unwrap_err().to_string(), "argument 1 is missing");

    #[derive(Debug, Deserialize)]
    #[serde(try_from = "Tuple")]
    struct Refusing;
    impl TryFrom<Tuple> for Refusing {
        type Error = &'static str;
        fn try_from(_: Tuple) -> Result<Self, &'static str> {
            Err("too late")
        }
    }
    assert_eq!(arguments(r#"["name",1]"#).all::<Refusing>().unwrap_err().to_string(), "too late");
}

#[test]
fn events_are_written_as_they_are_read() {
    let written = |event: &dyn Fn(&mut Written) -> serde_json::Result<()>| {
        let mut written = Written::default();
        event(&mut written).unwrap();
        written.json().to_owned()
    };
    for (event, json) in [
        (Written::event(&Tuple(1, Some("b".into()))), r#"["name",1,"b"]"#),
        (Written::event(&Tuple(1, None)), r#"["name",1,null]"#),
        (Written::event(&Unit), r#"["name"]"#),
        (Written::event(&()), r#"["name"]"#),
        (Written::event(&Newtype(7)), r#"["name",7]"#),
        (Written::event(&Named { a: 1, b: None }), r#"["name",{"a":1,"b":null}]"#),
        (Written::event(&(1, "b")), r#"["name",[1,"b"]]"#),
        (Written::event(&[1, 2]), r#"["name",[1,2]]"#),
        (Written::event("text"), r#"["name","text"]"#),
        (Written::event(&Some(Named { a: 1, b: None })), r#"["name",{"a":1,"b":null}]"#),
        (Written::event(&Some(Newtype(1))), r#"["name",1]"#),
        (Written::event(&None::<Named>), r#"["name",null]"#),
        (Written::event(&Choice::Unit), r#"["name","Unit"]"#),
        (Written::event(&Choice::Newtype(1)), r#"["name",{"Newtype":1}]"#),
        (Written::event(&Choice::Tuple(1, 2)), r#"["name",{"Tuple":[1,2]}]"#),
        (Written::event(&Choice::Struct { a: 1 }), r#"["name",{"Struct":{"a":1}}]"#),
        (Written::event(&BTreeMap::from([(1, 'c')])), r#"["name",{"1":"c"}]"#),
        (Written::event(&u128::MAX), r#"["name",340282366920938463463374607431768211455]"#),
        (Written::event(&format_args!("{}-{}", 1, 2)), r#"["name","1-2"]"#),
        (Written::answer(&Tuple(1, None)), "[1,null]"),
        (Written::answer(&Value::Null), "[null]"),
        (Written::answer(&Unit), "[]"),
        (Written::answer(&()), "[]"),
        (Written::answer(&Newtype(7)), "[7]"),
        (Written::answer(&Named { a: 1, b: None }), r#"[{"a":1,"b":null}]"#),
        (Written::answer(&(1, "b")), r#"[[1,"b"]]"#),
        (Written::answer(&None::<u8>), "[null]"),
        (Written::answer(&Choice::Unit), r#"["Unit"]"#),
        (Written::answer("é\n"), "[\"é\\n\"]"),
    ] {
        assert_eq!(event.json(), json);
    }
    assert_eq!(written(&|sink| write_event(sink, "a\"\né", &1)), r#"["a\"\né",1]"#);
    assert_eq!(written(&|sink| write_answer(sink, &Failure { error: "no" })), r#"[{"error":"no"}]"#);
    assert_eq!(
        written(&|sink| write_answer(sink, &Failure { error: &Named { a: 1, b: None } })),
        r#"[{"error":{"a":1,"b":null}}]"#
    );
    assert_eq!(written(&|sink| write_answer(sink, &Failure { error: &() })), r#"[{"error":null}]"#);
}

#[test]
fn what_does_not_serialize_is_an_error() {
    let mut written = Written::default();
    assert!(write_event(&mut written, "name", &BTreeMap::from([((1, 2), 3)])).is_err());
    assert!(write_answer(&mut written, &BTreeMap::from([((1, 2), 3)])).is_err());
    assert!(write_answer(&mut written, &Failure { error: &BTreeMap::from([((1, 2), 3)]) }).is_err());
}

#[test]
fn an_acknowledgement_is_read_as_it_is_written() {
    let answer = |json| Payload::new(json, Vec::new());
    assert_eq!(acknowledged(&answer("[1,2]")), Ok(1));
    assert_eq!(acknowledged(&answer(r#"[ {"a":1} ]"#)), Ok(Named { a: 1, b: None }));
    assert_eq!(acknowledged(&answer(r#"[1,"b"]"#)), Ok(Tuple(1, Some("b".into()))));
    assert_eq!(acknowledged(&answer(r#"[[1,"b"]]"#)), Ok((1, "b".to_owned())));
    assert_eq!(acknowledged(&answer("[]")), Ok(()));
    assert_eq!(acknowledged(&answer("[]")), Ok(Unit));
    assert_eq!(acknowledged(&answer("[]")), Ok(None::<u8>));
    assert_eq!(acknowledged(&answer("[]")), Ok(Value::Null));
    assert_eq!(acknowledged(&Payload::default()), Ok(None::<u8>));
    assert_eq!(
        acknowledged::<u8>(&answer("[]")).unwrap_err().to_string(),
        "argument 1: invalid type: null, expected u8"
    );
}

#[test]
fn raw_json_passes_untouched() {
    const RAW: &str = r#"{ "b" : [1.0,  "\u0061"], "a":1e400, "b":{"_placeholder":true,"num":0} }"#;
    let json = format!(r#"["name", {RAW} ,2]"#);
    let mut event = arguments(&json);
    let raw = event.next::<Box<RawValue>>().unwrap();
    assert_eq!(raw.get(), RAW);
    assert_eq!(event.next::<u8>(), Ok(2));
    assert_eq!(arguments(&json).all::<Box<RawValue>>().unwrap().get(), RAW);
    assert_eq!(arguments(&json).next::<Option<Box<RawValue>>>().unwrap().unwrap().get(), RAW);
    assert!(arguments(r#"["name"]"#).next::<Option<Box<RawValue>>>().unwrap().is_none());
    assert_eq!(Written::event(&raw).json(), format!(r#"["name",{RAW}]"#));
    assert_eq!(Written::answer(&raw).json(), format!("[{RAW}]"));

    #[derive(Deserialize, Serialize)]
    struct Holder(Vec<Box<RawValue>>, Bytes);
    const TEXT: &str = r#"{ "b" : [1.0,  "\u0061"], "a":1e400, "b":{"num":0} }"#;
    let json = |raw: &str| format!(r#"["name",[{raw},1],{{"_placeholder":true,"num":0}}]"#);
    let beside = |raw| with_attachments(&json(raw), vec![Bytes::from_static(b"x")]);
    let Holder(raws, data) = beside(TEXT).all().unwrap();
    assert_eq!((raws[0].get(), raws[1].get(), &data[..]), (TEXT, "1", &b"x"[..]));
    // In a packet with attachments, a placeholder in the text refers to binary data.
    assert!(beside(RAW).all::<Holder>().is_err());
    assert!(with_attachments(&format!(r#"["name",{RAW}]"#), vec![Bytes::new()]).next::<Box<RawValue>>().is_err());
}
