//! The ready-made error of handlers.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde::ser::{Error as _, Serialize, SerializeStruct as _, Serializer};

use crate::escape;
use crate::namespace::JoinError;
use crate::wire::RawJson;

/// An error that a handler can return, and that `?` makes of any other error.
///
/// The client gets `{ "error": { "message": .., "data": .. } }`, without `data` if none was given.
///
/// An error that `?` converts is the server's own affair: the client gets the message `internal error`, and the
/// [error hook](crate::Server::on_error) receives the error itself as
/// [`HandlerErrorKind::Internal`](crate::HandlerErrorKind::Internal). The one exception is [`JoinError`], whose message the
/// client gets.
///
/// ```
/// use switchboard::prelude::*;
///
/// #[event("news")]
/// struct News(String);
///
/// struct Paper;
///
/// #[namespace("/paper", emits(News))]
/// impl Paper {
///     #[on("publish")]
///     fn publish(&self, socket: &Socket<Self>, text: String) -> Result<usize, EventError> {
///         if text.is_empty() {
///             return Err(EventError::new("cannot publish: the text is empty"));
///         }
///         Ok(socket.broadcast().emit(News(text))?.sent)
///     }
/// }
/// ```
///
/// To tell clients more than a message in a form that they can rely on, return an error type of your own: any type that
/// is `Serialize` can be one, and the [contract](crate::schema) describes it.
#[derive(Clone)]
pub struct EventError {
    message: String,
    /// The reason is kept as text: the error of serde_json cannot be cloned.
    data: Option<Result<RawJson, String>>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl EventError {
    /// An error with a message for the client.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), data: None, source: None }
    }

    /// An error that the client sees as `internal error`, and the error hook in full. `?` does the same for types that
    /// implement [`std::error::Error`]; others, such as `anyhow::Error`, are converted by
    /// `.map_err(EventError::internal)?`.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new("internal error").source(source)
    }

    /// Adds data for the client's program, which finds it as `error.data`.
    ///
    /// A value that JSON cannot express fails the acknowledgement: the client gets
    /// `{ "error": { "message": "the server's answer cannot be written" } }`, and the error hook the reason.
    #[must_use]
    pub fn data<T: Serialize + ?Sized>(mut self, data: &T) -> Self {
        self.data = Some(RawJson::from_value(data).map_err(|error| error.to_string()));
        self
    }

    /// Adds the error's cause for the error hook. The client does not get it.
    ///
    /// ```
    /// # use switchboard::EventError;
    /// fn parse(text: &str) -> Result<u32, EventError> {
    ///     text.parse().map_err(|error| EventError::new("a page is a number").source(error))
    /// }
    /// # assert_eq!(parse("x").unwrap_err().message(), "a page is a number");
    /// ```
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// The message that the client gets.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for EventError {
    fn from(error: E) -> Self {
        let visible = (&error as &dyn Error).downcast_ref::<JoinError>().map(ToString::to_string);
        match visible {
            Some(message) => Self::new(message),
            None => Self::internal(error),
        }
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape::message(&self.message))
    }
}

impl fmt::Debug for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut error = f.debug_struct("EventError");
        error.field("message", &self.message);
        if let Some(data) = &self.data {
            error.field("data", data);
        }
        if let Some(source) = &self.source {
            error.field("source", source);
        }
        error.finish()
    }
}

impl Serialize for EventError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(source) = &self.source {
            CAPTURE.with_borrow_mut(|capture| {
                if matches!(capture, Capture::Waiting) {
                    *capture = Capture::Captured(source.clone());
                }
            });
        }
        let data = self.data.as_ref().map(Result::as_ref).transpose().map_err(S::Error::custom)?;
        let mut error = serializer.serialize_struct("EventError", 1 + usize::from(data.is_some()))?;
        error.serialize_field("message", &self.message)?;
        if let Some(data) = data {
            error.serialize_field("data", data)?;
        }
        error.end()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for EventError {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EventError".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "properties": { "message": { "type": "string" }, "data": {} },
            "required": ["message"],
        })
    }
}

/// The source of the [`EventError`] that this thread serializes.
enum Capture {
    /// [`with_source`] is not running.
    Off,
    /// No [`EventError`] with a source has been serialized yet.
    Waiting,
    Captured(Arc<dyn Error + Send + Sync>),
}

thread_local! {
    /// A handler's error is any `Serialize`, and may borrow, so that it cannot be downcast: its source can only leave it
    /// while it is serialized.
    static CAPTURE: RefCell<Capture> = const { RefCell::new(Capture::Off) };
}

/// Runs `serialize`; returns its result and the source of the [`EventError`] that it serialized, if there was one.
pub(super) fn with_source<T>(serialize: impl FnOnce() -> T) -> (T, Option<Arc<dyn Error + Send + Sync>>) {
    CAPTURE.set(Capture::Waiting);
    let result = serialize();
    let source = match CAPTURE.replace(Capture::Off) {
        Capture::Captured(source) => Some(source),
        Capture::Off | Capture::Waiting => None,
    };
    (result, source)
}

/// An error and its sources: `cannot save: disk full`.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        // Some errors repeat their source in their own message.
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
