//! Replies: the outcomes of handled events, and the conversion of a handler's return value to one.

use super::{Rejection, event_error};
use crate::protocol::encode::{AckSlot, Answer, UnsentAnswer};
use serde::Serialize;
use std::{error::Error, fmt, sync::Arc};

/// The outcome of an event. Middleware can inspect it and passes it on.
#[must_use = "a reply that nobody returns is an acknowledgement that the client waits for"]
pub struct Reply(ReplyKind);

pub(crate) enum ReplyKind {
    /// Handled. The client requested no acknowledgement.
    Silent,
    /// Handled, with the acknowledgement.
    Answered(Answer),
    /// Not handled, or the handler returned an `Err`. Contains an acknowledgement if the client requested one.
    Failed(Box<Failed>),
    /// No handler has this name.
    Unknown,
}

/// A failed event. Boxed, to keep the replies of other events small.
pub(crate) struct Failed {
    pub(crate) ack: Option<Answer>,
    pub(crate) error: HandlerFailure,
}

/// The cause of a failure, for the server's error hook.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandlerFailure {
    /// The handler's `Err`, as JSON, because error types only need to be `Serialize`.
    #[error("{0}")]
    Returned(String),
    /// The source of the handler's [`EventError`](super::EventError), or of one that a middleware rejected the event with.
    #[error("{}", event_error::chain(&**.0))]
    Internal(Arc<dyn Error + Send + Sync>),
    /// The error of a middleware that rejected the event, as JSON.
    #[error("refused: {0}")]
    Refused(String),
    /// The arguments did not fit the handler's parameters.
    #[error("{}", .0.message())]
    Rejected(Rejection),
    /// The acknowledgement cannot be serialized to JSON: for example, a map with keys that are not strings.
    #[error("the acknowledgement cannot be written: {0}")]
    Unwritable(serde_json::Error),
    /// The acknowledgement is an object with `error` as its only key.
    #[error("the acknowledgement looks like a failure")]
    AckLooksLikeFailure,
}

impl Reply {
    /// Creates the reply to an event without a handler.
    pub fn unknown() -> Self {
        Self(ReplyKind::Unknown)
    }

    /// Creates a reply that sends no acknowledgement, even if the client requested one, and reports nothing to the
    /// error hook.
    pub(super) fn silent() -> Self {
        Self(ReplyKind::Silent)
    }

    /// Returns `true` if the event failed: it has no handler, its arguments did not fit, it was rejected, or the
    /// handler returned an `Err`.
    pub fn is_error(&self) -> bool {
        matches!(self.0, ReplyKind::Failed(_) | ReplyKind::Unknown)
    }

    fn failed(ack: Option<Answer>, error: HandlerFailure) -> Self {
        Self(ReplyKind::Failed(Box::new(Failed { ack, error })))
    }

    pub(crate) fn into_kind(self) -> ReplyKind {
        self.0
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ReplyKind::Silent => f.write_str("Silent"),
            ReplyKind::Answered(_) => f.write_str("Answered"),
            ReplyKind::Failed(failed) => write!(f, "Failed({})", failed.error),
            ReplyKind::Unknown => f.write_str("Unknown"),
        }
    }
}

/// Creates the reply to an event: the part of the event's context that remains after its arguments are dropped.
///
/// Values are serialized only if the client requested an acknowledgement.
#[derive(Clone, Copy)]
pub struct Responder {
    ack: AckMode,
}

/// Determines whether and how an event is acknowledged.
#[derive(Clone, Copy)]
pub(super) enum AckMode {
    NotRequested,
    /// The reply acknowledges the event.
    ByReply(AckSlot),
    /// The extracted [`Ack`](super::Ack) acknowledges the event, unless handling the event fails first.
    ByHandle(AckSlot),
}

impl AckMode {
    #[inline(always)]
    pub(super) fn new(ack: Option<AckSlot>) -> Self {
        ack.map_or(Self::NotRequested, Self::ByReply)
    }

    pub(super) fn slot(self) -> Option<AckSlot> {
        match self {
            Self::NotRequested => None,
            Self::ByReply(slot) | Self::ByHandle(slot) => Some(slot),
        }
    }
}

