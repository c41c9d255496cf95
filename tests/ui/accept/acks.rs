//! Handlers that take their acknowledgement as a value.
#![deny(warnings)]

use switchboard::{
    prelude::*,
    schema::{NamespaceSchema, Schemas},
};

#[event("order", ack = Receipt)]
struct Order(String);

#[payload]
struct Receipt {
    id: u64,
}

#[payload]
enum Refusal {
    Closed,
}

type Answer<T> = Result<T, Refusal>;
type Later = Ack<Vec<u8>>;

struct Kitchen;

#[namespace("/kitchen")]
impl Kitchen {
    #[on(Order)]
    async fn order(&self, order: Order, ack: Ack<Receipt>) -> Answer<()> {
        std::future::ready(()).await;
        if order.0.is_empty() {
            return Err(Refusal::Closed);
        }
        drop(ack.send(Receipt { id: 1 }));
        Ok(())
    }

    #[on("by alias")]
    fn by_alias(&self, ack: Later, _socket: &Socket<Self>, n: u8) {
        drop(ack.send(vec![n]));
    }

    #[on("in front")]
    fn in_front(&self, ack: Ack<()>, n: u8) -> Result<(), String> {
        if n > 0 {
            ack.send(()).map_err(|error| error.to_string())
        } else {
            ack.fail(n).map_err(|error| error.to_string())
        }
    }

    #[on("by return")]
    fn by_return(&self, n: u8) -> u8 {
        n
    }

    #[on_disconnecting]
    fn going(&self, socket: &Socket<Self>, _reason: DisconnectReason) {
        socket.leave("kitchen");
    }
}

/// Generic over the payload.
struct Generic<T>(std::marker::PhantomData<fn() -> T>);

#[namespace("/generic")]
impl<T: serde::Serialize + serde::de::DeserializeOwned + Send + 'static> Generic<T> {
    #[on("echo")]
    fn echo(&self, value: T, ack: Ack<T>) {
        drop(ack.send(value));
    }
}

#[test]
fn the_acknowledgement_is_described() {
    let NamespaceSchema { incoming, .. } = Kitchen::schema(&mut Schemas::new());
    let described = |name: &str| {
        let event = incoming.iter().find(|event| event.name == name).unwrap();
        (
            event.ack.iter().map(|value| value.as_value().to_string()).collect::<String>(),
            event.error.is_some(),
            event.arguments.len(),
        )
    };
    assert_eq!(described("order"), (r##"{"$ref":"#/components/schemas/Receipt"}"##.to_owned(), true, 1));
    assert!(described("by alias").0.contains(r#""type":"array""#));
    assert_eq!(described("by alias").2, 1);
    assert_eq!(described("in front"), (String::new(), true, 1));
    assert!(described("by return").0.contains("integer"));
}
