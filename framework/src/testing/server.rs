//! A server under test.

use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::connecting::Connecting;
use super::emitted::Emitted;
use super::mailbox::describe;
use crate::contract::{EmittedBy, Namespace};
use crate::namespace::{Emission, HandlerError, Journal};
use crate::server::{Handle, Server};
use crate::sync::lock;

/// How long is waited for what a test expects, unless it says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server under test: the one that the program builds, without a listener. It is made within a test's runtime.
///
/// It is a [`Handle`] as well, with what that can do: `app.namespace::<Chat>().members("lobby")`, `app.close()`.
/// Cloning it is cheap.
#[derive(Clone)]
pub struct TestServer {
    handle: Handle,
    journal: Arc<Journal>,
    patience: Duration,
    /// Of the clients, by the ids of their sockets.
    names: Arc<Mutex<HashMap<String, String>>>,
}

impl TestServer {
    /// Starts the server as the program makes it: with its namespaces, guards, state and options. The clients speak
    /// WebSocket, and JSON, also to a server that is made for another parser.
    pub fn new(server: Server) -> Self {
        let journal = Arc::new(Journal::default());
        let handle = server.watched(journal.clone()).build();
        Self { handle, journal, patience: PATIENCE, names: Arc::default() }
    }

    /// How long is waited for what is expected of the server, on the test's clock (5 s). Where that stands still, it
    /// takes no time.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    // ---- clients ----

    /// A client of a namespace, which is not connected yet. By its name, assertions speak of it.
    ///
    /// # Panics
    ///
    /// When the namespace has many paths: see [`client_at`](Self::client_at).
    #[track_caller]
    pub fn client<N: Namespace>(&self, name: &str) -> Connecting<'_, N> {
        assert!(!is_pattern::<N>(), "the namespace has many paths: `client_at` takes one of them");
        self.client_at(N::PATH, name)
    }

    /// A client of a namespace that has many paths, at one of them.
    pub fn client_at<N: Namespace>(&self, path: &str, name: &str) -> Connecting<'_, N> {
        Connecting::new(self, path, name)
    }

    // ---- time ----

    /// Waits until the server has nothing left to do: until all of its tasks, and all others of the runtime, wait for
    /// the clock or for a client. It takes a millisecond of the clock.
    ///
    /// The assertions do so by themselves.
    ///
    /// # Panics
    ///
    /// When the clock goes on by itself, since then nobody can know. Begin with `#[tokio::test(start_paused = true)]`.
    #[track_caller]
    pub fn settle(&self) -> impl Future<Output = ()> + Send + use<> {
        assert_stopped();
        quiet()
    }

    /// Lets time pass, deadline by deadline: heartbeats are sent and answered, and timers go off in their order. Then it
    /// [settles](Self::settle).
    ///
    /// # Panics
    ///
    /// When the clock goes on by itself.
    #[track_caller]
    pub fn advance(&self, time: Duration) -> impl Future<Output = ()> + Send + use<> {
        assert_stopped();
        async move {
            tokio::time::sleep(time).await;
            quiet().await;
        }
    }

    // ---- what was sent ----

    /// Takes the events of a type that the namespace has sent since they were last taken, whoever was meant, in the order
    /// in which they were sent. An event to nobody is among them.
    ///
    /// # Panics
    ///
    /// When the namespace has many paths: see [`emitted_at`](Self::emitted_at).
    #[track_caller]
    pub fn emitted<N: Namespace, E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = Vec<Emitted<E>>> {
        assert!(!is_pattern::<N>(), "the namespace has many paths: `emitted_at` takes one of them");
        self.emitted_at::<N, E>(N::PATH)
    }

    /// As [`emitted`](Self::emitted), of one path of a namespace that has many.
    #[track_caller]
    pub fn emitted_at<N, E>(&self, path: &str) -> impl Future<Output = Vec<Emitted<E>>>
    where
        N: Namespace,
        E: EmittedBy<N> + DeserializeOwned,
    {
        assert_stopped();
        let path = path.to_owned();
        async move {
            quiet().await;
            let emissions = self.journal.take(&path, E::NAME);
            emissions.into_iter().map(|emission| Emitted::new(emission, |id| self.name(id))).collect()
        }
    }

    /// As [`emitted`](Self::emitted), of an event that was sent once.
    ///
    /// # Panics
    ///
    /// When it was not sent, or more than once; the message says what was.
    #[track_caller]
    pub fn emitted_once<N: Namespace, E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = Emitted<E>> {
        let (place, emitted) = (Location::caller(), self.emitted::<N, E>());
        async move {
            let emitted = match <[_; 1]>::try_from(emitted.await) {
                Ok([once]) => return once,
                Err(emitted) => emitted,
            };
            let (path, name) = (N::PATH, E::NAME);
            if emitted.is_empty() {
                panic!("{place}: `{path}` did not emit `{name}`. {}", self.listed(&self.journal.emissions(path)));
            }
            panic!("{place}: `{path}` emitted `{name}` {} times: {emitted:#?}", emitted.len());
        }
    }

    fn listed(&self, emissions: &[Emission]) -> String {
        if emissions.is_empty() {
            return "It emitted nothing else, either.".to_owned();
        }
        let lines = emissions.iter().map(|emission| {
            let receivers: Vec<_> = emission.receivers.iter().map(|id| self.name(id)).collect();
            format!("\n  {} to {receivers:?}", describe(&emission.event))
        });
        format!("What it emitted, and was not taken:{}", lines.collect::<String>())
    }

    /// Takes the events that failed since they were last taken: those of which [`Server::on_error`] is told.
    ///
    /// An event that nobody handles is among them, which a client does not hear of that wants no acknowledgement.
    #[track_caller]
    pub fn failures(&self) -> impl Future<Output = Vec<HandlerError>> {
        assert_stopped();
        async move {
            quiet().await;
            self.journal.take_failures()
        }
    }

    // ---- for the clients ----

    pub(super) fn patient(&self) -> Duration {
        self.patience
    }

    pub(super) fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    pub(super) fn is_named(&self, id: &str, name: &str) {
        lock(&self.names).insert(id.to_owned(), name.to_owned());
    }

    /// The name of the client whose socket this is; any other room is called by its own name.
    fn name(&self, room: &str) -> String {
        lock(&self.names).get(room).map_or(room, String::as_str).to_owned()
    }
}

/// Whether the namespace has no path of its own.
fn is_pattern<N: Namespace>() -> bool {
    N::PATH.is_empty() || N::PATH.contains('{')
}

/// Waits until the runtime has nothing left to do: a clock that stands still goes on then, and no sooner.
pub(super) async fn quiet() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[track_caller]
pub(super) fn assert_stopped() {
    assert!(clock_stands_still(), "the clock does not stand still: begin with `#[tokio::test(start_paused = true)]`");
}

/// Whether the runtime's clock waits while the real one goes on.
pub(super) fn clock_stands_still() -> bool {
    let before = tokio::time::Instant::now();
    let real = std::time::Instant::now();
    while std::time::Instant::now() == real {}
    tokio::time::Instant::now() == before
}

impl Deref for TestServer {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer").field("handle", &self.handle).finish_non_exhaustive()
    }
}
