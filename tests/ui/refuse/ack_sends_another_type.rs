use switchboard::prelude::*;

struct NotSent;

struct Kitchen;

#[namespace("/kitchen")]
impl Kitchen {
    #[on("order")]
    fn order(&self, ack: Ack<u64>) {
        let _ = ack.send("one");
    }

    #[on("opaque")]
    fn opaque(&self, ack: Ack<NotSent>) {
        let _ = ack.send(NotSent);
    }

    #[on("twice")]
    fn twice(&self, ack: Ack<u64>) {
        let _ = ack.send(1);
        let _ = ack.send(2);
    }
}

fn main() {}
