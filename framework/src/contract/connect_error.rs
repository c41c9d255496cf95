//! The refusal of a connection.

use super::Rejection;
use crate::escape;
use crate::namespace::{EmitError, JoinError};
use serde::Serialize;

/// Refuses a socket. The client's `connect_error` listener gets an error with this message and data.
///
/// On the wire: `{ "message": "..", "data": .. }`, without `data` if none was given. Clients of Socket.IO 2 get the data
/// alone, or the message if there is none.
///
/// ```
/// # use switchboard::ConnectError;
/// let error = ConnectError::new("not now").data(&[("retry_after", 5)]);
/// assert_eq!(error.message(), "not now");
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", escape::message(.message))]
pub struct ConnectError {
    message: String,
    /// JSON text: a value to serialize later would make the error generic, or a box.
    data: Option<String>,
}

impl ConnectError {
    /// An error with a message for the client.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), data: None }
    }

    /// Adds what a program needs to know; the client finds it as `error.data`.
    ///
    /// A value that JSON cannot express (a map whose keys are not strings) is left out.
    pub fn data<T: Serialize + ?Sized>(mut self, data: &T) -> Self {
        self.data = serde_json::to_string(data).ok();
        self
    }

    /// What the client is told.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What goes over the wire: `{"message":…,"data":…}`.
    pub(crate) fn json(&self) -> String {
        let message = serde_json::Value::from(self.message.as_str());
        match &self.data {
            Some(data) => format!("{{\"message\":{message},\"data\":{data}}}"),
            None => format!("{{\"message\":{message}}}"),
        }
    }

    /// What goes over the wire to clients of Socket.IO 2: the data alone, or else the message. As in Node, data that is
    /// nothing to JavaScript is none.
    pub(crate) fn json_for_v2(&self) -> String {
        const NOTHING: [&str; 7] = ["null", "false", "0", "-0", "0.0", "-0.0", r#""""#];
        match &self.data {
            Some(data) if !NOTHING.contains(&data.as_str()) => data.clone(),
            _ => serde_json::Value::from(self.message.as_str()).to_string(),
        }
    }
}

impl From<Rejection> for ConnectError {
    fn from(rejection: Rejection) -> Self {
        Self::new(rejection.message())
    }
}

/// What `#[on_connect]` wanted to send could not be sent: the client is told no more than that something failed.
impl From<EmitError> for ConnectError {
    fn from(_: EmitError) -> Self {
        Self::new("internal error")
    }
}

/// Refuses the socket with the error's message.
impl From<JoinError> for ConnectError {
    fn from(error: JoinError) -> Self {
        Self::new(error.to_string())
    }
}
