use switchboard::prelude::*;

struct Nothing;

fn f(socket: Socket<Nothing>) {
    drop(socket);
}

fn main() {}
