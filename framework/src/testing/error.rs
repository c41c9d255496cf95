//! The errors of a test's client.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::websocket::Refusal;
use crate::RawJson;
use crate::wire::{ArgumentError, Payload, acknowledged};

/// The server rejected a client. Corresponds to the argument of socket.io-client's `connect_error` listeners.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the server refused the client: {message}")]
pub struct ConnectRefused {
    message: String,
    data: Option<RawJson>,
    status: Option<u16>,
}

#[derive(serde::Deserialize)]
struct Refused {
    message: String,
    data: Option<RawJson>,
}

impl ConnectRefused {
    /// The namespace rejected the socket.
    pub(super) fn of_namespace(json: &str) -> Self {
        let Refused { message, data } = serde_json::from_str(json).expect("a refusal has a message");
        Self { message, data, status: None }
    }

    /// The server rejected the connection.
    pub(super) fn of_connection(refusal: Refusal) -> Self {
        Self { message: refusal.body, data: None, status: Some(refusal.status) }
    }

    /// Returns the message that was sent to the client.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Deserializes the rejection's `data`.
    ///
    /// # Panics
    ///
    /// If the rejection carries no data, or data of another type.
    #[track_caller]
    pub fn data<T: DeserializeOwned>(&self) -> T {
        let Some(data) = &self.data else { panic!("the refusal {:?} carries no data", self.message) };
        data.read().unwrap_or_else(|error| panic!("the data of the refusal is {}: {error}", data.as_str()))
    }

    /// Returns the HTTP status if the connection was rejected, for example by
    /// [`Server::allow_request`](crate::Server::allow_request) or
    /// [`Server::max_connections`](crate::Server::max_connections); `None` if the namespace rejected the client. The
    /// status is 0 if the connection was closed without a response.
    pub fn status(&self) -> Option<u16> {
        self.status
    }
}

/// An event was not acknowledged with a valid value.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The event failed: the acknowledgement is `{ "error": .. }`, with the `Err` that the handler returned, or with a
    /// message of the framework.
    #[error("`{event}` failed: {}", error.as_str())]
    Failed {
        /// The event's name.
        event: String,
        /// The error, as sent to the client.
        error: RawJson,
    },
    /// The acknowledgement is not of the expected type.
    #[error("`{event}` was acknowledged with {answer}: {message}")]
    Unfit {
        /// The event's name.
        event: String,
        /// The values of the acknowledgement, as a JSON array.
        answer: String,
        /// The deserialization error.
        message: String,
    },
    /// No acknowledgement came within the server's [`patience`](crate::testing::TestServer::patience).
    #[error("`{event}` was not acknowledged")]
    Unanswered {
        /// The event's name.
        event: String,
    },
    /// The socket was disconnected before the acknowledgement came.
    #[error("`{event}` was not acknowledged: the client was disconnected")]
    Disconnected {
        /// The event's name.
        event: String,
    },
}

impl CallError {
    /// Deserializes the `Err` that the handler returned.
    ///
    /// # Panics
    ///
    /// If the event failed for another reason, or its error is of another type.
    #[track_caller]
    pub fn error<T: DeserializeOwned>(&self) -> T {
        let Self::Failed { event, error } = self else { panic!("there is no error of a handler: {self}") };
        error.read().unwrap_or_else(|unfit| panic!("`{event}` failed with {}: {unfit}", error.as_str()))
    }

    /// Returns the error's text: the error itself if it is a string, its field `message` if that is a string, otherwise
    /// its JSON.
    pub fn message(&self) -> String {
        let Self::Failed { error, .. } = self else { return self.to_string() };
        match error.read::<Value>() {
            Ok(Value::String(message)) => message,
            Ok(Value::Object(fields)) if fields.get("message").is_some_and(Value::is_string) => {
                fields["message"].as_str().unwrap_or_default().to_owned()
            }
            _ => error.as_str().to_owned(),
        }
    }
}

/// Reads an acknowledgement: a value, or an error in its place.
pub(super) fn read_ack<A: DeserializeOwned>(event: &str, ack: &Payload) -> Result<A, CallError> {
    let event = event.to_owned();
    // Not a struct: serde also reads a struct from a list, so that a list of one value would be a failure.
    if let Ok([mut fields]) = serde_json::from_str::<[HashMap<String, RawJson>; 1]>(ack.json())
        && fields.len() == 1
        && let Some(error) = fields.remove("error")
    {
        return Err(CallError::Failed { event, error });
    }
    acknowledged(ack).map_err(|error: ArgumentError| CallError::Unfit {
        event,
        answer: ack.json().to_owned(),
        message: error.to_string(),
    })
}
