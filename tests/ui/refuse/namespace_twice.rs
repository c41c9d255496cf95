use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {}

#[namespace("/other")]
impl Chat {}

fn main() {}
