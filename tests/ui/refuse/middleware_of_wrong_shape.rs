use switchboard::prelude::*;

struct Chat;

async fn forgot_next(event: EventContext<Chat>) -> Reply {
    event.refuse("no")
}

async fn forgot_reply(event: EventContext<Chat>, next: impl Next<Chat>) {
    let _ = next.run(event).await;
}

#[namespace("/chat", middleware(forgot_next, missing))]
impl Chat {
    #[on("hi", middleware(forgot_reply))]
    fn hi(&self) {}
}

fn main() {}
