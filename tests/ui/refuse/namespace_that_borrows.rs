use switchboard::prelude::*;

struct Borrowing<'a>(&'a str);

#[namespace("/borrowing")]
impl<'a> Borrowing<'a> {}

fn main() {}
