//! The acknowledgement as a value, which a handler can send at any time, and from any task.

use std::fmt;
use std::marker::PhantomData;

use super::{Acknowledgement, EventContext, Failure, FromContext, Namespace, Rejection};
use crate::escape;
use crate::namespace::AckHandle;
use crate::protocol::encode::{Answer, UnsentAnswer};

/// The acknowledgement of an event as a value. A handler can send it before it returns, or pass it to another task.
///
/// A handler with an `Ack<T>` parameter does not acknowledge the event by its return value. It returns nothing, or a
/// `Result<(), E>`. An `Err` acknowledges the event with `{ "error": .. }`, unless it was already acknowledged. `T` is
/// sent like the return value of other handlers: `()` sends no value, a tuple struct sends several. In `#[on(Event)]`,
/// `T` is the event's `ack`.
///
/// ```
/// use switchboard::prelude::*;
///
/// struct Kitchen;
///
/// #[namespace("/kitchen")]
/// impl Kitchen {
/// /// Accepts the next order while this one is being cooked.
///     #[on("order")]
///     fn order(&self, dish: String, ack: Ack<String>) -> Result<(), String> {
///         if dish.is_empty() {
///             return Err("what?".to_owned());
///         }
///         tokio::spawn(async move {
/// // … cook the dish
///             ack.send(format!("{dish} is ready"))
///         });
///         Ok(())
///     }
/// }
/// ```
///
/// Only the first acknowledgement is sent. Later ones are ignored, as in Node: for example, those of other listeners to
/// the event, or one that follows the handler's `Err`. If the client requested no acknowledgement, nothing is sent
/// either: see [`is_wanted`](Self::is_wanted). In Node, the callback is missing in this case.
///
/// If an `Ack` is dropped without being used, the client keeps waiting. This is reported to the [error
/// hook](crate::Server::on_error) and logged, once the handler has returned.
#[must_use = "dropped, it leaves the client waiting"]
pub struct Ack<T> {
    handle: Option<AckHandle>,
    marker: PhantomData<fn(T)>,
}

/// The error of an acknowledgement that could not be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The client is disconnected, or its queue is full.
    #[error("cannot acknowledge `{}`: client disconnected", escape::name(event))]
    Disconnected {
        /// The event's name.
        event: String,
    },
    /// The value cannot be serialized to JSON. An error was sent to the client instead.
    #[error("cannot acknowledge `{}`: the value is not JSON: {source}", escape::name(event))]
    Unwritable {
        /// The event's name.
        event: String,
        /// The serialization error.
        source: serde_json::Error,
    },
    /// The value is an object with `error` as its only key, so that the client could not tell it from a failure. An error
    /// was sent to the client instead.
    #[error(
        "cannot acknowledge `{}`: the value is an object with `error` as its only key, which is how failures look",
        escape::name(event)
    )]
    LooksLikeFailure {
        /// The event's name.
        event: String,
    },
}

impl<T> Ack<T> {
    /// Returns `true` if the client requested an acknowledgement.
    pub fn is_wanted(&self) -> bool {
        self.handle.is_some()
    }

    /// Acknowledges the event with `value`. Does nothing if the client requested no acknowledgement.
    ///
    /// # Errors
    ///
    /// See [`AnswerError`]. It is not an error if the event was already acknowledged.
    pub fn send(self, value: T) -> Result<(), AnswerError>
    where
        T: Acknowledgement,
    {
        self.send_with(|handle| handle.slot().answer(&value))
    }

    /// Acknowledges the event with `{ "error": error }`, like the `Err` of a handler. The error hook is not called.
    ///
    /// # Errors
    ///
    /// Like [`send`](Self::send).
    pub fn fail<E: Failure>(self, error: E) -> Result<(), AnswerError> {
        self.send_with(|handle| handle.slot().failure(&error).map_err(UnsentAnswer::Unwritable))
    }

    fn send_with(self, write: impl FnOnce(&AckHandle) -> Result<Answer, UnsentAnswer>) -> Result<(), AnswerError> {
        let Some(handle) = self.handle else { return Ok(()) };
        let event = || handle.event().to_owned();
        let ack = write(&handle).map_err(|unsent| {
            let (rejection, error) = match unsent {
                UnsentAnswer::Unwritable(source) => {
                    (Rejection::unwritable(), AnswerError::Unwritable { event: event(), source })
                }
                UnsentAnswer::LooksLikeFailure => {
                    (Rejection::looks_like_failure(), AnswerError::LooksLikeFailure { event: event() })
                }
            };
            if let Ok(ack) = handle.slot().failure(&rejection) {
                handle.send(ack);
            }
            error
        })?;
        if handle.send(ack) { Ok(()) } else { Err(AnswerError::Disconnected { event: event() }) }
    }
}

impl<N: Namespace, T> FromContext<EventContext<N>> for Ack<T> {
    fn from_context(context: &mut EventContext<N>) -> Result<Self, Rejection> {
        Ok(Self { handle: context.extract_ack(), marker: PhantomData })
    }
}

impl<T> fmt::Debug for Ack<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ack").field("is_wanted", &self.is_wanted()).finish_non_exhaustive()
    }
}
