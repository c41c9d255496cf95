use switchboard::prelude::*;

#[event("order", ack = u64)]
struct Order(String);

struct Kitchen;

#[namespace("/kitchen")]
impl Kitchen {
    #[on("name")]
    fn by_name(&self, _name: String, ack: Ack<u64>) -> u64 {
        let _ = ack.send(1);
        2
    }

    #[on("fail")]
    async fn failing(&self, ack: Ack<u64>) -> Result<u64, String> {
        let _ = ack.send(1);
        Ok(2)
    }

    #[on(Order)]
    fn by_type(&self, _order: Order, ack: Ack<u64>) -> u64 {
        let _ = ack.send(1);
        2
    }
}

fn main() {}
