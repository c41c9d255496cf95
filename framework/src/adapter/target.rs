//! The sockets that an operation applies to, and the delivery options of an event.

use std::time::Duration;

/// A selection of sockets of a namespace: the members of any of `rooms` (all sockets if `rooms` is empty), without the
/// members of any of `except`.
///
/// Each socket is also in a room named after its own id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// Rooms to include. Empty selects every socket.
    pub rooms: Vec<String>,
    /// Rooms to exclude. A broadcast from a socket puts the socket's id here.
    pub except: Vec<String>,
}

impl Target {
    /// Creates the selection of `rooms` (every socket if empty), without `except`.
    pub fn new(rooms: Vec<String>, except: Vec<String>) -> Self {
        Self { rooms, except }
    }
}

/// The delivery options of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flags {
    /// Skip recipients whose transport is not ready to send at this moment.
    pub volatile: bool,
    /// Allows or forbids compression, if the server decides this per message. `None` leaves the decision to the server.
    pub compress: Option<bool>,
    /// Timeout for acknowledgements. `None` waits without a limit.
    pub timeout: Option<Duration>,
}
