//! A namespace that is generic over its storage, with handlers named like the trait's own functions.
#![deny(warnings)]

use std::collections::HashMap;
use switchboard::prelude::*;

#[event("message", ack = u64)]
struct Message {
    text: String,
}

#[event("typing")]
struct Typing {
    room: String,
}

trait Store: Send + Sync + 'static {
    type Row: serde::Serialize + Send;
    fn get(&self) -> u32;
    fn row(&self) -> Self::Row;
}

struct Shop<S, const FLOOR: u8> {
    store: S,
}

#[namespace("/shop", session = S::Row, emits(Message, Typing))]
impl<S, const FLOOR: u8> Shop<S, FLOOR>
where
    S: Store,
    S::Row: Sync,
{
    #[on_connect]
    fn session(&self) -> S::Row {
        self.store.row()
    }

    #[on("get")]
    async fn dispatch(&self, socket: &Socket<Self>, all: Vec<Option<HashMap<String, u8>>>) -> u32 {
        let _ = (all, socket.session());
        self.store.get() + u32::from(FLOOR)
    }

    #[on("row")]
    fn schema(&self) -> Result<S::Row, String> {
        Ok(self.store.row())
    }

    #[on(Typing)]
    async fn connect(&self, socket: Socket<Shop<S, FLOOR>>, typing: Typing) -> Result<(), String> {
        socket.emit(&Message { text: typing.room }).map_err(|error| error.to_string())
    }
}

struct Memory;

impl Store for Memory {
    type Row = String;

    fn get(&self) -> u32 {
        7
    }

    fn row(&self) -> String {
        String::new()
    }
}

#[test]
fn has_a_path() {
    assert_eq!(<Shop<Memory, 3> as Namespace>::PATH, "/shop");
}
