use switchboard::prelude::*;

struct Chat;

#[event]
struct NoName;

#[derive(Event, serde::Serialize)]
struct NoAttribute;

#[event(NAME)]
struct ConstantName;

const NAME: &str = "constant";

#[event("ack", ack = "u8")]
struct AckInQuotes;

#[event("ack", ack(u8))]
struct AckInParentheses;

#[event("generic")]
struct Generic<T>(T);

#[event("generic")]
struct GenericByName<T> {
    value: T,
}

#[derive(Event, serde::Serialize)]
#[event("a")]
#[event("b")]
struct Twice;

#[payload(rename = "x")]
struct Options;

#[namespace("/chat", emits(NoName, NoAttribute, Twice))]
impl Chat {}

fn main() {}
