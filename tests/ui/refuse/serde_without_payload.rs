use switchboard::prelude::*;

#[serde(rename_all = "camelCase")]
struct Person {
    first_name: String,
}

#[serde(rename_all = "camelCase")]
#[derive(Clone)]
struct Place {
    short_name: String,
}

fn main() {}
