//! A program that uses each feature once.
#![deny(warnings)]

use std::sync::atomic::{AtomicU64, Ordering};
use switchboard::prelude::*;

/// Something was said.
#[event("message", ack = Receipt)]
struct Message {
    author: String,
    text: String,
}

#[event("typing")]
struct Typing(ChatRoom, bool);

#[payload]
struct Receipt {
    id: u64,
}

#[payload]
enum Refusal {
    Muted,
    EmptyText,
}

#[payload]
#[derive(Room)]
enum ChatRoom {
    Lobby,
    #[room("channel:{0}")]
    Channel(String),
}

#[payload]
struct Credentials {
    name: String,
}

struct Chat {
    ids: AtomicU64,
}

#[namespace("/chat", session = Credentials, emits(Message, Typing), guard(not_banned), middleware(timed))]
impl Chat {
    #[on_connect]
    async fn join(&self, socket: &Socket<Self>, Auth(who): Auth<Credentials>) -> Result<Credentials, ConnectError> {
        if who.name.is_empty() {
            return Err(ConnectError::new("a name is needed").data(&["name"]));
        }
        socket.join(ChatRoom::Lobby)?;
        Ok(who)
    }

    /// Says something to everyone in a room.
    #[on("say")]
    async fn say(&self, socket: &Socket<Self>, room: ChatRoom, text: String) -> Result<Receipt, Refusal> {
        if text.is_empty() {
            return Err(Refusal::EmptyText);
        }
        let message = Message { author: socket.session().name.clone(), text };
        socket.to(room).emit(message).map_err(|_| Refusal::Muted)?;
        Ok(Receipt { id: self.ids.fetch_add(1, Ordering::Relaxed) })
    }

    #[on(Typing, middleware(Self::not_too_often))]
    async fn typing(&self, socket: &Socket<Self>, typing: Typing) {
        let _ = socket.to(&typing.0).emit(&typing);
    }

    #[on(Message, concurrent)]
    fn message(&self, message: Message) -> Receipt {
        Receipt { id: message.text.len() as u64 + message.author.len() as u64 }
    }

    #[on_disconnect]
    async fn leave(&self, socket: Socket<Self>, reason: DisconnectReason, State(log): State<Log>) {
        log.line(socket.id(), &reason.to_string());
    }
}

impl Chat {
    async fn not_too_often(&self, event: EventContext<Self>, next: impl Next<Self>) -> Reply {
        if self.ids.load(Ordering::Relaxed) > 9 { event.refuse(Refusal::Muted) } else { next.run(event).await }
    }
}

struct Log(std::sync::Mutex<Vec<String>>);

impl Log {
    fn line(&self, id: &str, text: &str) {
        if let Ok(mut lines) = self.0.lock() {
            lines.push(format!("{id}: {text}"));
        }
    }
}

async fn not_banned<N: Namespace>(_socket: &Socket<N>, Auth(who): Auth<Credentials>) -> Result<(), ConnectError> {
    if who.name == "mallory" { Err(ConnectError::new("banned")) } else { Ok(()) }
}

async fn timed<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    let start = std::time::Instant::now();
    let reply = next.run(event).await;
    let _ = (start.elapsed(), reply.is_error());
    reply
}

#[test]
fn says_what_its_attributes_say() {
    assert_eq!(Chat::PATH, "/chat");
    assert!(Chat::concurrent("message") && !Chat::concurrent("say"));
    assert_eq!(ChatRoom::Channel("rust".to_owned()).name(), "channel:rust");
}
