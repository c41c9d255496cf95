use switchboard::prelude::*;

#[event("question", ack = bool)]
struct Question {
    text: String,
}

#[event("aside", ack = bool)]
struct Aside {
    text: String,
}

struct Quiz;

#[namespace("/quiz", emits(Question))]
impl Quiz {
    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>, text: String) {
        let _ = socket.to(["a", "b"]).emit_with_ack(Aside { text }).await;
    }
}

fn main() {}
