//! `#[cfg_attr]` with attributes that the macros read: they see the evaluated attributes.
#![deny(warnings)]

use serde_json::json;
use switchboard::prelude::*;
use switchboard::schema::{Direction, Schemas};

mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::{fmt::Display, str::FromStr};

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(|_| D::Error::custom("not text"))
    }
}

struct Port(u16);

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Port {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// `cfg_attr` above the macro, below it, and on each part.
#[cfg_attr(not(any()), allow(clippy::struct_field_names))]
#[payload]
#[cfg_attr(not(any()), derive(Clone, Debug), serde(rename_all = "UPPERCASE"))]
#[cfg_attr(any(), serde(rename_all = "camelCase"))]
struct Address<#[cfg(any())] T> {
    #[cfg_attr(not(any()), serde(with = "text"), schemars(with = "String"))]
    #[cfg_attr(any(), serde(skip))]
    port: u16,
    #[cfg_attr(not(any()), cfg_attr(not(any()), serde(rename = "host")))]
    name: String,
    #[cfg_attr(not(any()), cfg(any()))]
    gone: Missing,
    #[cfg(not(any()))]
    #[cfg_attr(any(), cfg(any()))]
    kept: std::net::IpAddr,
}

#[payload]
#[derive(Default)]
enum State {
    #[cfg_attr(not(any()), serde(rename = "open"), default)]
    Opened,
    #[cfg_attr(any(), serde(rename = "shut"))]
    Closed(#[cfg_attr(not(any()), serde(with = "text"))] u8),
    #[cfg_attr(not(any()), serde(skip))]
    Hidden(Port),
}

/// A skipped field is not an argument.
#[event("moved")]
#[derive(Clone)]
struct Moved(
    u8,
    #[cfg_attr(not(any()), serde(skip))] u16,
    #[cfg_attr(any(), serde(skip))] String,
    #[cfg_attr(not(any()), serde(skip_serializing))] bool,
);

/// Tokens from a `macro_rules!` macro, some of which come from its caller.
macro_rules! event {
    ($(#[$attribute:meta])* $name:ident($($(#[$of_field:meta])* $ty:ty),*) as $event:literal) => {
        #[event($event)]
        $(#[$attribute])*
        struct $name($($(#[$of_field])* $ty),*);
    };
}

event!(#[derive(Clone)] Made(u8, #[cfg_attr(not(any()), serde(skip))] Option<u16>, #[cfg(any())] Missing) as "made");

fn sent(event: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(event).expect("it is JSON")
}

fn arguments<E: Event>(direction: Direction) -> usize {
    E::schema(&mut Schemas::new(), direction).arguments.len()
}

#[test]
fn contracts_say_what_serde_does() {
    let address = Address { port: 80, name: "a".to_owned(), kept: std::net::IpAddr::from([127, 0, 0, 1]) };
    assert_eq!(sent(&address.clone()), json!({ "PORT": "80", "host": "a", "KEPT": "127.0.0.1" }));
    let mut schemas = Schemas::new();
    schemas.describe::<Address>(Direction::Outgoing);
    schemas.describe::<State>(Direction::Outgoing);
    let definitions = schemas.definitions(Direction::Outgoing);
    assert_eq!(definitions["Address"]["required"], json!(["PORT", "host", "KEPT"]));
    assert_eq!(definitions["Address"]["properties"]["PORT"], json!({ "type": "string" }));
    assert!(definitions["State"].to_string().contains(r#"["open"]"#), "{definitions:?}");
    assert!(!definitions["State"].to_string().contains("Hidden"), "{definitions:?}");
    assert_eq!(sent(&[State::default(), State::Closed(1)]), json!(["open", { "Closed": "1" }]));
}

#[test]
fn skipped_fields_are_no_arguments() {
    assert_eq!(sent(&Moved(1, 2, String::new(), true)), json!([1, ""]));
    assert_eq!((arguments::<Moved>(Direction::Outgoing), arguments::<Moved>(Direction::Incoming)), (2, 3));
    assert_eq!(sent(&Made(1, None)), json!([1]));
    assert_eq!(arguments::<Made>(Direction::Outgoing), 1);
}

#[test]
fn types_in_functions_are_evaluated_too() {
    #[payload]
    #[derive(Debug, PartialEq)]
    struct Inner<'a, T: Clone = u8>
    where
        T: Copy,
    {
        #[cfg_attr(not(any()), serde(rename = "r"))]
        r#type: T,
        #[cfg_attr(not(any()), serde(borrow))]
        text: &'a str,
    }

    let inner: Inner<'_> = serde_json::from_str(r#"{ "r": 1, "text": "a" }"#).expect("it is an `Inner`");
    assert_eq!(inner, Inner { r#type: 1, text: "a" });
}
