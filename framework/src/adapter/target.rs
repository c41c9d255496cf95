//! Whom a call for many sockets means, and how it is to reach them.

use std::time::Duration;

/// Sockets of a namespace: those in any of `rooms`, or all if there are none, less those in any of `except`.
///
/// The room of a socket's own id counts as a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// The rooms whose members are meant; none for everybody.
    pub rooms: Vec<String>,
    /// The rooms whose members are not meant. A broadcast from a socket names its id here.
    pub except: Vec<String>,
}

impl Target {
    /// These rooms, or everybody, less the others.
    pub fn new(rooms: Vec<String>, except: Vec<String>) -> Self {
        Self { rooms, except }
    }
}

/// How an event is to travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flags {
    /// Receivers whose transport is not ready at that instant do not get it.
    pub volatile: bool,
    /// Whether it may be compressed, for servers that compress single messages; `None` leaves it to them.
    pub compress: Option<bool>,
    /// How long answers are waited for; `None` for as long as it takes.
    pub timeout: Option<Duration>,
}
