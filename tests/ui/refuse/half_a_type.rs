use switchboard::prelude::*;

#[payload]
struct Half {
    first: u8
    second: u8,
}

fn main() {}
