use switchboard::prelude::*;

struct Chat;

trait Trait {}

#[namespace("/chat")]
impl Trait for Chat {}

#[namespace("/struct")]
struct Struct;

#[payload]
fn function() {}

#[event("function")]
fn event_function() {}

#[event("union")]
union Union {
    a: u8,
}

fn main() {}
