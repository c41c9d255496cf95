//! A middleware that limits how many events a socket may send in a period.

use std::panic::Location;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::{EventContext, Middleware, Namespace, Next, Reply};
use crate::namespace::Socket;
use crate::rate::Rate;

/// A middleware that limits the rate of a socket's events.
///
/// On a namespace, it counts all events of a socket; on a handler, only the events of this handler. Events over the
/// limit do not reach the handler. If the client requested an acknowledgement, they are acknowledged with
/// `{ "error": { "message": "too many events", "data": { "retry_after": 250 } } }`, in milliseconds. They are reported
/// to the [error hook](crate::Server::on_error). To ignore them instead, use [`dropping`](Self::dropping).
///
/// Each socket has its own counters, one for each source location that creates a limit. A limit that is created by a
/// function is therefore a single limit, even if several handlers call the function.
///
/// ```
/// use std::time::Duration;
/// use switchboard::prelude::*;
///
/// struct Chat {
/// /// Read from the configuration.
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
    location: &'static Location<'static>,
    drops: bool,
}

/// The error that is sent to the client.
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
    /// Creates a limit of `events` in a period of `per`, evenly distributed. After an idle period, up to `events` may
    /// arrive at once.
    ///
    /// # Panics
    ///
    /// If `events` is zero.
    #[track_caller]
    pub const fn new(events: u32, per: Duration) -> Self {
        Self { rate: Rate::new(events, per), location: Location::caller(), drops: false }
    }

    /// Creates a limit of `events` per second.
    ///
    /// # Panics
    ///
    /// If `events` is zero.
    #[track_caller]
    pub const fn per_second(events: u32) -> Self {
        Self { rate: Rate::new(events, Duration::from_secs(1)), location: Location::caller(), drops: false }
    }

    /// Sets how many events may arrive at once after an idle period.
    ///
    /// # Panics
    ///
    /// If `events` is zero.
    #[must_use]
    pub const fn burst(mut self, events: u32) -> Self {
        self.rate = self.rate.burst(events);
        self
    }

    /// Drops events over the limit. They are not acknowledged, even if the client requests it, and are not reported to
    /// the error hook.
    #[must_use]
    pub const fn dropping(mut self) -> Self {
        self.drops = true;
        self
    }

    /// Counts an event of this socket. Use it for a custom middleware with a different error.
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
    /// Returns the time until the next event is allowed.
    pub fn take<N: Namespace>(&self, socket: &Socket<N>) -> Result<(), Duration> {
        socket.check_rate(self.location, self.rate, Instant::now())
    }
}

impl<N: Namespace> Middleware<N> for RateLimit {
    async fn handle(&self, event: EventContext<N>, next: impl Next<N>) -> Reply {
        match self.take(event.socket()) {
            Ok(()) => next.run(event).await,
            Err(_) if self.drops => Reply::silent(),
            Err(wait) => {
                // Rounded up, so that an event sent after this time is accepted.
                let retry_after = u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
                event.refuse(TooMany { message: "too many events", data: RetryAfter { retry_after } })
            }
        }
    }
}