impl Responder {
    pub(super) fn new(ack: AckMode) -> Self {
        Self { ack }
    }

    /// Returns `true` if the client requested an acknowledgement.
    pub fn wants_ack(self) -> bool {
        self.ack.slot().is_some()
    }

    /// Acknowledges the event with `value`, or without a value if it is `()`. If an [`Ack`](crate::Ack) was extracted,
    /// nothing is sent, because the `Ack` acknowledges the event.
    ///
    /// The event fails if `value` cannot be serialized, or is an object with `error` as its only key: clients would take it
    /// for a failure.
    pub fn answer<T: Serialize + ?Sized>(self, value: &T) -> Reply {
        let AckMode::ByReply(slot) = self.ack else { return Reply(ReplyKind::Silent) };
        match slot.answer(value) {
            Ok(ack) => Reply(ReplyKind::Answered(ack)),
            Err(UnsentAnswer::Unwritable(error)) => self.unwritable(error),
            Err(UnsentAnswer::LooksLikeFailure) => {
                let ack = slot.failure(&Rejection::looks_like_failure()).ok();
                Reply::failed(ack, HandlerFailure::AckLooksLikeFailure)
            }
        }
    }

    /// Acknowledges the event with `{ "error": error }`, and reports the error to the server's error hook.
    pub fn fail<E: Serialize + ?Sized>(self, error: &E) -> Reply {
        self.failure(error, HandlerFailure::Returned)
    }

    /// Acknowledges the event with `{ "error": { "message": .. } }`, because its arguments do not fit.
    pub fn reject(self, rejection: Rejection) -> Reply {
        let ack = self.ack.slot().and_then(|slot| slot.failure(&rejection).ok());
        Reply::failed(ack, HandlerFailure::Rejected(rejection))
    }

    pub(super) fn failure<E: Serialize + ?Sized>(self, error: &E, cause: fn(String) -> HandlerFailure) -> Reply {
        let (text, source) = event_error::with_source(|| serde_json::to_string(error));
        let text = match text {
            Ok(text) => text,
            Err(error) => return self.unwritable(error),
        };
        let ack = self.ack.slot().map(|slot| slot.failure(error)).transpose();
        match ack {
            Ok(ack) => Reply::failed(ack, source.map_or_else(|| cause(text), HandlerFailure::Internal)),
            Err(error) => self.unwritable(error),
        }
    }

    fn unwritable(self, error: serde_json::Error) -> Reply {
        let ack = self.ack.slot().and_then(|slot| slot.failure(&Rejection::unwritable()).ok());
        Reply::failed(ack, HandlerFailure::Unwritable(error))
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("wants_ack", &self.wants_ack()).finish()
    }
}

/// The return value of a handler for an event whose acknowledgement is an `A`: an `A`, or a `Result<A, E>`.
#[diagnostic::on_unimplemented(
    message = "this handler must return `{A}`",
    label = "returns `{Self}`, but the event's acknowledgement is `{A}`",
    note = "return `{A}`, or `Result<{A}, E>` to be able to fail"
)]
pub trait Answers<A> {
    /// Converts the value to a reply.
    fn into_reply(self, responder: Responder) -> Reply
    where
        A: Serialize;
}

impl<A> Answers<A> for A {
    fn into_reply(self, responder: Responder) -> Reply
    where
        A: Serialize,
    {
        responder.answer(&self)
    }
}

// No overlap with the impl above, because no type `A` equals `Result<A, E>`.
impl<A, E: Failure> Answers<A> for Result<A, E> {
    fn into_reply(self, responder: Responder) -> Reply
    where
        A: Serialize,
    {
        match self {
            Ok(value) => responder.answer(&value),
            Err(error) => responder.fail(&error),
        }
    }
}

/// The return value of a listener, or of a handler with an [`Ack`](super::Ack) parameter: nothing, or a
/// `Result<(), E>`.
#[diagnostic::on_unimplemented(
    message = "this must return nothing, or a `Result<(), E>`",
    label = "returns `{Self}`, but it is an `Ack` that answers here",
    note = "a listener, and a handler that takes an `Ack`, answer with `ack.send(..)`; a handler without one returns the answer"
)]
pub trait Unanswering {
    /// Converts the value to a reply.
    fn into_reply(self, responder: Responder) -> Reply;
}

