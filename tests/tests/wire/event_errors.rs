//! `EventError`: the client gets its message, and the error hook gets its source.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use switchboard::{HandlerError, HandlerErrorKind, prelude::*};
use switchboard_tests::{TestServer, WebSocket};

#[derive(Debug)]
struct SaveError(std::num::ParseIntError);

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot save")
    }
}

impl std::error::Error for SaveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// A type that does not implement `std::error::Error`, as `anyhow::Error` does not.
struct Opaque;

impl From<Opaque> for Box<dyn std::error::Error + Send + Sync> {
    fn from(_: Opaque) -> Self {
        "opaque".into()
    }
}

#[event("news")]
struct News(f64);

struct Desk;

#[namespace("/", emits(News))]
impl Desk {
    #[on("plain")]
    fn plain(&self) -> Result<u8, EventError> {
        Err(EventError::new("say something"))
    }

    #[on("data")]
    fn data(&self) -> Result<u8, EventError> {
        Err(EventError::new("wait").data(&[1, 2]))
    }

    #[on("bad data")]
    fn bad_data(&self) -> Result<u8, EventError> {
        Err(EventError::new("wait").data(&BTreeMap::from([((1, 2), 3)])))
    }

    #[on("sourced")]
    fn sourced(&self, page: String) -> Result<u32, EventError> {
        page.parse().map_err(|error| EventError::new("a page is a number").source(error))
    }

    #[on("any error")]
    async fn any_error(&self, number: String) -> Result<u32, EventError> {
        Ok(number.parse::<u32>().map_err(SaveError)?)
    }

    #[on("emit")]
    fn emit(&self, socket: &Socket<Self>) -> Result<(), EventError> {
        socket.emit(News(f64::NAN))?;
        Ok(())
    }

    #[on("join")]
    fn join(&self, socket: &Socket<Self>) -> Result<(), EventError> {
        socket.join("one room")?;
        socket.join("one too many")?;
        Ok(())
    }

    #[on("opaque")]
    fn opaque(&self) -> Result<(), EventError> {
        Err(EventError::internal(Opaque))
    }

    #[on("by ack")]
    fn by_ack(&self, ack: Ack<u8>) -> Result<(), EventError> {
        drop(ack);
        Ok("x".parse::<u8>().map(drop)?)
    }

    #[on("guarded", middleware(refuse))]
    fn guarded(&self) {}

    #[on("listen")]
    fn listen(&self, socket: &Socket<Self>) {
        socket.on("heard", async |text: String, _ack: Ack<u8>| -> Result<(), EventError> {
            text.parse::<u8>()?;
            Ok(())
        });
    }

    /// A source of one event must not appear in the report of a later one.
    #[on("own error")]
    fn own_error(&self) -> Result<(), String> {
        Err("muted".to_owned())
    }
}

async fn refuse<N: Namespace>(event: EventContext<N>, _: impl Next<N>) -> Reply {
    event.refuse(EventError::new("no").source("because"))
}

type Reports = Arc<Mutex<Vec<(String, bool)>>>;

async fn desk() -> (TestServer, WebSocket, Reports) {
    let reports = Reports::default();
    let log = reports.clone();
    let hook = move |error: &HandlerError| {
        let internal = matches!(error.kind, HandlerErrorKind::Internal(_));
        log.lock().expect("a log").push((error.kind.to_string(), internal));
    };
    let server = TestServer::start(Server::new().namespace(Desk).max_rooms(1).on_error(hook)).await;
    let socket = WebSocket::joined(&server).await;
    (server, socket, reports)
}

#[tokio::test]
async fn the_client_gets_the_message_and_the_hook_gets_the_source() {
    let (_server, mut socket, reports) = desk().await;
    socket.send(r#"420["listen"]"#).await;
    socket.expect_text("430[]").await;
    for (event, answer, report, is_internal) in [
        (r#""plain""#, r#"{"message":"say something"}"#, r#"{"message":"say something"}"#, false),
        (r#""data""#, r#"{"message":"wait","data":[1,2]}"#, r#"{"message":"wait","data":[1,2]}"#, false),
        (
            r#""bad data""#,
            r#"{"message":"the server's answer cannot be written"}"#,
            "the acknowledgement cannot be written: key must be a string",
            false,
        ),
        (
            r#""sourced","x""#,
            r#"{"message":"a page is a number"}"#,
            "internal error: invalid digit found in string",
            true,
        ),
        (
            r#""any error","x""#,
            r#"{"message":"internal error"}"#,
            "internal error: cannot save: invalid digit found in string",
            true,
        ),
        (
            r#""emit""#,
            r#"{"message":"internal error"}"#,
            "internal error: event `news` cannot be written: the float NaN cannot be sent as a number; \
             `switchboard::float_or_null` sends it as `null`",
            true,
        ),
        (
            r#""join""#,
            r#"{"message":"cannot join the room: the limit is 1 rooms per socket"}"#,
            r#"{"message":"cannot join the room: the limit is 1 rooms per socket"}"#,
            false,
        ),
        (r#""opaque""#, r#"{"message":"internal error"}"#, "internal error: opaque", true),
        (r#""by ack""#, r#"{"message":"internal error"}"#, "internal error: invalid digit found in string", true),
        (r#""guarded""#, r#"{"message":"no"}"#, "internal error: because", true),
        (r#""heard","x""#, r#"{"message":"internal error"}"#, "internal error: invalid digit found in string", true),
        (r#""own error""#, r#""muted""#, r#""muted""#, false),
    ] {
        socket.send(&format!("421[{event}]")).await;
        socket.expect_text(&format!(r#"431[{{"error":{answer}}}]"#)).await;
        let reported = std::mem::take(&mut *reports.lock().expect("a log"));
        assert!(reported.contains(&(report.to_owned(), is_internal)), "{event}: {reported:?}");
    }
}

#[tokio::test]
async fn the_hook_gets_the_source_when_the_client_did_not_ask() {
    let (_server, mut socket, reports) = desk().await;
    socket.send(r#"42["any error","x"]"#).await;
    socket.send(r#"421["plain"]"#).await;
    socket.expect_text(r#"431[{"error":{"message":"say something"}}]"#).await;
    let expected = ("internal error: cannot save: invalid digit found in string".to_owned(), true);
    assert_eq!(reports.lock().expect("a log")[0], expected);
}
