//! The number of values that go over a connection, and the number in the contract, for each form that serde knows.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeTupleStruct, Serializer};
use serde_json::Value;
use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct Pair(u8, u8);

const PAIR: Pair = Pair(1, 2);

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct One(u8);

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct AroundTuple((u8, u8));

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct Around<T>(T);

#[payload]
#[serde(transparent)]
#[derive(Clone, Debug, PartialEq)]
struct Through<T>(T);

#[payload]
#[serde(transparent)]
#[derive(Clone, Debug, PartialEq)]
struct ThroughPair(Pair);

/// It has a definition of its own, because of this comment.
#[payload]
#[serde(transparent)]
#[derive(Clone, Debug, PartialEq)]
struct Documented(Pair);

#[payload]
#[serde(from = "(u8, u8)", into = "(u8, u8)")]
#[derive(Clone, Debug, PartialEq)]
struct AsTuple {
    a: u8,
    b: u8,
}

#[payload]
#[serde(from = "Pair", into = "Pair")]
#[derive(Clone, Debug, PartialEq)]
struct AsPair {
    a: u8,
    b: u8,
}

#[payload]
#[serde(try_from = "Through<AsPair>", into = "Through<AsPair>")]
#[derive(Clone, Debug, PartialEq)]
struct AsAsPair(Vec<u8>);

/// It is written as a list, and read as two values.
#[payload]
#[serde(into = "(u8, u8)")]
#[derive(Clone, Debug, PartialEq)]
struct WrittenAsTuple(u8, u8);

/// It is read as a list, and written as two values.
#[payload]
#[serde(from = "(u8, u8)")]
#[derive(Clone, Debug, PartialEq)]
struct ReadAsTuple(u8, u8);

/// With all fields that rustc sees, it is a newtype.
#[payload]
#[serde(from = "Pair")]
#[derive(Clone, Debug, PartialEq)]
struct ReadAsPair(u8, #[cfg(any())] u8);

#[payload]
#[serde(from = "()", into = "()")]
#[derive(Clone, Debug, PartialEq)]
struct AsUnit {
    data: u8,
}

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct Unit;

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct NoFields();

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct Skipping(u8, #[serde(skip)] u8);

#[payload]
#[derive(Clone, Debug, PartialEq)]
enum Tagged {
    Pair(u8, u8),
}

#[payload]
#[serde(untagged)]
#[derive(Clone, Debug, PartialEq)]
enum Untagged {
    Pair(u8, u8),
}

/// Types as other crates have them, with derives instead of `#[payload]`.
mod other {
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
    pub(super) struct Pair(pub u8, pub u8);

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
    pub(super) struct AroundTuple(pub (u8, u8));

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
    #[serde(from = "(u8, u8)", into = "(u8, u8)")]
    pub(super) struct AsTuple(pub u8, pub u8);

    /// Without a description.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Undescribed(pub u8, pub u8);

    /// A type without an impl of `Deserialize`.
    #[derive(Serialize, schemars::JsonSchema)]
    pub(super) struct Sent(pub u8, pub u8);

    #[derive(Serialize, schemars::JsonSchema)]
    pub(super) struct SentUnit;
}

/// A struct that hand-written impls make a tuple struct.
#[derive(Clone, Debug, PartialEq, schemars::JsonSchema)]
#[schemars(with = "other::Pair")]
struct ByHand {
    a: u8,
    b: u8,
}

impl Serialize for ByHand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_tuple_struct("ByHand", 2)?;
        fields.serialize_field(&self.a)?;
        fields.serialize_field(&self.b)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for ByHand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let other::Pair(a, b) = other::Pair::deserialize(deserializer)?;
        Ok(Self { a, b })
    }
}

macro_rules! convert {
    ($($from:ty => $into:ty: $pattern:pat => $value:expr;)*) => { $(
        impl From<$from> for $into {
            fn from($pattern: $from) -> Self {
                $value
            }
        }
    )* };
}

