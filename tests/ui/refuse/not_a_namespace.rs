use switchboard::prelude::*;

struct Nothing;

fn f(_socket: &Socket<Nothing>) {}

fn main() {}
