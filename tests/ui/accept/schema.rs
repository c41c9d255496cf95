//! The schemas that the macros generate.
#![deny(warnings)]

use switchboard::{
    prelude::*,
    schema::{Contract, Direction, NamespaceSchema, Schema, Schemas, UNKNOWN},
};

/// A message.
#[event("message", ack = Option<u8>)]
struct Message {
    /// What it says.
    text: String,
    #[serde(default)]
    urgent: bool,
}

#[event("moved")]
struct Moved(f64, Option<f64>);

#[payload]
struct Page<T> {
    rows: Vec<T>,
}

#[payload]
enum Refusal {
    Muted,
}

/// A type without a schema: it compiles, and is not described.
#[derive(serde::Deserialize)]
struct Undescribed;

struct Chat;

/// Where people talk.
#[namespace("/chat", emits(Message, Moved))]
impl Chat {
    /// Lists what was said.
    ///
    /// Newest first.
    #[on("list")]
    fn list(
        &self,
        _socket: &Socket<Self>,
        room: String,
        _limit: Option<u32>,
        (_, _): (u8, u8),
        _undescribed: Undescribed,
    ) -> Result<Page<Message>, Refusal> {
        if room.is_empty() { Err(Refusal::Muted) } else { Ok(Page { rows: vec![] }) }
    }

    #[on(Moved)]
    fn moved(&self) {}
}

#[test]
fn describes_the_contract() {
    let mut schemas = Schemas::new();
    let chat = Chat::schema(&mut schemas);
    assert_eq!((chat.path, chat.documentation), ("/chat", "Where people talk."));

    let [list, moved] = &chat.incoming[..] else { panic!("two handlers") };
    assert_eq!((list.name, list.documentation), ("list", "Lists what was said.\n\nNewest first."));
    let arguments: Vec<_> = list.arguments.iter().map(|argument| (argument.name, argument.optional)).collect();
    assert_eq!(arguments, [(Some("room"), false), (Some("limit"), true), (None, false), (Some("undescribed"), false)]);
    let undescribed = list.arguments[3].schema.get(UNKNOWN).unwrap();
    assert!(undescribed.as_str().unwrap().ends_with("::Undescribed"), "{undescribed}");
    assert_eq!(list.ack[0].get("$ref").unwrap(), "#/components/schemas/Page_Message");
    assert_eq!(list.error.as_ref().unwrap().get("$ref").unwrap(), "#/components/schemas/Refusal");
    assert_eq!((moved.name, moved.arguments.len(), moved.arguments[1].optional), ("moved", 2, true));
    assert!(moved.ack.is_empty());
    assert!(moved.error.is_none());

    let [message, moved] = &chat.outgoing[..] else { panic!("two events") };
    assert_eq!((message.name, message.documentation, message.arguments.len()), ("message", "A message.", 1));
    assert_eq!(moved.name, "moved");

    // A sent message contains every field. A received one may omit fields with a default.
    let required = |schemas: &mut Schemas, direction| {
        schemas.describe::<Message>(direction);
        let definitions = schemas.definitions(direction);
        definitions["Message"]["required"].as_array().map(Vec::len)
    };
    assert_eq!(required(&mut schemas, Direction::Outgoing), Some(2));
    assert_eq!(required(&mut schemas, Direction::Incoming), Some(1));
}

#[payload]
struct Credentials {
    name: String,
}

#[payload]
struct Locale {
    language: Option<String>,
}

type From<T> = Auth<T>;

async fn known(Auth(_): Auth<Credentials>) -> Result<(), ConnectError> {
    Ok(())
}

async fn lent<N: Namespace>(_: &Socket<N>, _: Handshake, _: From<Locale>) -> Result<(), ConnectError> {
    Ok(())
}

async fn open() -> Result<(), ConnectError> {
    Ok(())
}

struct Guarded;

#[namespace("/guarded", guard(known, lent, open), session = Credentials)]
impl Guarded {
    #[on_connect]
    fn enter(&self, _: Handshake, Auth(who): From<Credentials>) -> Credentials {
        who
    }
}

struct Hooked;

#[namespace("/hooked/{room}")]
impl Hooked {
    #[on_connect]
    fn enter(&self, _: Socket<Self>, _: Auth<Undescribed>) {}
}

#[test]
fn tells_what_auth_is() {
    let mut schemas = Schemas::new();
    let auth = |schema: NamespaceSchema| schema.auth.map(Schema::to_value);
    let reference = |name| serde_json::json!({ "$ref": format!("#/components/schemas/{name}") });
    assert_eq!(auth(Chat::schema(&mut schemas)), None);
    assert_eq!(
        auth(Guarded::schema(&mut schemas)),
        Some(serde_json::json!({ "allOf": [reference("Credentials"), reference("Locale")] })),
    );
    let hooked = auth(Hooked::schema(&mut schemas)).unwrap();
    assert!(hooked[UNKNOWN].as_str().unwrap().ends_with("::Undescribed"), "{hooked}");
}

struct Opaque;

#[namespace("/opaque", session = Vec<Undescribed>)]
impl Opaque {
    #[on_connect]
    fn enter(&self) -> Vec<Undescribed> {
        Vec::new()
    }
}

#[test]
fn tells_what_the_session_is() {
    let mut schemas = Schemas::new();
    assert_eq!(Chat::schema(&mut schemas).session, None);
    let session = Guarded::schema(&mut schemas).session.unwrap();
    assert_eq!(session.get("$ref").unwrap(), "#/components/schemas/Credentials");
    // The session comes from the server, so it has the form of a sent value.
    assert!(schemas.definitions(Direction::Outgoing).contains_key("Credentials"));
    let opaque = Opaque::schema(&mut schemas).session.unwrap().to_value();
    assert!(opaque["items"][UNKNOWN].as_str().unwrap().ends_with("::Undescribed"), "{opaque}");
}

/// A session needs no schema, and is not reported as unknown.
#[test]
fn a_session_that_cannot_be_described_is_no_gap() {
    assert_eq!(Contract::of::<Opaque>().unknowns(), []);
    assert!(!Contract::of::<Opaque>().typescript().as_str().contains("Session"));
    assert!(Contract::of::<Guarded>().typescript().as_str().contains("GuardedSession"));
}