convert! {
    (u8, u8) => AsTuple: (a, b) => Self { a, b };
    AsTuple => (u8, u8): AsTuple { a, b } => (a, b);
    Pair => AsPair: Pair(a, b) => Self { a, b };
    AsPair => Pair: AsPair { a, b } => Self(a, b);
    Through<AsPair> => AsAsPair: Through(AsPair { a, b }) => Self(vec![a, b]);
    AsAsPair => Through<AsPair>: AsAsPair(list) => Self(AsPair { a: list[0], b: list[1] });
    WrittenAsTuple => (u8, u8): WrittenAsTuple(a, b) => (a, b);
    (u8, u8) => ReadAsTuple: (a, b) => Self(a, b);
    Pair => ReadAsPair: Pair(a, _) => Self(a);
    () => AsUnit: () => Self { data: 1 };
    AsUnit => (): _ => ();
    (u8, u8) => other::AsTuple: (a, b) => Self(a, b);
    other::AsTuple => (u8, u8): other::AsTuple(a, b) => (a, b);
    (u8, u8) => EventAsTuple: (a, b) => Self(a, b);
    EventAsTuple => (u8, u8): EventAsTuple(a, b) => (a, b);
    Pair => EventAsPair: Pair(a, b) => Self { a, b };
    EventAsPair => Pair: EventAsPair { a, b } => Self(a, b);
    EventWrittenAsTuple => (u8, u8): EventWrittenAsTuple(a, b) => (a, b);
    (u8, u8) => EventReadAsTuple: (a, b) => Self(a, b);
}

fn count(json: &str) -> usize {
    serde_json::from_str::<Vec<Value>>(json).expect("a list").len()
}

/// How many entries a list of the contract's only event in this direction has.
fn described(contract: &switchboard::schema::Contract, direction: &str, event: &str, list: &str) -> usize {
    let lock: Value = serde_json::from_str(contract.lock().as_str()).expect("a lock file");
    let events = lock["namespaces"][0][direction].as_array().expect("events");
    let event = events.iter().find(|it| it["name"] == event).expect("the event");
    event[list].as_array().map_or(0, Vec::len)
}

