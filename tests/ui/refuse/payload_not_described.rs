use switchboard::prelude::*;

struct Foreign;

#[payload]
struct Payload {
    foreign: Foreign,
}

fn main() {}
