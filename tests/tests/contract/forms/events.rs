//! Events in both directions.

use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};

use super::*;

/// The server reads an event with the `read` arguments, and sends it back with the `written` ones.
async fn exchange_events(server: Server, written: &str, read: &str) {
    let contract = server.contract();
    let server = TestServer::start(server).await;
    let mut socket = WebSocket::joined(&server).await;
    let packet = |arguments: &str| {
        let rest = &arguments[1..];
        if rest == "]" { r#"42["it"]"#.to_owned() } else { format!("42[\"it\",{rest}") }
    };
    socket.send(&packet(read)).await;
    socket.expect_text(&packet(written)).await;
    assert_eq!(described(&contract, "incoming", "it", "arguments"), count(read), "arguments that the client sends");
    assert_eq!(described(&contract, "outgoing", "it", "arguments"), count(written), "arguments that the server sends");
}

macro_rules! events {
    ($($name:ident: $type:ident, $written:literal, $read:literal;)*) => { $(
        #[tokio::test]
        async fn $name() {
            struct Space;

            #[namespace("/", emits($type))]
            impl Space {
                #[on($type)]
                fn it(&self, socket: &Socket<Self>, it: $type) {
                    socket.emit(it).expect("sent");
                }
            }

            exchange_events(Server::new().namespace(Space), $written, $read).await;
        }
    )* };
}

#[event("it")]
struct EventUnit;

#[event("it")]
struct EventPair(u8, u8);

#[event("it")]
struct EventNewtype(u8);

#[event("it")]
struct EventAroundTuple((u8, u8));

#[event("it")]
struct EventAroundPair(Pair);

#[event("it")]
struct EventNamed {
    a: u8,
}

#[event("it")]
struct EventConditional(u8, #[cfg(any())] u8);

#[event("it")]
#[serde(transparent)]
struct EventThroughPair(Pair);

#[event("it")]
#[serde(transparent)]
struct EventThroughTuple((u8, u8));

#[event("it")]
#[serde(transparent)]
struct EventThroughTwice(Through<Documented>);

#[event("it")]
#[serde(transparent)]
struct EventThroughUnit(());

#[event("it")]
#[serde(from = "(u8, u8)", into = "(u8, u8)")]
#[derive(Clone)]
struct EventAsTuple(u8, u8);

#[event("it")]
#[serde(from = "Pair", into = "Pair")]
#[derive(Clone)]
struct EventAsPair {
    a: u8,
    b: u8,
}

#[event("it")]
#[serde(into = "(u8, u8)")]
#[derive(Clone)]
struct EventWrittenAsTuple(u8, u8);

#[event("it")]
#[serde(from = "(u8, u8)")]
struct EventReadAsTuple(u8, u8);

/// Events with derives instead of `#[event]`.
mod derived {
    use serde::{Deserialize, Serialize};
    use switchboard::Event;

    #[derive(Event, Serialize, Deserialize, schemars::JsonSchema)]
    #[event("it")]
    pub(super) struct Pair(u8, u8);

    #[derive(Event, Serialize, Deserialize, schemars::JsonSchema)]
    #[event("it")]
    pub(super) struct AroundTuple((u8, u8));

    #[derive(Event, Serialize, Deserialize)]
    #[event("it")]
    pub(super) struct Undescribed(u8, u8);

    #[derive(Event, Serialize, Deserialize, schemars::JsonSchema)]
    #[event("it")]
    #[serde(transparent)]
    pub(super) struct ThroughPair(super::Pair);

    #[derive(Event, Serialize, Deserialize, schemars::JsonSchema)]
    #[event("it")]
    #[serde(transparent)]
    pub(super) struct ByHand(super::ByHand);

    /// An event without an impl of `Deserialize`.
    #[derive(Event, Serialize, schemars::JsonSchema)]
    #[event("pair")]
    pub(super) struct Sent(pub u8, pub u8);

    #[derive(Event, Serialize, schemars::JsonSchema)]
    #[event("around")]
    pub(super) struct SentAroundTuple(pub (u8, u8));
}

use derived::{
    AroundTuple as DerivedAroundTuple, ByHand as DerivedByHand, Pair as DerivedPair, ThroughPair as DerivedThroughPair,
    Undescribed as DerivedUndescribed,
};

events! {
    event_unit: EventUnit, "[]", "[]";
    event_tuple_struct: EventPair, "[1,2]", "[1,2]";
    event_newtype: EventNewtype, "[1]", "[1]";
    event_newtype_of_tuple: EventAroundTuple, "[[1,2]]", "[[1,2]]";
    event_newtype_of_tuple_struct: EventAroundPair, "[[1,2]]", "[[1,2]]";
    event_named: EventNamed, r#"[{"a":1}]"#, r#"[{"a":1}]"#;
    event_conditional: EventConditional, "[1]", "[1]";
    event_transparent_tuple_struct: EventThroughPair, "[1,2]", "[1,2]";
    event_transparent_tuple: EventThroughTuple, "[[1,2]]", "[[1,2]]";
    event_transparent_twice: EventThroughTwice, "[1,2]", "[1,2]";
    event_transparent_unit: EventThroughUnit, "[]", "[]";
    event_as_tuple: EventAsTuple, "[[1,2]]", "[[1,2]]";
    event_as_tuple_struct: EventAsPair, "[1,2]", "[1,2]";
    event_written_as_tuple: EventWrittenAsTuple, "[[1,2]]", "[1,2]";
    event_read_as_tuple: EventReadAsTuple, "[1,2]", "[[1,2]]";
    derived_event_tuple_struct: DerivedPair, "[1,2]", "[1,2]";
    derived_event_newtype_of_tuple: DerivedAroundTuple, "[[1,2]]", "[[1,2]]";
    derived_event_undescribed: DerivedUndescribed, "[1,2]", "[1,2]";
    derived_event_transparent_tuple_struct: DerivedThroughPair, "[1,2]", "[1,2]";
    derived_event_by_hand: DerivedByHand, "[1,2]", "[1,2]";
}

/// Emits events that cannot be read.
struct Emitting;

#[namespace("/", emits(derived::Sent, derived::SentAroundTuple))]
impl Emitting {
    #[on("emit")]
    fn emit(&self, socket: &Socket<Self>) {
        socket.emit(derived::Sent(1, 2)).expect("sent");
        socket.emit(derived::SentAroundTuple((1, 2))).expect("sent");
    }
}

#[tokio::test]
async fn events_that_are_only_written() {
    let server = Server::new().namespace(Emitting);
    let contract = server.contract();
    let server = TestServer::start(server).await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"42["emit"]"#).await;
    socket.expect_text(r#"42["pair",1,2]"#).await;
    socket.expect_text(r#"42["around",[1,2]]"#).await;
    assert_eq!(described(&contract, "outgoing", "pair", "arguments"), 2);
    assert_eq!(described(&contract, "outgoing", "around", "arguments"), 1);
}

convert! {
    (u8, u8) => EventAsTuple: (a, b) => Self(a, b);
    EventAsTuple => (u8, u8): EventAsTuple(a, b) => (a, b);
    Pair => EventAsPair: Pair(a, b) => Self { a, b };
    EventAsPair => Pair: EventAsPair { a, b } => Self(a, b);
    EventWrittenAsTuple => (u8, u8): EventWrittenAsTuple(a, b) => (a, b);
    (u8, u8) => EventReadAsTuple: (a, b) => Self(a, b);
}
