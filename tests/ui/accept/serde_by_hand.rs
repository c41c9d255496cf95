//! `#[derive(Event)]` requires only serde's traits, in whatever way they are implemented.
#![deny(warnings)]

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchboard::prelude::*;

#[derive(Event)]
#[event("temperature", ack = u8)]
struct Temperature(f64);

impl Serialize for Temperature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} K", self.0))
    }
}

impl<'de> Deserialize<'de> for Temperature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.trim_end_matches(" K").parse().map_err(serde::de::Error::custom)?;
        Ok(Self(number))
    }
}

#[derive(Event, Serialize)]
#[event("outgoing")]
struct Outgoing {
    at: Temperature,
}

/// The attribute omits a trait that the type derives itself.
#[payload]
#[derive(Serialize, Default)]
#[serde(default)]
struct Half {
    whole: u8,
}

/// Without the macro, only a trait has to be implemented.
struct Bare;

impl Event for Bare {
    const NAME: &'static str = "bare";
    type Ack = ();
}

impl Serialize for Bare {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

struct Weather;

#[namespace("/weather", emits(Temperature, Outgoing, Bare))]
impl Weather {
    #[on(Temperature)]
    fn temperature(&self, temperature: Temperature, socket: &Socket<Self>) -> u8 {
        let _ = socket.emit(Bare);
        let _ = socket.emit(Outgoing { at: temperature });
        0
    }

    #[on("half")]
    fn half(&self, half: Half) -> u8 {
        half.whole
    }
}

/// Fields that functions serialize.
#[payload]
struct ByFunctions {
    #[serde(with = "text")]
    unknown: u32,
    #[schemars(with = "String")]
    #[serde(serialize_with = "text::serialize", deserialize_with = "text::deserialize")]
    told: u32,
}

mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[derive(Event)]
#[event("pair")]
struct Pair(u8, bool);

#[derive(Event, switchboard::__private::schemars::JsonSchema)]
#[event("told pair")]
#[schemars(crate = "switchboard::__private::schemars")]
struct ToldPair(u8, bool);

#[test]
fn is_not_guessed_in_schemas() {
    use switchboard::schema::{Direction::Incoming, Schemas, UNKNOWN};

    let mut schemas = Schemas::new();
    for event in [Temperature::schema(&mut schemas, Incoming), Pair::schema(&mut schemas, Incoming)] {
        let [argument] = &event.arguments[..] else { panic!("one argument: {event:?}") };
        assert!(argument.schema.get(UNKNOWN).is_some(), "{event:?}");
    }
    let told = ToldPair::schema(&mut schemas, Incoming).arguments;
    let kinds: Vec<_> = told.iter().map(|argument| argument.schema.get("type").unwrap().as_str().unwrap()).collect();
    assert_eq!(kinds, ["integer", "boolean"]);

    schemas.describe::<ByFunctions>(Incoming);
    let fields = &schemas.definitions(Incoming)["ByFunctions"]["properties"];
    assert_eq!(fields["unknown"][UNKNOWN], "u32");
    assert_eq!(fields["told"]["type"], "string");
}
