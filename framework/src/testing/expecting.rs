//! Assertions about the events that a client receives.

use std::panic::Location;

use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::client::Client;
use super::mailbox::{Arrived, Mail, describe, read};
use super::request::Request;
use super::server::{assert_stopped, quiet};
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
        let place = Location::caller();
        async move { self.read(&self.arrival::<E>(place, |mail| mail.take(E::NAME)).await, place) }
    }

    /// Takes the oldest buffered event, or waits for one. It must be of this type.
    ///
    /// # Panics
    ///
    /// If it is of another type, or none arrives.
    #[track_caller]
    pub fn expect_next<E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = E> {
        let place = Location::caller();
        async move {
            let arrived = self.arrival::<E>(place, |mail| mail.events.pop_front()).await;
            let event = &arrived.event;
            assert!(
                event.name() == Some(E::NAME),
                "{place}: the next event for `{}` was to be `{}`, and is {}",
                self.name,
                E::NAME,
                describe(event)
            );
            self.read(&arrived, place)
        }
    }

    /// Like [`expect`](Self::expect), for an event for which the server requests an acknowledgement.
    ///
    /// # Panics
    ///
    /// Also if the server does not request an acknowledgement.
    #[track_caller]
    pub fn expect_request<E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = Request<'_, N, E>> {
        let place = Location::caller();
        async move {
            let arrived = self.arrival::<E>(place, |mail| mail.take(E::NAME)).await;
            let Some(id) = arrived.ack else {
                panic!("{place}: `{}` got `{}`, of which the server wants no acknowledgement", self.name, E::NAME)
            };
            Request::new(self.read(&arrived, place), self, id)
        }
    }

    /// Waits until the server is idle, and takes all buffered events of this type.
    #[track_caller]
    pub fn received<E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = Vec<E>> {
        let place = Location::caller();
        assert_stopped();
        async move {
            quiet().await;
            let mut mail = self.mailbox.mail();
            let arrived: Vec<_> = std::iter::from_fn(|| mail.take(E::NAME)).collect();
            drop(mail);
            arrived.iter().map(|arrived| self.read(arrived, place)).collect()
        }
    }

    /// Waits until the server is idle, and asserts that no event is buffered.
    ///
    /// # Panics
    ///
    /// If there is one. The message lists all of them.
    #[track_caller]
    pub fn expect_nothing(&self) -> impl Future<Output = ()> {
        let place = Location::caller();
        assert_stopped();
        async move {
            quiet().await;
            let mail = self.mailbox.mail();
            assert!(mail.events.is_empty(), "{place}: `{}` was to get nothing. {}", self.name, listed(&mail));
        }
    }

    /// Waits until the server is idle, and asserts that no event of this type is buffered.
    ///
    /// # Panics
    ///
    /// If there is one.
    #[track_caller]
    pub fn expect_no<E: EmittedBy<N>>(&self) -> impl Future<Output = ()> {
        let place = Location::caller();
        assert_stopped();
        async move {
            quiet().await;
            let arrived = self.mailbox.mail().take(E::NAME);
            if let Some(Arrived { event, .. }) = arrived {
                panic!("{place}: `{}` was to get no `{}`, and has got {}", self.name, E::NAME, describe(&event));
            }
        }
    }

    /// Waits until the server is idle, and discards all buffered events: use it after steps that the test is not about.
    #[track_caller]
    pub fn forget(&self) -> impl Future<Output = ()> {
        assert_stopped();
        async move {
            quiet().await;
            self.mailbox.mail().events.clear();
        }
    }

    async fn arrival<E: Event>(
        &self,
        place: &Location<'_>,
        mut take: impl FnMut(&mut Mail) -> Option<Arrived>,
    ) -> Arrived {
        let arrival = self.mailbox.wait(|mail| {
            let arrived = take(mail);
            (arrived.is_some() || mail.ended).then_some(arrived)
        });
        let waited = match timeout(self.server.patient(), arrival).await {
            Ok(Some(arrived)) => return arrived,
            Ok(None) => String::from(", and is disconnected"),
            Err(_) => format!(" within {:?}", self.server.patient()),
        };
        let listed = listed(&self.mailbox.mail());
        panic!("{place}: `{}` did not get `{}`{waited}. {listed}", self.name, E::NAME);
    }

    fn read<E: Event + DeserializeOwned>(&self, arrived: &Arrived, place: &Location<'_>) -> E {
        let event = &arrived.event;
        read(event).unwrap_or_else(|error| {
            panic!("{place}: `{}` got what is no `{}`: {error}: {}", self.name, E::NAME, describe(event))
        })
    }
}

/// Formats the buffered events for a panic message.
fn listed(mail: &Mail) -> String {
    if mail.events.is_empty() {
        return "Nothing has arrived that was not taken.".to_owned();
    }
    let lines = mail.events.iter().map(|arrived| format!("\n  {}", describe(&arrived.event)));
    format!("What has arrived, and was not taken:{}", lines.collect::<String>())
}
