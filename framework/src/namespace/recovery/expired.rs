//! A socket that might have come back, and will not.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A socket that was gone and recoverable until now: what [`Recovery::on_expired`](crate::Recovery::on_expired) is told.
pub struct ExpiredSession {
    pub(super) namespace: Arc<str>,
    pub(super) id: Arc<str>,
    pub(super) rooms: Vec<String>,
    pub(super) reason: ExpiryReason,
    pub(super) session: Option<Arc<dyn Any + Send + Sync>>,
}

/// Why a socket cannot come back any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExpiryReason {
    /// It was away for longer than [`Recovery::max_disconnection`](crate::Recovery::max_disconnection).
    Time,
    /// A bound of [`Recovery::session_limits`](crate::Recovery::session_limits) was reached, its namespace had most, and it was
    /// away longest there.
    Evicted,
    /// Its client is back, and what it has missed is not known any more, or is too much: it gets a new socket.
    Missed,
    /// The server has closed.
    ServerClosed,
}

impl ExpiredSession {
    /// The path of the namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The id that the socket had.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The rooms that it was in, the one of its own id included.
    pub fn rooms(&self) -> &[String] {
        &self.rooms
    }

    /// Why it cannot come back any more.
    pub fn reason(&self) -> ExpiryReason {
        self.reason
    }

    /// What `#[on_connect]` returned for it, if the namespace's session is an `S`.
    pub fn session<S: Send + Sync + 'static>(&self) -> Option<&S> {
        self.session.as_ref()?.downcast_ref()
    }
}

impl fmt::Debug for ExpiredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ExpiredSession");
        debug.field("namespace", &self.namespace).field("id", &self.id).field("rooms", &self.rooms);
        debug.field("reason", &self.reason).finish_non_exhaustive()
    }
}
