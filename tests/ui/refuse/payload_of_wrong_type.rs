use switchboard::prelude::*;

#[event("said", ack = u8)]
struct Said {
    text: String,
    loud: bool,
}

struct Chat;

#[namespace("/chat", emits(Said))]
impl Chat {
    #[on("say")]
    async fn say(&self, socket: &Socket<Self>, text: String) {
        let _ = socket.emit(Said { text: 7, loud: true });
        let _ = socket.emit(Said { text });
        let answer: Result<String, AckError> = socket.emit_with_ack(Said { text: String::new(), loud: true }).await;
        drop(answer);
    }

    #[on(Said)]
    fn said(&self, said: String) -> u8 {
        said.len() as u8
    }
}

fn main() {}
