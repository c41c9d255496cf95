//! Every macro, in a program whose manifest has switchboard under another name.
#![deny(warnings)]

// Generated code refers to `::switchboard`. This line adds that name to the crate.
extern crate sb as switchboard;

use sb::prelude::*;

/// Something was said.
#[event("message", ack = Receipt)]
struct Message {
    text: String,
    times: Vec<Option<Receipt>>,
}

#[payload]
#[serde(rename_all = "camelCase")]
struct Receipt {
    message_id: u64,
}

#[derive(Event)]
#[event("unread")]
struct Unread;

#[derive(Room)]
enum ChatRoom {
    User(u64),
}

struct Chat;

async fn open<N: Namespace>(_socket: &Socket<N>, Auth(_): Auth<Receipt>) -> Result<(), ConnectError> {
    Ok(())
}

async fn passed<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    next.run(event).await
}

#[namespace("/chat/{id}", params(id: u64), session = u64, emits(Message), guard(open), middleware(passed))]
impl Chat {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>, Params(id): Params<u64>) -> Result<u64, ConnectError> {
        socket.join(ChatRoom::User(*id))?;
        Ok(*id)
    }

    #[on(Message)]
    async fn message(&self, socket: &Socket<Self>, message: Message) -> Result<Receipt, EventError> {
        socket.broadcast().emit(&message)?;
        Ok(Receipt { message_id: *socket.session() })
    }

    #[on(Unread)]
    fn unread(&self) {}
}

/// Builds a server with the namespace.
pub fn server() -> sb::Handle {
    Server::new().namespace(Chat).build()
}

#[cfg(test)]
mod tests {
    use super::{Chat, Namespace};
    use sb::schema::Schemas;

    #[test]
    fn the_contract_is_there() {
        let schema = Chat::schema(&mut Schemas::new());
        assert_eq!((schema.path, schema.incoming.len(), schema.outgoing.len()), ("/chat/{id}", 2, 1));
    }
}
