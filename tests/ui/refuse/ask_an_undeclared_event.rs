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
        let _ = socket.emit_with_ack(Aside { text }).await;
    }

    #[on("ask soon")]
    async fn ask_soon(&self, socket: &Socket<Self>, text: String) {
        let _ = socket.timeout(std::time::Duration::from_secs(1)).emit_with_ack(Aside { text }).await;
    }
}

fn main() {}
