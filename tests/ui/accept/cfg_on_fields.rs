//! A field that `#[cfg]` removes leaves no trace in any kind of type, nor in its schema.
#![deny(warnings)]

use switchboard::prelude::*;
use switchboard::schema::{Direction, Schemas};

#[payload]
struct Named {
    #[cfg(any())]
    gone: DoesNotExist,
    #[cfg(not(any()))]
    host: std::net::IpAddr,
    port: u16,
}

#[event("tuple")]
struct Tuple(#[cfg(any())] DoesNotExist, #[cfg(not(any()))] Box<Named>, u8);

#[event("choice")]
enum Choice {
    #[cfg(any())]
    Gone(DoesNotExist),
    #[cfg(not(any()))]
    Named(Box<Named>),
    Nothing,
}

#[test]
fn what_stays_is_described() {
    let mut schemas = Schemas::new();
    assert_eq!(Tuple::schema(&mut schemas, Direction::Incoming).arguments.len(), 2);
    Choice::schema(&mut schemas, Direction::Incoming);
    let definitions = schemas.definitions(Direction::Incoming);
    assert_eq!(definitions["Named"]["required"], serde_json::json!(["host", "port"]));
    assert_eq!(
        definitions["Choice"]["anyOf"].as_array().or(definitions["Choice"]["oneOf"].as_array()).map(Vec::len),
        Some(2)
    );
}
