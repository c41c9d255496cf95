use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on_connected]
    fn first(&self) {}

    #[on_connected]
    fn second(&self) {}

    #[on("a")]
    #[on_connected]
    fn third(&self) {}
}

fn main() {}
