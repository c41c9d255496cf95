use switchboard::prelude::*;

#[event("order", ack = u64)]
struct Order(String);

#[event("done")]
struct Done;

struct Kitchen;

#[namespace("/kitchen")]
impl Kitchen {
    #[on(Order)]
    fn order(&self, order: Order, ack: Ack<String>) {
        let _ = ack.send(order.0);
    }

    #[on(Done)]
    fn done(&self, ack: Ack<bool>) {
        let _ = ack.send(true);
    }
}

fn main() {}
