//! An event for which the server requests an acknowledgement.

use std::fmt;

use serde::Serialize;

use super::client::Client;
use crate::contract::{Event, Namespace};

/// A received event that the test has to acknowledge. If it is dropped, it is never acknowledged.
#[must_use = "a request that is dropped is never answered"]
pub struct Request<'c, N, E> {
    /// The event.
    pub event: E,
    client: &'c Client<N>,
    id: u64,
}

impl<'c, N: Namespace, E: Event> Request<'c, N, E> {
    pub(super) fn new(event: E, client: &'c Client<N>, id: u64) -> Self {
        Self { event, client, id }
    }

    /// Acknowledges the event.
    ///
    /// # Panics
    ///
    /// If the value cannot be serialized to JSON.
    #[track_caller]
    pub fn answer(self, ack: &E::Ack)
    where
        E::Ack: Serialize,
    {
        self.answer_with(ack);
    }

    /// Acknowledges the event with a value that is not of the declared type, to simulate an incorrect client.
    ///
    /// # Panics
    ///
    /// If the value cannot be serialized to JSON.
    #[track_caller]
    pub fn answer_with<A: Serialize>(self, ack: &A) {
        let sent = self.client.acknowledge(self.id, ack);
        sent.unwrap_or_else(|error| panic!("the acknowledgement of `{}` cannot be written: {error}", E::NAME));
    }
}

impl<N, E: fmt::Debug> fmt::Debug for Request<'_, N, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("event", &self.event).field("client", &self.client).finish_non_exhaustive()
    }
}
