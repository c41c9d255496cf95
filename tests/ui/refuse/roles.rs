use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("a")]
    #[on("b")]
    fn two_events(&self) {}

    #[on_connect]
    fn first(&self) {}

    #[on_connect]
    fn second(&self) {}

    #[cfg(all())]
    #[on_disconnect]
    fn leave(&self) -> bool {
        true
    }
}

fn main() {}
