//! The server under test.

use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::connecting::Connecting;
use super::emitted::Emitted;
use super::inbox::describe;
use crate::contract::{EmittedBy, Namespace};
use crate::namespace::{Emission, HandlerError, Recorder};
use crate::server::{Handle, Server};
use crate::sync::lock;

/// Default timeout of expectations.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server under test. It is configured like the real server, but has no listener. It must be created within a Tokio
/// runtime.
///
/// It dereferences to a [`Handle`], so the handle's methods are available, for example
/// `app.namespace::<Chat>().members("lobby")` and `app.close()`. Cloning it is cheap.
#[derive(Clone)]
pub struct TestServer {
    handle: Handle,
    recorder: Arc<Recorder>,
    patience: Duration,
    /// The names of the clients, by socket id.
    names: Arc<Mutex<HashMap<String, String>>>,
}

impl TestServer {
    /// Starts the server with its namespaces, guards, state and options. The clients use WebSocket and JSON, even if
    /// the server is configured for another parser.
    pub fn new(server: Server) -> Self {
        let recorder = Arc::new(Recorder::default());
        let handle = server.with_recorder(recorder.clone()).build();
        Self { handle, recorder, patience: PATIENCE, names: Arc::default() }
    }

    /// Sets the timeout of expectations. Default: 5 s. With a paused clock, it takes no real time.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    // ---- clients ----

    /// Returns an unconnected client of a namespace. Panic messages identify it by `name`.
    ///
    /// # Panics
    ///
    /// If the namespace has several paths: use [`client_at`](Self::client_at).
    #[track_caller]
    pub fn client<N: Namespace>(&self, name: &str) -> Connecting<'_, N> {
        assert!(!is_pattern::<N>(), "the namespace has many paths: `client_at` takes one of them");
        self.client_at(N::PATH, name)
    }

    /// Returns an unconnected client for one path of a namespace with several paths.
    pub fn client_at<N: Namespace>(&self, path: &str, name: &str) -> Connecting<'_, N> {
        Connecting::new(self, path, name)
    }

    // ---- time ----

    /// Waits until the server is idle: until every task of the runtime waits for the clock or for a client. Advances
    /// the clock by one millisecond.
    ///
    /// Assertions call this themselves.
    ///
    /// # Panics
    ///
    /// If the clock is not paused, because the kit cannot detect an idle server then. Begin the test with
    /// `#[tokio::test(start_paused = true)]`.
    #[track_caller]
    pub fn settle(&self) -> impl Future<Output = ()> + Send + use<> {
        assert_clock_paused();
        wait_until_idle()
    }

    /// Advances the clock from deadline to deadline, so that heartbeats are sent and answered and timers fire in order.
    /// Then waits until the server is idle, like [`settle`](Self::settle).
    ///
    /// # Panics
    ///
    /// If the clock is not paused.
    #[track_caller]
    pub fn advance(&self, time: Duration) -> impl Future<Output = ()> + Send + use<> {
        assert_clock_paused();
        async move {
            tokio::time::sleep(time).await;
            wait_until_idle().await;
        }
    }

    // ---- sent events ----

    /// Waits until the server is idle, and takes the events of this type that the namespace has sent since the last
    /// call, in the order they were sent. Events without any recipient are included.
    ///
    /// # Panics
    ///
    /// If the namespace has several paths: use [`emitted_at`](Self::emitted_at).
    #[track_caller]
    pub fn emitted<N: Namespace, E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = Vec<Emitted<E>>> {
        assert!(!is_pattern::<N>(), "the namespace has many paths: `emitted_at` takes one of them");
        self.emitted_at::<N, E>(N::PATH)
    }

    /// Like [`emitted`](Self::emitted), for one path of a namespace with several paths.
    #[track_caller]
    pub fn emitted_at<N, E>(&self, path: &str) -> impl Future<Output = Vec<Emitted<E>>>
    where
        N: Namespace,
        E: EmittedBy<N> + DeserializeOwned,
    {
        assert_clock_paused();
        let path = path.to_owned();
        async move {
            wait_until_idle().await;
            let emissions = self.recorder.take_emissions(&path, E::NAME);
            emissions.into_iter().map(|emission| Emitted::new(emission, |id| self.name(id))).collect()
        }
    }

    /// Like [`emitted`](Self::emitted), for an event that was sent exactly once.
    ///
    /// # Panics
    ///
    /// If it was not sent, or was sent more than once. The message lists the sent events.
    #[track_caller]
    pub fn emitted_once<N: Namespace, E: EmittedBy<N> + DeserializeOwned>(&self) -> impl Future<Output = Emitted<E>> {
        let (location, emitted) = (Location::caller(), self.emitted::<N, E>());
        async move {
            let emitted = match <[_; 1]>::try_from(emitted.await) {
                Ok([once]) => return once,
                Err(emitted) => emitted,
            };
            let (path, name) = (N::PATH, E::NAME);
            if emitted.is_empty() {
                panic!(
                    "{location}: `{path}` did not emit `{name}`. {}",
                    self.describe_emissions(&self.recorder.emissions(path))
                );
            }
            panic!("{location}: `{path}` emitted `{name}` {} times: {emitted:#?}", emitted.len());
        }
    }

    fn describe_emissions(&self, emissions: &[Emission]) -> String {
        if emissions.is_empty() {
            return "It emitted nothing else, either.".to_owned();
        }
        let lines = emissions.iter().map(|emission| {
            let receivers: Vec<_> = emission.receivers.iter().map(|id| self.name(id)).collect();
            format!("\n  {} to {receivers:?}", describe(&emission.event))
        });
        format!("What it emitted, and was not taken:{}", lines.collect::<String>())
    }

    /// Takes the errors that were reported to [`Server::on_error`] since the last call.
    ///
    /// They include events without a handler. If a client sends such an event without requesting an acknowledgement,
    /// the client is not notified.
    #[track_caller]
    pub fn failures(&self) -> impl Future<Output = Vec<HandlerError>> {
        assert_clock_paused();
        async move {
            wait_until_idle().await;
            self.recorder.take_failures()
        }
    }

    // ---- for the clients ----

    pub(super) fn timeout(&self) -> Duration {
        self.patience
    }

    pub(super) fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    pub(super) fn set_name(&self, id: &str, name: &str) {
        lock(&self.names).insert(id.to_owned(), name.to_owned());
    }

    /// Returns the client's name if `room` is a socket id, otherwise the room's own name.
    fn name(&self, room: &str) -> String {
        lock(&self.names).get(room).map_or(room, String::as_str).to_owned()
    }
}

/// Returns `true` if the namespace has a path pattern instead of one fixed path.
fn is_pattern<N: Namespace>() -> bool {
    N::PATH.is_empty() || N::PATH.contains('{')
}

/// Waits until the runtime is idle: a paused clock advances only then.
pub(super) async fn wait_until_idle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[track_caller]
pub(super) fn assert_clock_paused() {
    assert!(is_clock_paused(), "the clock does not stand still: begin with `#[tokio::test(start_paused = true)]`");
}

/// Returns `true` if the runtime's clock is paused.
pub(super) fn is_clock_paused() -> bool {
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
