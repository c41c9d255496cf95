//! `RawJson` wherever a payload can be.
#![deny(warnings)]

use switchboard::{
    prelude::*,
    schema::{Schema, Schemas},
};

#[event("whole", ack = RawJson)]
struct Whole(RawJson);

#[event("several", ack = Option<RawJson>)]
struct Several(u8, RawJson, Vec<RawJson>);

#[event("named")]
#[derive(Clone, Debug)]
struct Named {
    raw: RawJson,
    #[serde(default)]
    maybe: Option<RawJson>,
}

#[payload]
enum Refusal {
    Unknown(RawJson),
}

struct Relay;

#[namespace("/relay", emits(Whole, Several, Named))]
impl Relay {
    #[on("relay")]
    fn relay(&self, value: RawJson) -> RawJson {
        value
    }

    #[on("lent")]
    fn lent(&self, value: &RawJson, rest: Option<RawJson>) -> Result<usize, RawJson> {
        rest.map_or(Ok(value.as_str().len()), Err)
    }

    #[on(Whole)]
    async fn whole(&self, socket: Socket<Self>, Whole(value): Whole) -> RawJson {
        socket.emit_with_ack(Whole(value.clone())).await.unwrap_or(value)
    }

    #[on(Several)]
    fn several(&self, event: &Several) -> Result<Option<RawJson>, Refusal> {
        match event.2.first() {
            Some(value) => Ok(Some(value.clone())),
            None => Err(Refusal::Unknown(event.1.clone())),
        }
    }

    #[on(Named)]
    fn named(&self, socket: &Socket<Self>, event: Named) {
        let _ = (&event.raw, &event.maybe);
        let _ = socket.broadcast().emit(event);
    }
}

#[test]
fn any_value_is_described() {
    let relay = Relay::schema(&mut Schemas::new());
    assert_eq!(relay.incoming[0].arguments[0].schema, Schema::default());
    assert_eq!(relay.incoming[0].ack, [Schema::default()]);
}
