use switchboard::prelude::*;

struct Chat;

struct Member;

#[namespace("/chat", session = Member)]
impl Chat {}

fn main() {}
