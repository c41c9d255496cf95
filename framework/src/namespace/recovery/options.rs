//! Whether and for how long connections can be recovered.

use std::fmt;
use std::time::Duration;

use super::expired::ExpiredSession;

pub(super) type ExpiryHook = Box<dyn Fn(&ExpiredSession) + Send + Sync>;

/// How connections are recovered: see [`Server::recovery`](crate::Server::recovery).
///
/// ```
/// use std::time::Duration;
/// use switchboard::prelude::*;
/// use switchboard::Recovery;
///
/// let recovery = Recovery::new()
///     .max_disconnection(Duration::from_secs(60))
///     .on_expired(|gone| println!("{} of {:?} did not come back", gone.id(), gone.namespace()));
/// let server = Server::new().recovery(recovery).build();
/// # drop(server);
/// ```
#[must_use = "it does nothing before it is given to a server"]
pub struct Recovery {
    pub(super) max_disconnection: Duration,
    pub(super) skip_guards: bool,
    pub(super) max_sessions: usize,
    pub(super) max_session_bytes: usize,
    pub(super) max_packets: usize,
    pub(super) max_packet_bytes: usize,
    pub(super) on_expired: Option<ExpiryHook>,
}

impl Default for Recovery {
    fn default() -> Self {
        Self::new()
    }
}

impl Recovery {
    /// Recovery with the default bounds.
    pub fn new() -> Self {
        Self {
            max_disconnection: Duration::from_secs(120),
            skip_guards: false,
            max_sessions: usize::MAX,
            max_session_bytes: 256 * 1024 * 1024,
            max_packets: usize::MAX,
            max_packet_bytes: 512 * 1024 * 1024,
            on_expired: None,
        }
    }

    /// How long a client may be away. Default: 2 minutes, as in Node. It counts from when the server notices: of a client that
    /// falls silent, after [`Server::ping_interval`](crate::Server::ping_interval) and
    /// [`Server::ping_timeout`](crate::Server::ping_timeout) at the latest. A client that is back before that takes its
    /// socket over from the old connection, which ends with [`DisconnectReason::TakenOver`](crate::DisconnectReason::TakenOver).
    pub fn max_disconnection(mut self, duration: Duration) -> Self {
        // Years: an instant that far away can still be expressed.
        self.max_disconnection = duration.min(Duration::from_secs(u64::from(u32::MAX)));
        self
    }

    /// Whether guards let a client that comes back pass unasked (false). In Node, they do by default
    /// (`skipMiddlewares`): who was banned, or whose token has expired meanwhile, is back then. `#[on_connect]` runs in any
    /// case.
    pub fn skip_guards(mut self, skip: bool) -> Self {
        self.skip_guards = skip;
        self
    }

    /// Bounds the sockets that are kept while their clients are away, of all namespaces, in number and in bytes. Default:
    /// any number, 256 MiB.
    ///
    /// The bytes include the names of rooms, the data as JSON and the session's own size, but nothing that a session keeps on
    /// the heap. Beyond a bound, the sockets go that have been away longest in the namespace that has most: each namespace is
    /// sure of an equal share, where all paths of a pattern are one namespace. The book says how many clients fit.
    pub fn session_limits(mut self, sessions: usize, bytes: usize) -> Self {
        (self.max_sessions, self.max_session_bytes) = (sessions, bytes);
        self
    }

    /// Bounds the packets that are kept for clients that may come back, of all namespaces, in number and in bytes. Default:
    /// any number, 512 MiB.
    ///
    /// A packet is kept once for all of its recipients. Beyond a bound, the oldest packets of the namespace that has most go; a
    /// client that would need one of them cannot be recovered and gets a new socket. Packets go in any case once they are
    /// older than [`max_disconnection`](Self::max_disconnection) and a heartbeat; it is checked twice in that time.
    ///
    /// What one client has missed may be twice the bounds of [`Server::queue_limits`](crate::Server::queue_limits): a reader
    /// that was too slow has missed as much as these, at least.
    pub fn packet_limits(mut self, packets: usize, bytes: usize) -> Self {
        (self.max_packets, self.max_packet_bytes) = (packets, bytes);
        self
    }

    /// Is told of every socket that was gone, might have come back, and will not: the moment to undo what
    /// `#[on_disconnect]` has left for that case. It must not block.
    pub fn on_expired(mut self, hook: impl Fn(&ExpiredSession) + Send + Sync + 'static) -> Self {
        self.on_expired = Some(Box::new(hook));
        self
    }
}

impl fmt::Debug for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Recovery");
        debug.field("max_disconnection", &self.max_disconnection).field("skip_guards", &self.skip_guards);
        debug.field("session_limits", &(self.max_sessions, self.max_session_bytes));
        debug.field("packet_limits", &(self.max_packets, self.max_packet_bytes)).finish_non_exhaustive()
    }
}
