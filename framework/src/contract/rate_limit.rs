//! A bound on how many events a socket may send in a time, as a ready-made middleware.

use std::panic::Location;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::{EventContext, Middleware, Namespace, Next, Reply};
use crate::namespace::Socket;
use crate::rate::Rate;

/// Middleware that lets so many events of a socket through in a time.
///
/// Around a namespace it counts all events of a socket, around a handler those of that handler. What is too much does not
/// reach the handler; it is answered with
/// `{ "error": { "message": "too many events", "data": { "retry_after": 250 } } }`, in milliseconds, if the client asked
/// for an acknowledgement, and the [error hook](crate::Server::on_error) is told. It can be [dropped](Self::dropping)
/// instead.
///
/// Each socket is counted by itself. What it has used up is kept with the socket, for each place of the source where a
/// limit is made: a limit that a function makes is one limit, wherever it is used.
///
/// ```
/// use std::time::Duration;
/// use switchboard::prelude::*;
///
/// struct Chat {
///     /// From the configuration.
///     uploads: RateLimit,
/// }
///
/// #[namespace("/chat", middleware(RateLimit::per_second(20).burst(100)))]
/// impl Chat {
///     #[on("typing", middleware(RateLimit::new(1, Duration::from_secs(2)).dropping()))]
///     fn typing(&self) {}
///
///     #[on("upload", middleware(self.uploads))]
///     fn upload(&self, file: bytes::Bytes) -> usize {
///         file.len()
///     }
/// }
///
/// let chat = Chat { uploads: RateLimit::new(10, Duration::from_secs(60)) };
/// # drop(chat);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    rate: Rate,
    place: &'static Location<'static>,
    drops: bool,
}

/// What the client is told.
#[derive(Serialize)]
struct TooMany {
    message: &'static str,
    data: RetryAfter,
}

#[derive(Serialize)]
struct RetryAfter {
    retry_after: u64,
}

impl RateLimit {
    /// So many events in so long, evenly spread; as many at once after a quiet time.
    ///
    /// # Panics
    ///
    /// When `events` is zero.
    #[track_caller]
    pub const fn new(events: u32, per: Duration) -> Self {
        Self { rate: Rate::new(events, per), place: Location::caller(), drops: false }
    }

    /// So many events in a second.
    ///
    /// # Panics
    ///
    /// When `events` is zero.
    #[track_caller]
    pub const fn per_second(events: u32) -> Self {
        Self { rate: Rate::new(events, Duration::from_secs(1)), place: Location::caller(), drops: false }
    }

    /// How many events may come at once after a quiet time.
    ///
    /// # Panics
    ///
    /// When `events` is zero.
    #[must_use]
    pub const fn burst(mut self, events: u32) -> Self {
        self.rate = self.rate.burst(events);
        self
    }

    /// Drops what is too much: no acknowledgement, not even if the client asked for one, and no word to the error hook.
    #[must_use]
    pub const fn dropping(mut self) -> Self {
        self.drops = true;
        self
    }

    /// Counts an event of this socket, or says how long it has to wait. For middleware of your own, that answers otherwise.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// async fn patient<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    ///     match RateLimit::per_second(5).take(event.socket()) {
    ///         Ok(()) => next.run(event).await,
    ///         Err(wait) => event.refuse(format!("come back in {} s", wait.as_secs())),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// How long it takes until another event may come.
    pub fn take<N: Namespace>(&self, socket: &Socket<N>) -> Result<(), Duration> {
        socket.take(self.place, self.rate, Instant::now())
    }
}

impl<N: Namespace> Middleware<N> for RateLimit {
    async fn handle(&self, event: EventContext<N>, next: impl Next<N>) -> Reply {
        match self.take(event.socket()) {
            Ok(()) => next.run(event).await,
            Err(_) if self.drops => Reply::silent(),
            Err(wait) => {
                // Rounded up: who comes back then is let in.
                let retry_after = u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
                event.refuse(TooMany { message: "too many events", data: RetryAfter { retry_after } })
            }
        }
    }
}
