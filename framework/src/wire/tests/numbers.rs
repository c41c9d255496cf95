//! Numbers that JSON or JavaScript cannot hold, and the forms in which they travel.

use std::collections::BTreeMap;
use std::num::NonZero;

use serde::Deserialize;
use serde_json::json;

use super::*;

fn failure<T: Serialize + ?Sized>(value: &T) -> String {
    let mut written = Written::default();
    write_event(&mut written, "name", value).map_or_else(|error| error.to_string(), |()| "no error".to_owned())
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Measured {
    #[serde(with = "float_or_null")]
    mean: f64,
    #[serde(with = "float_or_null")]
    last: Option<f32>,
    #[serde(with = "float_or_null")]
    all: Vec<f64>,
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Reading(#[serde(with = "float_or_null")] f64, u8);

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Only(#[serde(with = "float_or_null")] f64);

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Paid {
    #[serde(with = "digits")]
    id: u64,
    #[serde(with = "digits")]
    debt: i128,
    #[serde(with = "digits")]
    maybe: Option<i64>,
    #[serde(with = "digits")]
    many: Vec<NonZero<u8>>,
    by_id: BTreeMap<digits::Digits<u128>, digits::Digits<isize>>,
}

#[test]
fn float_that_is_not_finite_is_an_error_wherever_it_is() {
    #[derive(Serialize)]
    enum Deep {
        Variant(Option<f32>),
    }
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let expected =
            format!("the float {float} cannot be sent as a number; `switchboard::float_or_null` sends it as `null`");
        assert_eq!(failure(&float), expected);
        assert_eq!(failure(&(1, float as f32)), expected);
        assert_eq!(failure(&BTreeMap::from([("a", [float])])), expected);
        assert_eq!(failure(&Deep::Variant(Some(float as f32))), expected);
        assert_eq!(failure(&Value::from(float)), expected);
        assert_eq!(Value::from_value(&float).unwrap_err().to_string(), expected);
        // serde_json has made `null` of it.
        assert_eq!(Written::event(&json!([float])).json(), r#"["name",[null]]"#);
    }
    assert_eq!(Written::event(&[f64::MAX, -0.0, 5e-324]).json(), r#"["name",[1.7976931348623157e+308,-0.0,5e-324]]"#);
}

#[test]
fn float_or_null_is_null_where_it_is_not_finite() {
    let full = Measured { mean: 0.5, last: Some(1.5), all: vec![2.5] };
    assert_eq!(round_trip(&full), [full, Measured { mean: 0.5, last: Some(1.5), all: vec![2.5] }]);
    let empty = Measured { mean: f64::NAN, last: Some(f32::INFINITY), all: vec![f64::NEG_INFINITY, 1.0] };
    assert_eq!(Written::event(&empty).json(), r#"["name",{"mean":null,"last":null,"all":[null,1.0]}]"#);
    let [read, _] = round_trip(&empty);
    assert!(read.mean.is_nan() && read.last.is_none() && read.all[0].is_nan() && (read.all[1] - 1.0).abs() < 1e-9);
    assert_eq!(Written::event(&Reading(f64::NAN, 7)).json(), r#"["name",null,7]"#);
    assert_eq!(Written::answer(&Only(f64::NAN)).json(), "[null]");
    let [read, answered] = round_trip(&Only(f64::NAN));
    assert!(read.0.is_nan() && answered.0.is_nan());
    // serde demands fields in a form of their own.
    assert!(arguments(r#"["name",{"mean":1,"all":[]}]"#).all::<Measured>().is_err());
}

#[test]
fn integers_as_digits_keep_all_of_them() {
    let paid = |id, debt, maybe| Paid {
        id,
        debt,
        maybe,
        many: vec![NonZero::<u8>::MAX],
        by_id: BTreeMap::from([(u128::MAX.into(), isize::MIN.into())]),
    };
    assert_eq!(
        Written::event(&paid((1 << 53) + 1, i128::MIN, Some(i64::MIN))).json(),
        concat!(
            r#"["name",{"id":"9007199254740993","debt":"-170141183460469231731687303715884105728","#,
            r#""maybe":"-9223372036854775808","many":["255"],"#,
            r#""by_id":{"340282366920938463463374607431768211455":"-9223372036854775808"}}]"#
        )
    );
    for (id, debt, maybe) in [(u64::MAX, i128::MAX, None), (0, 0, Some(-1))] {
        assert_eq!(round_trip(&paid(id, debt, maybe)), [paid(id, debt, maybe), paid(id, debt, maybe)]);
    }
    let read =
        |text: &str| arguments(&format!(r#"["name",{text}]"#)).all::<digits::Digits<i8>>().map(|digits| digits.0);
    assert_eq!((read(r#""-128""#), read(r#""0""#), read(r#""7""#)), (Ok(-128), Ok(0), Ok(7)));
    for text in
        ["7", "-7", r#""""#, r#""-""#, r#""-0""#, r#""+7""#, r#""07""#, r#"" 7""#, r#""7.0""#, r#""128""#, "null"]
    {
        assert!(read(text).is_err(), "{text}");
    }
    assert_eq!(
        read("7").unwrap_err().to_string(),
        "argument 1: invalid type: integer `7`, expected an integer as a string of digits"
    );
}
