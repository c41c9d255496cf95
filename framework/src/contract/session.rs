//! What `#[on_connect]` and `#[on_connected]` may return.

use super::{ConnectError, Failure};

/// A return value of `#[on_connect]`, where the namespace's session is `S`: an `S`, or a `Result<S, ConnectError>`.
#[diagnostic::on_unimplemented(
    message = "`#[on_connect]` must return the namespace's session, `{S}`",
    label = "returns `{Self}`, but the session is `{S}`",
    note = "return `{S}`, or `Result<{S}, ConnectError>` to be able to refuse",
    note = "the session's type is declared in the attribute: `#[namespace(\"..\", session = T)]`"
)]
pub trait Opens<S> {
    /// The session, or the refusal.
    ///
    /// # Errors
    ///
    /// The error that the hook returned.
    fn open(self) -> Result<S, ConnectError>;
}

impl<S> Opens<S> for S {
    fn open(self) -> Result<S, ConnectError> {
        Ok(self)
    }
}

// No overlap with the impl above: no type `S` is a `Result<S, ConnectError>`.
impl<S> Opens<S> for Result<S, ConnectError> {
    fn open(self) -> Result<S, ConnectError> {
        self
    }
}

/// A return value of `#[on_connected]`: nothing, or a `Result<(), E>`.
#[diagnostic::on_unimplemented(
    message = "`#[on_connected]` must return nothing, or a `Result<(), E>`",
    label = "returns `{Self}`",
    note = "the socket's session is what `#[on_connect]` returns"
)]
pub trait ConnectedOutcome {
    /// The error as JSON, if there is one.
    fn error(self) -> Option<String>;
}

impl ConnectedOutcome for () {
    fn error(self) -> Option<String> {
        None
    }
}

impl<E: Failure> ConnectedOutcome for Result<(), E> {
    fn error(self) -> Option<String> {
        // An error that JSON cannot express is an error all the same.
        self.err().map(|error| serde_json::to_string(&error).unwrap_or_else(|error| error.to_string()))
    }
}
