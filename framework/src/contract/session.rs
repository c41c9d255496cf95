//! The return values of `#[on_connect]` and `#[on_connected]`.

use super::{ConnectError, Failure, event_error};
use crate::namespace::HandlerErrorKind;

/// The return value of `#[on_connect]` in a namespace whose session is `S`: an `S`, or a `Result<S, ConnectError>`.
#[diagnostic::on_unimplemented(
    message = "`#[on_connect]` must return the namespace's session, `{S}`",
    label = "returns `{Self}`, but the session is `{S}`",
    note = "return `{S}`, or `Result<{S}, ConnectError>` to be able to refuse",
    note = "the session's type is declared in the attribute: `#[namespace(\"..\", session = T)]`"
)]
pub trait Opens<S> {
    /// Converts the value to the session.
    ///
    /// # Errors
    ///
    /// Returns the error that the hook returned.
    fn open(self) -> Result<S, ConnectError>;
}

impl<S> Opens<S> for S {
    fn open(self) -> Result<S, ConnectError> {
        Ok(self)
    }
}

// No overlap with the impl above, because no type `S` equals `Result<S, ConnectError>`.
impl<S> Opens<S> for Result<S, ConnectError> {
    fn open(self) -> Result<S, ConnectError> {
        self
    }
}

/// The return value of `#[on_connected]`: nothing, or a `Result<(), E>`.
#[diagnostic::on_unimplemented(
    message = "`#[on_connected]` must return nothing, or a `Result<(), E>`",
    label = "returns `{Self}`",
    note = "the socket's session is what `#[on_connect]` returns"
)]
pub trait ConnectedOutcome {
    /// Returns the hook's error for the error hook, if there is one.
    fn error(self) -> Option<HandlerErrorKind>;
}

impl ConnectedOutcome for () {
    fn error(self) -> Option<HandlerErrorKind> {
        None
    }
}

impl<E: Failure> ConnectedOutcome for Result<(), E> {
    fn error(self) -> Option<HandlerErrorKind> {
        let error = self.err()?;
        let (text, source) = event_error::with_source(|| serde_json::to_string(&error));
        // If the error cannot be serialized, the serialization error is reported.
        let failed = || HandlerErrorKind::Failed(text.unwrap_or_else(|error| error.to_string()));
        Some(source.map_or_else(failed, HandlerErrorKind::Internal))
    }
}
