//! Types without values: enums without a variant, or without one in one direction.

use crate::validity::check;
use serde_json::{Value, json};
use switchboard::{prelude::*, schema::Contract};

#[payload]
enum Never {}

#[payload]
#[serde(tag = "kind")]
enum Tagged {}

#[payload]
#[serde(untagged)]
enum Untagged {}

#[payload]
#[expect(dead_code, reason = "no variant travels")]
enum Skipped {
    #[serde(skip)]
    Unit,
    #[serde(skip)]
    Newtype(u8),
}

/// Never received.
#[payload]
#[serde(tag = "kind")]
enum OnlySent {
    #[serde(skip_deserializing)]
    Here,
}

#[payload]
enum Some {
    #[serde(skip)]
    Unit,
    Named {
        number: u8,
    },
}

#[payload]
struct All {
    never: Vec<Never>,
    tagged: Vec<Tagged>,
    untagged: Vec<Untagged>,
    skipped: Vec<Skipped>,
    sent: Vec<OnlySent>,
    some: Vec<Some>,
}

struct Server;

#[namespace("/")]
impl Server {
    #[on("all")]
    fn all(&self, all: All) -> Result<All, Never> {
        Ok(all)
    }
}

fn schemas() -> Value {
    let document: Value = serde_json::from_str(Contract::of::<Server>().asyncapi().as_str()).expect("JSON");
    document["components"]["schemas"].clone()
}

#[test]
fn types_without_values_accept_none() {
    let all = All {
        never: vec![],
        tagged: vec![],
        untagged: vec![],
        skipped: vec![],
        sent: vec![OnlySent::Here],
        some: vec![Some::Named { number: 1 }],
    };
    check!(sent All, [all]);
    check!(Some, [Some::Named { number: 1 }]);
    let _ = Some::Unit;
    check!(Skipped, []);
    check!(Tagged, []);

    let schemas = schemas();
    for name in ["Never", "Tagged", "Untagged", "Skipped"] {
        assert_eq!(schemas[name], json!({ "not": {} }), "{name}");
    }
    assert_eq!(schemas["OnlySentInput"], json!({ "description": "Never received.", "not": {} }));
}

#[test]
fn no_union_is_empty() {
    let schemas = schemas().to_string();
    for empty in ["\"enum\":[]", "\"oneOf\":[]", "\"anyOf\":[]"] {
        assert!(!schemas.contains(empty), "{schemas}");
    }
}

#[test]
fn types_without_values_are_never_in_typescript() {
    let text = Contract::of::<Server>().typescript().to_string();
    for name in ["Never", "Tagged", "Untagged", "Skipped", "OnlySentInput"] {
        assert!(text.contains(&format!("export type {name} = never;")), "{name}: {text}");
    }
    assert!(text.contains("ack: (answer: All | Failure<Never>) => void"), "{text}");
}

#[test]
fn the_first_variant_of_an_enum_is_a_change() {
    mod changed {
        use switchboard::prelude::*;

        #[payload]
        pub(super) enum Never {
            First,
        }
    }

    struct Before;

    #[namespace("/")]
    impl Before {
        #[on("all")]
        fn all(&self, value: Vec<Never>) -> Vec<Never> {
            value
        }
    }

    struct After;

    #[namespace("/")]
    impl After {
        #[on("all")]
        fn all(&self, value: Vec<changed::Never>) -> Vec<changed::Never> {
            value
        }
    }

    let changes = Contract::of::<Before>().compare(&Contract::of::<After>()).to_string();
    assert_eq!(
        changes,
        "breaking    type Never, sent by the server: `\"First\"` may come now\n\
         compatible  type Never, sent by the client: `\"First\"` is accepted now"
    );
    let _ = changed::Never::First;
}
