use switchboard::prelude::*;

#[derive(serde::Serialize)]
struct OnlySent;

#[event("question", ack = OnlySent)]
struct Question(String);

struct Quiz;

#[namespace("/quiz", emits(Question))]
impl Quiz {
    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>, text: String) {
        let _ = socket.emit_with_ack(Question(text)).await;
    }
}

fn main() {}
