use switchboard::prelude::*;

#[event("first")]
#[event("second")]
struct TwoNames;

#[event("event")]
#[payload]
struct EventFirst {
    field: u8,
}

#[payload]
#[event("payload")]
struct PayloadFirst {
    field: u8,
}

#[payload]
#[payload]
struct Twice {
    field: u8,
}

struct Chat;

#[namespace("/chat", emits(TwoNames, EventFirst, PayloadFirst))]
impl Chat {
    #[on("twice")]
    fn twice(&self, twice: Twice) -> Twice {
        twice
    }
}

fn main() {}