/// The server answers "ask" with the `written` values, and reads the `read` values as the client's answer to "tell".
async fn exchange_acks(server: Server, written: &str, read: &str) {
    let contract = server.contract();
    let server = TestServer::start(server).await;
    let mut socket = WebSocket::joined(&server).await;

    socket.send(r#"421["ask"]"#).await;
    socket.expect_text(&format!("431{written}")).await;
    assert_eq!(described(&contract, "incoming", "ask", "ack"), count(written), "values of the server's answer");

    socket.send(r#"422["told"]"#).await;
    let question = socket.next_text().await;
    let id = question.strip_prefix("42").and_then(|rest| rest.strip_suffix(r#"["tell"]"#)).expect("a question");
    socket.send(&format!("43{id}{read}")).await;
    socket.expect_text("432[true]").await;
    assert_eq!(described(&contract, "outgoing", "tell", "ack"), count(read), "values of the client's answer");
}

macro_rules! acks {
    ($($name:ident: $type:ty = $value:expr, $written:literal, $read:literal;)*) => { $(
        #[tokio::test]
        async fn $name() {
            #[event("tell", ack = $type)]
            struct Tell;

            struct Space;

            #[namespace("/", emits(Tell))]
            impl Space {
                #[on("ask")]
                fn ask(&self) -> $type {
                    $value
                }

                #[on("told")]
                async fn told(&self, socket: &Socket<Self>) -> Result<bool, String> {
                    let told = socket.emit_with_ack(Tell).await.map_err(|error| error.to_string())?;
                    Ok(told == $value)
                }
            }

            exchange_acks(Server::new().namespace(Space), $written, $read).await;
        }
    )* };
}

acks! {
    ack_number: u8 = 1, "[1]", "[1]";
    ack_nothing: () = (), "[]", "[]";
    ack_tuple: (u8, u8) = (1, 2), "[[1,2]]", "[[1,2]]";
    ack_option: Option<Pair> = Some(PAIR), "[[1,2]]", "[[1,2]]";
    ack_tuple_struct: Pair = PAIR, "[1,2]", "[1,2]";
    ack_boxed_tuple_struct: Box<Pair> = Box::new(PAIR), "[1,2]", "[1,2]";
    ack_newtype: One = One(1), "[1]", "[1]";
    ack_newtype_of_tuple: AroundTuple = AroundTuple((1, 2)), "[[1,2]]", "[[1,2]]";
    ack_newtype_of_tuple_struct: Around<Pair> = Around(PAIR), "[[1,2]]", "[[1,2]]";
    ack_newtype_of_unit: Around<()> = Around(()), "[null]", "[null]";
    ack_transparent_number: Through<u8> = Through(1), "[1]", "[1]";
    ack_transparent_tuple: Through<(u8, u8)> = Through((1, 2)), "[[1,2]]", "[[1,2]]";
    ack_transparent_tuple_struct: ThroughPair = ThroughPair(PAIR), "[1,2]", "[1,2]";
    ack_documented_transparent_tuple_struct: Documented = Documented(PAIR), "[1,2]", "[1,2]";
    ack_transparent_twice: Through<Through<Documented>> = Through(Through(Documented(PAIR))), "[1,2]", "[1,2]";
    ack_transparent_newtype: Through<Around<Pair>> = Through(Around(PAIR)), "[[1,2]]", "[[1,2]]";
    ack_transparent_unit: Through<()> = Through(()), "[]", "[]";
    ack_as_tuple: AsTuple = AsTuple { a: 1, b: 2 }, "[[1,2]]", "[[1,2]]";
    ack_as_tuple_struct: AsPair = AsPair { a: 1, b: 2 }, "[1,2]", "[1,2]";
    ack_as_a_type_as_tuple_struct: AsAsPair = AsAsPair(vec![1, 2]), "[1,2]", "[1,2]";
    ack_newtype_of_a_type_as_tuple_struct: Around<AsPair> = Around(AsPair { a: 1, b: 2 }), "[[1,2]]", "[[1,2]]";
    ack_written_as_tuple: WrittenAsTuple = WrittenAsTuple(1, 2), "[[1,2]]", "[1,2]";
    ack_read_as_tuple: ReadAsTuple = ReadAsTuple(1, 2), "[1,2]", "[[1,2]]";
    ack_read_as_tuple_struct: ReadAsPair = ReadAsPair(1), "[1]", "[1,2]";
    ack_transparent_written_as_tuple: Through<WrittenAsTuple> = Through(WrittenAsTuple(1, 2)), "[[1,2]]", "[1,2]";
    ack_transparent_read_as_tuple: Through<ReadAsTuple> = Through(ReadAsTuple(1, 2)), "[1,2]", "[[1,2]]";
    ack_newtype_written_as_tuple: Around<WrittenAsTuple> = Around(WrittenAsTuple(1, 2)), "[[1,2]]", "[[1,2]]";
    ack_newtype_read_as_tuple: Around<ReadAsTuple> = Around(ReadAsTuple(1, 2)), "[[1,2]]", "[[1,2]]";
    ack_unit_struct: Unit = Unit, "[]", "[]";
    ack_tuple_struct_without_fields: NoFields = NoFields(), "[]", "[]";
    ack_data_as_unit: AsUnit = AsUnit { data: 1 }, "[null]", "[]";
    ack_boxed_nothing: Box<()> = Box::new(()), "[null]", "[]";
    ack_tuple_struct_with_a_skipped_field: Skipping = Skipping(1, 0), "[1]", "[1]";
    ack_tagged_enum: Tagged = Tagged::Pair(1, 2), r#"[{"Pair":[1,2]}]"#, r#"[{"Pair":[1,2]}]"#;
    ack_untagged_enum: Untagged = Untagged::Pair(1, 2), "[[1,2]]", "[[1,2]]";
    ack_other_tuple_struct: other::Pair = other::Pair(1, 2), "[1,2]", "[1,2]";
    ack_other_newtype_of_tuple: other::AroundTuple = other::AroundTuple((1, 2)), "[[1,2]]", "[[1,2]]";
    ack_other_as_tuple: other::AsTuple = other::AsTuple(1, 2), "[[1,2]]", "[[1,2]]";
    ack_undescribed_tuple_struct: other::Undescribed = other::Undescribed(1, 2), "[1,2]", "[1,2]";
    ack_by_hand: ByHand = ByHand { a: 1, b: 2 }, "[1,2]", "[1,2]";
    ack_transparent_by_hand: Through<ByHand> = Through(ByHand { a: 1, b: 2 }), "[1,2]", "[1,2]";
}

/// Answers with types that cannot be read.
struct Sending;

/// A payload that only `'static` data can be read as.
#[payload]
struct Code(&'static str, u8);

#[namespace("/")]
impl Sending {
    #[on("pair")]
    fn pair(&self) -> other::Sent {
        other::Sent(1, 2)
    }

    #[on("unit")]
    fn unit(&self) -> other::SentUnit {
        other::SentUnit
    }

    #[on("code")]
    fn code(&self) -> Code {
        Code("full", 1)
    }
}

#[tokio::test]
async fn answers_that_are_only_written() {
    let server = Server::new().namespace(Sending);
    let contract = server.contract();
    let server = TestServer::start(server).await;
    let mut socket = WebSocket::joined(&server).await;
    for (event, answer) in [("pair", "[1,2]"), ("unit", "[]"), ("code", r#"["full",1]"#)] {
        socket.send(&format!("421[\"{event}\"]")).await;
        socket.expect_text(&format!("431{answer}")).await;
        assert_eq!(described(&contract, "incoming", event, "ack"), count(answer), "{event}");
    }
}

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
