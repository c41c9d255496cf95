use switchboard::prelude::*;

#[event("message")]
struct Message(String);

struct Chat;

#[namespace("/chat", session = Membr, emits(Messge, Message), guard(opn))]
impl Chat {
    #[on_connect]
    fn enter(&self) -> Membr {
        unreachable!()
    }

    #[on("say")]
    fn say(&self, socket: &Socket<Self>, text: Strin) {
        let _ = socket.emit(Message(text));
    }

    #[on("count")]
    async fn count(&self, of: Option<Strin>) -> Result<Coun, Eror> {
        Err(of)
    }

    #[on(Mesage)]
    async fn message(&self, message: Mesage) {
        drop(message);
    }
}

fn main() {}
