//! The acknowledgement as a value: answered when the handler wants, by whom it wants.

use std::fmt;
use std::marker::PhantomData;

use super::{Acknowledgement, EventContext, Failure, FromContext, Namespace, Rejection};
use crate::escape;
use crate::namespace::AckHandle;

/// The acknowledgement of an event, in the hands of its handler: to answer before the handler ends, or to be handed on to
/// another task.
///
/// A handler with an `Ack<T>` among its parameters does not answer by what it returns: it returns nothing, or a
/// `Result<(), E>`, whose `Err` still answers `{ "error": .. }` where nobody has answered yet. `T` is what the client
/// gets, as a return value would be: `()` is nothing, a tuple struct several values. In `#[on(Event)]` it is the event's
/// `ack`.
///
/// ```
/// use switchboard::prelude::*;
///
/// struct Kitchen;
///
/// #[namespace("/kitchen")]
/// impl Kitchen {
///     /// The next order is taken while this one is cooked.
///     #[on("order")]
///     fn order(&self, dish: String, ack: Ack<String>) -> Result<(), String> {
///         if dish.is_empty() {
///             return Err("what?".to_owned());
///         }
///         tokio::spawn(async move {
///             // … which takes a while
///             ack.send(format!("{dish} is ready"))
///         });
///         Ok(())
///     }
/// }
/// ```
///
/// The first answer counts; later ones go nowhere, as in Node: those of other listeners to the event, or after its
/// handler's `Err`. Where the client asked for none, an answer goes nowhere as well, which
/// [`is_wanted`](Self::is_wanted) tells; in Node there is no callback then.
///
/// One that is dropped unanswered leaves the client waiting. The [error hook](crate::Server::on_error) and the log are
/// told so, once the handler has returned.
#[must_use = "dropped, it leaves the client waiting"]
pub struct Ack<T> {
    handle: Option<AckHandle>,
    answer: PhantomData<fn(T)>,
}

/// An answer could not be given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The client has gone, or its queue is full.
    #[error("cannot acknowledge `{}`: client disconnected", escape::name(event))]
    Disconnected {
        /// The event's name.
        event: String,
    },
    /// The value cannot be expressed in JSON. The client has been told that there is no answer.
    #[error("cannot acknowledge `{}`: the value is not JSON: {source}", escape::name(event))]
    Unwritable {
        /// The event's name.
        event: String,
        /// What serde says.
        source: serde_json::Error,
    },
}

impl<T> Ack<T> {
    /// Whether the client waits for an acknowledgement.
    pub fn is_wanted(&self) -> bool {
        self.handle.is_some()
    }

    /// Answers the client. Nothing is written where it waits for nothing.
    ///
    /// # Errors
    ///
    /// See [`AnswerError`]. It is none that somebody else has answered.
    pub fn send(self, value: T) -> Result<(), AnswerError>
    where
        T: Acknowledgement,
    {
        self.answer(|handle| handle.slot().answer(&value))
    }

    /// Answers the client with `{ "error": error }`, as the `Err` of a handler does. The error hook is not told.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn fail<E: Failure>(self, error: E) -> Result<(), AnswerError> {
        self.answer(|handle| handle.slot().failure(&error))
    }

    fn answer(
        self,
        write: impl FnOnce(&AckHandle) -> serde_json::Result<crate::protocol::encode::Answer>,
    ) -> Result<(), AnswerError> {
        let Some(handle) = self.handle else { return Ok(()) };
        let event = || handle.event().to_owned();
        let answer = write(&handle).map_err(|source| {
            if let Ok(answer) = handle.slot().failure(&Rejection::unwritable()) {
                handle.answer(answer);
            }
            AnswerError::Unwritable { event: event(), source }
        })?;
        if handle.answer(answer) { Ok(()) } else { Err(AnswerError::Disconnected { event: event() }) }
    }
}

impl<N: Namespace, T> FromContext<EventContext<N>> for Ack<T> {
    fn from_context(context: &mut EventContext<N>) -> Result<Self, Rejection> {
        Ok(Self { handle: context.hand_out_ack(), answer: PhantomData })
    }
}

impl<T> fmt::Debug for Ack<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ack").field("is_wanted", &self.is_wanted()).finish_non_exhaustive()
    }
}
