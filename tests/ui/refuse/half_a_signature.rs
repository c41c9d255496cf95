use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("whole")]
    fn whole(&self) {}

    #[on("half")]
    async fn half(&self, name: ) {}

    pub fn helper(&self) {}
}

fn other(chat: &Chat, socket: &Socket<Chat>) {
    chat.helper();
    chat.whole();
    socket.join("a");
}

fn main() {}
