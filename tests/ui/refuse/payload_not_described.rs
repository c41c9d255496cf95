use switchboard::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
struct Foreign;

#[payload]
struct Payload {
    foreign: Foreign,
}

fn main() {}
