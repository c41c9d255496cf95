use switchboard::prelude::*;

struct Kitchen;

#[namespace("/kitchen")]
impl Kitchen {
    #[on_connect]
    fn enter(&self, ack: Ack<()>) {
        let _ = ack.send(());
    }
}

fn main() {}
