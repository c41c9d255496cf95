use switchboard::prelude::*;

struct Kitchen;

#[namespace("/kitchen")]
impl Kitchen {
    #[on("maybe")]
    fn maybe(&self, ack: Option<Ack<u64>>) {
        let _ = ack;
    }
}

fn main() {}
