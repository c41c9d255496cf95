use switchboard::prelude::*;

struct Chat;

#[derive(Event, serde::Deserialize)]
#[event("in only")]
struct InOnly;

#[namespace("/chat", emits(InOnly))]
impl Chat {}

fn main() {}
