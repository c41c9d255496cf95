use switchboard::prelude::*;

#[event("moved", ack = u64)]
struct Moved(u64);

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("named")]
    fn named(&self, first: Ack<u64>, text: String, second: Ack<String>) {
        let _ = first.send(1);
        let _ = second.send(text);
    }

    #[on(Moved)]
    fn moved(&self, moved: Moved, first: Ack<u64>, second: Ack<u64>) {
        let _ = (first.send(moved.0), second.send(0));
    }
}

fn main() {}
