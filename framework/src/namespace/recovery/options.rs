//! The settings of recovery.

use std::fmt;
use std::time::Duration;

use super::expired::ExpiredSession;

pub(super) type ExpiryHook = Box<dyn Fn(&ExpiredSession) + Send + Sync>;

/// The settings of connection state recovery: see [`Server::recovery`](crate::Server::recovery).
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
    /// Creates the default settings.
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

    /// Sets how long a client may be disconnected. Default: 2 minutes, as in Node. The time starts when the server
    /// notices the disconnection. If a client stops responding, this takes at most
    /// [`Server::ping_interval`](crate::Server::ping_interval) plus
    /// [`Server::ping_timeout`](crate::Server::ping_timeout). A client that reconnects before that takes its socket
    /// over from the old connection, which ends with
    /// [`DisconnectReason::TakenOver`](crate::DisconnectReason::TakenOver).
    pub fn max_disconnection(mut self, duration: Duration) -> Self {
        // Limited to about 136 years, so that adding it to an `Instant` cannot overflow.
        self.max_disconnection = duration.min(Duration::from_secs(u64::from(u32::MAX)));
        self
    }

    /// Sets whether guards are skipped for recovered sockets. Default: `false`. In Node, they are skipped by default
    /// (`skipMiddlewares`), so a client reconnects even if it was banned or its token has expired in the meantime.
    /// `#[on_connect]` always runs.
    pub fn skip_guards(mut self, skip: bool) -> Self {
        self.skip_guards = skip;
        self
    }

    /// Limits the sessions that are saved for disconnected clients, over all namespaces, in number and in bytes.
    /// Default: any number, 256 MiB.
    ///
    /// The bytes include the names of rooms, the socket data as JSON and the size of the session value itself, but not
    /// the session's heap allocations. Above a limit, the oldest sessions of the namespace with the most sessions (or
    /// bytes) are dropped, so each namespace is guaranteed an equal share. All paths of a pattern count as one
    /// namespace. The book shows how many clients fit.
    pub fn session_limits(mut self, sessions: usize, bytes: usize) -> Self {
        (self.max_sessions, self.max_session_bytes) = (sessions, bytes);
        self
    }

    /// Limits the packets that are stored for clients that may reconnect, over all namespaces, in number and in bytes.
    /// Default: any number, 512 MiB.
    ///
    /// A packet is stored once for all its recipients. Above a limit, the oldest packets of the namespace with the most
    /// packets (or bytes) are dropped. A client that needs one of them cannot be recovered, and gets a new socket.
    /// Packets older than [`max_disconnection`](Self::max_disconnection) plus the time to detect a disconnection are
    /// always dropped. The age is checked twice in that period.
    ///
    /// A single client can miss up to twice the limits of [`Server::queue_limits`](crate::Server::queue_limits),
    /// because a client that was disconnected for reading too slowly has missed at least a full queue.
    pub fn packet_limits(mut self, packets: usize, bytes: usize) -> Self {
        (self.max_packets, self.max_packet_bytes) = (packets, bytes);
        self
    }

    /// Sets a hook that is called for every disconnected socket that can no longer be recovered. Use it to clean up
    /// state that `#[on_disconnect]` keeps for recovery. The hook must not block.
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
