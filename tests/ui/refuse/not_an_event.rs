use switchboard::prelude::*;

struct Chat;

#[payload]
struct Plain;

#[namespace("/chat", emits(Plain))]
impl Chat {
    #[on(Plain)]
    async fn plain(&self, _plain: Plain) {}
}

fn main() {}
