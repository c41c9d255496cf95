//! Events: arguments, acknowledgements and errors.

use serde_json::{Value, json};
use std::marker::PhantomData;
use switchboard::{
    prelude::*,
    schema::{ArgumentSchema, Direction, EventSchema, Schemas},
};

fn schemas(event: impl Fn(&mut Schemas, Direction) -> EventSchema) -> [Vec<Value>; 2] {
    [Direction::Incoming, Direction::Outgoing].map(|direction| {
        let arguments = event(&mut Schemas::new(), direction).arguments;
        arguments.into_iter().map(|argument: ArgumentSchema| argument.schema.to_value()).collect()
    })
}

fn kinds(event: impl Fn(&mut Schemas, Direction) -> EventSchema) -> [Vec<Value>; 2] {
    schemas(event).map(|arguments| arguments.into_iter().map(|argument| argument["type"].clone()).collect())
}

#[event("skipping")]
#[expect(dead_code, reason = "it is described only")]
struct Skipping(
    #[serde(skip)] PhantomData<u8>,
    bool,
    #[serde(skip_serializing)] String,
    #[serde(skip_deserializing)] f64,
);

#[event("converted")]
#[serde(from = "String", into = "String")]
#[derive(Clone)]
#[expect(dead_code, reason = "it is described only")]
struct Converted(u8, u8);

impl From<String> for Converted {
    fn from(_: String) -> Self {
        Self(0, 0)
    }
}

impl From<Converted> for String {
    fn from(_: Converted) -> Self {
        Self::new()
    }
}

#[test]
fn a_tuple_structs_arguments_are_those_that_travel() {
    assert_eq!(
        kinds(Skipping::schema),
        [vec![json!("boolean"), json!("string")], vec![json!("boolean"), json!("number")]]
    );
    let whole = schemas(Converted::schema);
    assert_eq!(
        whole,
        [[json!({ "$ref": "#/components/schemas/Converted" })], [json!({ "$ref": "#/components/schemas/Converted" })]]
    );
}

#[payload]
struct Receipt {
    id: u64,
}

#[payload]
enum Refusal {
    Closed,
}

type Answer<T> = Result<T, Refusal>;

struct Shop;

#[namespace("/shop")]
impl Shop {
    #[on("buy")]
    fn buy(&self, _item: String, _count: Option<u32>, (_, _): (u8, String)) -> Answer<Receipt> {
        Err(Refusal::Closed)
    }

    #[on("plain")]
    fn plain(&self) -> Receipt {
        Receipt { id: 1 }
    }
}

#[test]
fn handlers_say_what_may_be_left_out_and_how_they_fail() {
    let mut schemas = Schemas::new();
    let shop = Shop::schema(&mut schemas);
    let [buy, plain] = &shop.incoming[..] else { panic!("two handlers") };
    let arguments: Vec<_> = buy.arguments.iter().map(|argument| (argument.name, argument.optional)).collect();
    assert_eq!(arguments, [(Some("item"), false), (Some("count"), true), (None, false)]);
    // A tuple within an argument is described as in draft 7, too.
    let items = buy.arguments[2].schema.get("items").and_then(Value::as_array).expect("a tuple");
    assert_eq!(items.len(), 2);
    assert_eq!(buy.ack[0].as_value(), &json!({ "$ref": "#/components/schemas/Receipt" }));
    assert_eq!(buy.error.as_ref().unwrap().as_value(), &json!({ "$ref": "#/components/schemas/Refusal" }));
    assert_eq!(plain.ack, buy.ack);
    assert_eq!(plain.error, None);
}
