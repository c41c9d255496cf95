//! `#[derive(Event)]` asks for nothing but serde's traits, however they are implemented.
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

/// What the type derives itself, the attribute does not derive again.
#[payload]
#[derive(Serialize, Default)]
#[serde(default)]
struct Half {
    whole: u8,
}

/// Without the macro, there is only a trait to implement.
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
