use switchboard::prelude::*;

struct Opaque;

#[event("odd")]
struct Odd {
    opaque: Opaque,
    list: Vec<Opaque>,
}

fn main() {}
