use switchboard::prelude::*;

struct Chat;

#[event]
struct NoName;

#[derive(Event, serde::Serialize)]
struct NoAttribute;

#[event("generic")]
struct Generic<T>(T);

#[derive(Event, serde::Serialize)]
#[event("a")]
#[event("b")]
struct Twice;

#[payload(rename = "x")]
struct Options;

#[namespace("/chat", emits(NoName, NoAttribute, Twice))]
impl Chat {}

fn main() {}
