//! What `#[on_connect]` may return.

use super::ConnectError;

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
