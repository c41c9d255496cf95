//! What a client is told when it does not get what it asked for.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::websocket::Refusal;
use crate::RawJson;
use crate::wire::{ArgumentError, Payload, acknowledged};

/// The server did not let a client in: what its `connect_error` listener gets.
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
    /// The namespace refused the socket.
    pub(super) fn of_namespace(json: &str) -> Self {
        let Refused { message, data } = serde_json::from_str(json).expect("a refusal has a message");
        Self { message, data, status: None }
    }

    /// The server refused the connection.
    pub(super) fn of_connection(refusal: Refusal) -> Self {
        Self { message: refusal.body, data: None, status: Some(refusal.status) }
    }

    /// What the client was told.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the refusal carries beside its message, as a value of its type.
    ///
    /// # Panics
    ///
    /// When it carries nothing, or something else.
    #[track_caller]
    pub fn data<T: DeserializeOwned>(&self) -> T {
        let Some(data) = &self.data else { panic!("the refusal {:?} carries no data", self.message) };
        data.read().unwrap_or_else(|error| panic!("the data of the refusal is {}: {error}", data.as_str()))
    }

    /// The HTTP status, where the connection was refused before there was a namespace to ask:
    /// [`Server::allow_request`](crate::Server::allow_request), [`Server::max_connections`](crate::Server::max_connections)
    /// and the like. 0 when it was closed without an answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }
}

/// A client's event was not acknowledged as it should be.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The event failed: the acknowledgement is `{ "error": .. }`, with what the handler returned as its `Err`, or a
    /// message of the framework's.
    #[error("`{event}` failed: {}", error.as_str())]
    Failed {
        /// The event's name.
        event: String,
        /// What is told of the error.
        error: RawJson,
    },
    /// The acknowledgement is of another type.
    #[error("`{event}` was acknowledged with {answer}: {message}")]
    Unfit {
        /// The event's name.
        event: String,
        /// The values of the acknowledgement, as a JSON array.
        answer: String,
        /// What is wrong with it.
        message: String,
    },
    /// No acknowledgement came, for as long as the kit is patient.
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
    /// What the handler returned as its `Err`, as a value of its type.
    ///
    /// # Panics
    ///
    /// When the event failed otherwise, or its error is of another type.
    #[track_caller]
    pub fn error<T: DeserializeOwned>(&self) -> T {
        let Self::Failed { event, error } = self else { panic!("there is no error of a handler: {self}") };
        error.read().unwrap_or_else(|unfit| panic!("`{event}` failed with {}: {unfit}", error.as_str()))
    }

    /// The text of the error, where that is a string or has a field `message`; else its JSON.
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

/// Reads an acknowledgement: the value, or the error in its place.
pub(super) fn read_answer<A: DeserializeOwned>(event: &str, answer: &Payload) -> Result<A, CallError> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Failure {
        error: RawJson,
    }

    let event = event.to_owned();
    if let Ok([Failure { error }]) = serde_json::from_str::<[Failure; 1]>(answer.json()) {
        return Err(CallError::Failed { event, error });
    }
    acknowledged(answer).map_err(|error: ArgumentError| CallError::Unfit {
        event,
        answer: answer.json().to_owned(),
        message: error.to_string(),
    })
}
