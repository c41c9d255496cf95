use switchboard::prelude::*;

struct Kitchen;

#[namespace("/kitchen")]
impl Kitchen {
    #[on("order")]
    fn order(&self, ack: &Ack<u64>) {
        let _ = ack.is_wanted();
    }
}

fn main() {}
