//! Assertions about the events that a client receives.

use std::panic::Location;

use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::client::Client;
use super::inbox::{InboxState, ReceivedEvent, describe, read};
use super::request::Request;
use super::server::{assert_clock_paused, wait_until_idle};
use crate::contract::{EmittedBy, Event, Namespace};

/// # Received events
impl<N: Namespace> Client<N> {
    /// Takes the oldest buffered event of this type, or waits for one. Events of other types stay buffered.
    ///
    /// The compiler rejects event types that the namespace does not emit:
    ///
    /// ```compile_fail,E0277
    /// # use switchboard::prelude::*;
    /// # use switchboard::testing::Client;
    /// # struct Chat;
    /// # #[namespace("/chat")] impl Chat {}
    /// #[event("farewell")]
    /// struct Farewell;
    ///
    /// async fn last_words(ann: &Client<Chat>) {
    ///     ann.expect::<Farewell>().await; // namespace `Chat` does not emit `Farewell`
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If no such event arrives, or its arguments do not fit the type.
    #[track_caller]
    pub fn expect<E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = E> {
        let location = Location::caller();
        async move { self.read(&self.wait_for_event::<E>(location, |inbox| inbox.take_event(E::NAME)).await, location) }
    }

    /// Takes the oldest buffered event, or waits for one. It must be of this type.
    ///
    /// # Panics
    ///
    /// If it is of another type, or none arrives.
    #[track_caller]
    pub fn expect_next<E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = E> {
        let location = Location::caller();
        async move {
            let received = self.wait_for_event::<E>(location, |inbox| inbox.events.pop_front()).await;
            let event = &received.event;
            assert!(
                event.name() == Some(E::NAME),
                "{location}: the next event for `{}` was to be `{}`, and is {}",
                self.name,
                E::NAME,
                describe(event)
            );
            self.read(&received, location)
        }
    }

    /// Like [`expect`](Self::expect), for an event for which the server requests an acknowledgement.
    ///
    /// # Panics
    ///
    /// Also if the server does not request an acknowledgement.
    #[track_caller]
    pub fn expect_request<E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = Request<'_, N, E>> {
        let location = Location::caller();
        async move {
            let received = self.wait_for_event::<E>(location, |inbox| inbox.take_event(E::NAME)).await;
            let Some(id) = received.ack else {
                panic!("{location}: `{}` got `{}`, of which the server wants no acknowledgement", self.name, E::NAME)
            };
            Request::new(self.read(&received, location), self, id)
        }
    }

    /// Waits until the server is idle, and takes all buffered events of this type.
    #[track_caller]
    pub fn received<E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = Vec<E>> {
        let location = Location::caller();
        assert_clock_paused();
        async move {
            wait_until_idle().await;
            let mut inbox = self.inbox.lock();
            let received: Vec<_> = std::iter::from_fn(|| inbox.take_event(E::NAME)).collect();
            drop(inbox);
            received.iter().map(|received| self.read(received, location)).collect()
        }
    }

    /// Waits until the server is idle, and asserts that no event is buffered.
    ///
    /// # Panics
    ///
    /// If there is one. The message lists all of them.
    #[track_caller]
    pub fn expect_nothing(&self) -> impl Future<Output = ()> {
        let location = Location::caller();
        assert_clock_paused();
        async move {
            wait_until_idle().await;
            let inbox = self.inbox.lock();
            assert!(
                inbox.events.is_empty(),
                "{location}: `{}` was to get nothing. {}",
                self.name,
                describe_buffered(&inbox)
            );
        }
    }

    /// Waits until the server is idle, and asserts that no event of this type is buffered.
    ///
    /// # Panics
    ///
    /// If there is one.
    #[track_caller]
    pub fn expect_no<E: EmittedBy<N>>(&self) -> impl Future<Output = ()> {
        let location = Location::caller();
        assert_clock_paused();
        async move {
            wait_until_idle().await;
            let received = self.inbox.lock().take_event(E::NAME);
            if let Some(ReceivedEvent { event, .. }) = received {
                panic!("{location}: `{}` was to get no `{}`, and has got {}", self.name, E::NAME, describe(&event));
            }
        }
    }

    /// Waits until the server is idle, and discards all buffered events: use it after steps that the test is not about.
    #[track_caller]
    pub fn forget(&self) -> impl Future<Output = ()> {
        assert_clock_paused();
        async move {
            wait_until_idle().await;
            self.inbox.lock().events.clear();
        }
    }

    async fn wait_for_event<E: Event>(
        &self,
        location: &Location<'_>,
        mut take: impl FnMut(&mut InboxState) -> Option<ReceivedEvent>,
    ) -> ReceivedEvent {
        let event = self.inbox.wait(|inbox| {
            let received = take(inbox);
            (received.is_some() || inbox.ended).then_some(received)
        });
        let waited = match timeout(self.server.timeout(), event).await {
            Ok(Some(received)) => return received,
            Ok(None) => String::from(", and is disconnected"),
            Err(_) => format!(" within {:?}", self.server.timeout()),
        };
        let buffered = describe_buffered(&self.inbox.lock());
        panic!("{location}: `{}` did not get `{}`{waited}. {buffered}", self.name, E::NAME);
    }

    fn read<E: Event + DeserializeOwned>(&self, received: &ReceivedEvent, location: &Location<'_>) -> E {
        let event = &received.event;
        read(event).unwrap_or_else(|error| {
            panic!("{location}: `{}` got what is no `{}`: {error}: {}", self.name, E::NAME, describe(event))
        })
    }
}

/// Formats the buffered events for a panic message.
fn describe_buffered(inbox: &InboxState) -> String {
    if inbox.events.is_empty() {
        return "Nothing has arrived that was not taken.".to_owned();
    }
    let lines = inbox.events.iter().map(|received| format!("\n  {}", describe(&received.event)));
    format!("What has arrived, and was not taken:{}", lines.collect::<String>())
}
