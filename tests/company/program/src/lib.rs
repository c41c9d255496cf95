//! Every macro, in a program whose manifest does not list switchboard. `::switchboard` does not exist here, so generated code
//! that ignores `crate = ".."` does not compile.
#![deny(warnings)]

use company::switchboard::prelude::*;
use std::{collections::BTreeMap, net::IpAddr};

/// Something was said.
#[event("message", ack = Receipt, crate = "company::switchboard")]
#[derive(Debug)]
pub struct Message {
    text: String,
    times: Vec<Option<Receipt>>,
}

/// Fields that are described by impls beside the type. One of them has a `#[cfg]`.
#[event("moved", crate = "company::switchboard")]
#[derive(Debug)]
pub struct Moved(IpAddr, #[cfg(not(any()))] Option<Receipt>, #[cfg(any())] Missing);

/// A payload.
#[payload(crate = "company::switchboard")]
#[serde(rename_all = "camelCase")]
#[derive(Debug)]
pub struct Receipt {
    message_id: u64,
    #[serde(with = "text")]
    sender: IpAddr,
}

/// Fields in forms of the framework, and a map with described keys.
#[event("paid", crate = "company::switchboard")]
#[derive(Debug)]
pub struct Paid {
    #[serde(with = "company::switchboard::digits")]
    id: u64,
    #[serde(with = "company::switchboard::float_or_null")]
    rate: f64,
    by_flag: BTreeMap<bool, u8>,
}

/// A payload with names that serde reads and never writes, and a variant with the program's own functions.
#[payload(crate = "company::switchboard")]
#[derive(Debug)]
pub enum Choice {
    /// Has a second name.
    #[serde(alias = "no")]
    None,
    /// Travels as text.
    #[serde(with = "text")]
    Some(u8),
    /// Stands for unknown names.
    #[serde(other)]
    Other,
}

mod text {
    use company::switchboard::__private::serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::{fmt::Display, str::FromStr};

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        <&str>::deserialize(deserializer)?.parse().map_err(|_| D::Error::custom("not an address"))
    }
}

/// A unit struct with `#[derive(Event)]`.
#[derive(Event)]
#[event("unread", crate = "company::switchboard")]
#[derive(Debug)]
pub struct Unread;

/// A room of several.
#[derive(Room)]
#[room(crate = "company::switchboard")]
#[derive(Debug)]
pub enum ChatRoom {
    /// A user's own.
    User(u64),
}

/// A room of its own.
#[derive(Room)]
#[room("lobby", crate = "company::switchboard")]
#[derive(Debug)]
pub struct Lobby;

/// A namespace with every option.
#[derive(Debug)]
pub struct Chat;

async fn open<N: Namespace>(_socket: &Socket<N>, Auth(_): Auth<Receipt>) -> Result<(), ConnectError> {
    Ok(())
}

async fn passed<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    next.run(event).await
}

#[namespace(
    "/chat/{id}",
    params(id: u64),
    session = u64,
    emits(Message, Moved, Paid),
    guard(open),
    middleware(passed),
    crate = "company::switchboard"
)]
impl Chat {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>, Params(id): Params<u64>) -> Result<u64, ConnectError> {
        socket.join(ChatRoom::User(*id))?;
        socket.join(Lobby)?;
        Ok(*id)
    }

    #[on(Message)]
    async fn message(&self, socket: &Socket<Self>, message: Message) -> Result<Receipt, String> {
        socket.broadcast().emit(&message).map_err(|error| error.to_string())?;
        Ok(Receipt { message_id: *socket.session(), sender: IpAddr::from([127, 0, 0, 1]) })
    }

    #[on(Unread)]
    fn unread(&self) {}
}

#[cfg(test)]
mod tests {
    use super::{Chat, ChatRoom, Lobby, Namespace, Room};
    use company::switchboard::schema::{Contract, Schemas};

    #[test]
    fn the_contract_is_there() {
        let schema = Chat::schema(&mut Schemas::new());
        assert_eq!((schema.path, schema.incoming.len(), schema.outgoing.len()), ("/chat/{id}", 2, 3));
        assert_eq!(schema.outgoing[1].arguments.len(), 2);
        let typescript = Contract::of::<Chat>().typescript().to_string();
        for field in ["by_flag: { false?: number; true?: number };", "id: string;", "rate: number | null;"] {
            assert!(typescript.contains(field), "{typescript}");
        }
        assert_eq!((ChatRoom::User(1).name(), Lobby.name()), ("user:1".into(), "lobby".into()));
    }
}
