//! The error that rejects a connection.

use super::Rejection;
use crate::escape;
use crate::namespace::{EmitError, JoinError};
use serde::Serialize;

/// Rejects a socket. The client's `connect_error` listeners receive an error with this message and data.
///
/// Sent as `{ "message": "..", "data": .. }`, where `data` is optional. Clients of Socket.IO 2 receive only the data,
/// or only the message if `data` is missing.
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
    /// Serialized to JSON, because a generic value would make the error generic or need a box.
    data: Option<String>,
}

impl ConnectError {
    /// Creates an error with a message for the client.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), data: None }
    }

    /// Adds data for the client, available there as `error.data`.
    ///
    /// A value that cannot be serialized to JSON, such as a map whose keys are not strings, is ignored.
    pub fn data<T: Serialize + ?Sized>(mut self, data: &T) -> Self {
        self.data = serde_json::to_string(data).ok();
        self
    }

    /// Returns the message for the client.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the payload of the CONNECT_ERROR packet: `{"message":…,"data":…}`.
    pub(crate) fn json(&self) -> String {
        let message = serde_json::Value::from(self.message.as_str());
        match &self.data {
            Some(data) => format!("{{\"message\":{message},\"data\":{data}}}"),
            None => format!("{{\"message\":{message}}}"),
        }
    }

    /// Returns the payload for clients of Socket.IO 2: the data, or the message if data is missing. As in Node, data
    /// that is falsy in JavaScript is ignored.
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

/// Converts an emit that failed in `#[on_connect]`. The details are not sent to the client.
impl From<EmitError> for ConnectError {
    fn from(_: EmitError) -> Self {
        Self::new("internal error")
    }
}

/// Rejects the socket with the error's message.
impl From<JoinError> for ConnectError {
    fn from(error: JoinError) -> Self {
        Self::new(error.to_string())
    }
}