impl Unanswering for () {
    fn into_reply(self, _: Responder) -> Reply {
        Reply(ReplyKind::Silent)
    }
}

impl<E: Failure> Unanswering for Result<(), E> {
    fn into_reply(self, responder: Responder) -> Reply {
        match self {
            Ok(()) => Reply(ReplyKind::Silent),
            Err(error) => responder.fail(&error),
        }
    }
}

/// A type that a handler can send as an acknowledgement: any `Serialize` type. A separate trait gives the compiler's
/// message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to the client as an acknowledgement",
    label = "not `Serialize`",
    note = "add `#[payload]` to its type, or derive `serde::Serialize`"
)]
pub trait Acknowledgement: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Acknowledgement for T {}

/// A type that a handler can fail with: any `Serialize` type. The client receives `{ "error": .. }`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to the client as a failed acknowledgement",
    label = "this error type is not `Serialize`",
    note = "add `#[payload]` to its type, or derive `serde::Serialize`; the client sees `{{ error: .. }}`"
)]
pub trait Failure: Serialize {}

#[diagnostic::do_not_recommend]
impl<E: Serialize> Failure for E {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Parser;
    use serde::{Serializer, ser::Error};

    fn requesting() -> Responder {
        Responder::new(AckMode::ByReply(AckSlot { parser: Parser::Json, id: 7 }))
    }

    fn not_requesting() -> Responder {
        Responder::new(AckMode::NotRequested)
    }

    fn wire(ack: Answer) -> String {
        String::from_utf8_lossy(ack.behind("").head.payload()).into_owned()
    }

    /// Returns the acknowledgement, and the error that is reported to the error hook.
    fn outcome(reply: Reply) -> (Option<String>, Option<String>) {
        match reply.into_kind() {
            ReplyKind::Silent | ReplyKind::Unknown => (None, None),
            ReplyKind::Answered(ack) => (Some(wire(ack)), None),
            ReplyKind::Failed(failed) => (failed.ack.map(wire), Some(failed.error.to_string())),
        }
    }

    struct Counted<'a>(&'a std::cell::Cell<u32>);

    impl Serialize for Counted<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.set(self.0.get() + 1);
            serializer.serialize_unit()
        }
    }

    struct Broken;

    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("not today"))
        }
    }

    #[test]
    fn acknowledges_only_if_requested() {
        assert_eq!(outcome(requesting().answer(&5)), (Some("437[5]".to_owned()), None));
        assert_eq!(outcome(requesting().answer(&())), (Some("437[]".to_owned()), None));

        let written = std::cell::Cell::new(0);
        assert_eq!(outcome(not_requesting().answer(&Counted(&written))), (None, None));
        assert_eq!(written.get(), 0);
    }

    #[test]
    fn failure_is_reported_without_ack_request() {
        let error = Some("\"muted\"".to_owned());
        assert_eq!(outcome(requesting().fail("muted")), (Some(r#"437[{"error":"muted"}]"#.to_owned()), error.clone()));
        assert_eq!(outcome(not_requesting().fail("muted")), (None, error));
    }

    #[test]
    fn rejection_is_acknowledged_with_message() {
        let (ack, error) = outcome(requesting().reject(Rejection::new("too few")));
        assert_eq!(ack.as_deref(), Some(r#"437[{"error":{"message":"too few"}}]"#));
        assert_eq!(error.as_deref(), Some("too few"));
    }

    #[test]
    fn unserializable_value_is_acknowledged_with_error() {
        let expected = r#"437[{"error":{"message":"the server's answer cannot be written"}}]"#;
        for reply in [requesting().answer(&Broken), requesting().fail(&Broken)] {
            assert!(reply.is_error());
            let (ack, error) = outcome(reply);
            assert_eq!(ack.as_deref(), Some(expected));
            assert_eq!(error.as_deref(), Some("the acknowledgement cannot be written: not today"));
        }
    }

    #[test]
    fn failed_replies_are_errors() {
        assert!(Reply::unknown().is_error());
        assert!(not_requesting().fail(&1).is_error());
        assert!(!not_requesting().answer(&1).is_error());
        assert!(!requesting().answer(&1).is_error());
    }
}
