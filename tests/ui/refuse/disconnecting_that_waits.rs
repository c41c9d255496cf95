use switchboard::prelude::*;

struct Kitchen;

#[namespace("/kitchen")]
impl Kitchen {
    #[on_disconnecting]
    async fn going(&self) -> bool {
        true
    }
}

fn main() {}
