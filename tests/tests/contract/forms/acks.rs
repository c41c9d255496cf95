//! Acknowledgements in both directions.

use switchboard::prelude::*;
use switchboard_tests::{TestServer, WebSocket};

use super::*;

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
