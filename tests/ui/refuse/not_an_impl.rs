use switchboard::prelude::*;

struct Chat;

trait Trait {
    fn handler(&self) {}
}

#[namespace("/chat")]
impl Trait for Chat {
    #[on("handler")]
    fn handler(&self) {}
}

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
