//! A disconnected socket that can no longer be recovered.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A disconnected socket that could be recovered until now, as passed to
/// [`Recovery::on_expired`](crate::Recovery::on_expired).
pub struct ExpiredSession {
    pub(super) namespace: Arc<str>,
    pub(super) id: Arc<str>,
    pub(super) rooms: Vec<String>,
    pub(super) reason: ExpiryReason,
    pub(super) session: Option<Arc<dyn Any + Send + Sync>>,
}

/// Why a socket can no longer be recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExpiryReason {
    /// The client was disconnected for longer than [`Recovery::max_disconnection`](crate::Recovery::max_disconnection).
    Time,
    /// A limit of [`Recovery::session_limits`](crate::Recovery::session_limits) was reached, and this was the oldest
    /// session of the namespace with the most.
    Evicted,
    /// The client has reconnected, but the packets that it missed are no longer stored, or are too many. It gets a new
    /// socket.
    Missed,
    /// The server was closed.
    ServerClosed,
}

impl ExpiredSession {
    /// Returns the path of the namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Returns the id that the socket had.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the rooms that the socket was in, including the room of its own id.
    pub fn rooms(&self) -> &[String] {
        &self.rooms
    }

    /// Returns why the socket can no longer be recovered.
    pub fn reason(&self) -> ExpiryReason {
        self.reason
    }

    /// Returns the session that `#[on_connect]` created for the socket, if it is an `S`.
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
