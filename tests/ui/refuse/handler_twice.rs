use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("hi")]
    fn hi(&self) {}

    #[on("hi")]
    fn hello(&self) {}
}

fn main() {}
