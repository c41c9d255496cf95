use switchboard::prelude::*;

struct Channel(String);

#[event("said")]
struct Said(String);

struct Chat;

#[namespace("/chat", emits(Said))]
impl Chat {
    #[on("enter")]
    fn enter(&self, socket: &Socket<Self>, channel: String) {
        socket.join(Channel(channel));
    }

    #[on("leave")]
    fn leave(&self, socket: &Socket<Self>, number: u64) {
        socket.leave(number);
    }

    #[on("say")]
    fn say(&self, socket: &Socket<Self>, text: String) {
        let _ = socket.to(Some("lobby")).emit(Said(text));
    }
}

fn main() {}
