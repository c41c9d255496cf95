//! A Socket.IO packet, complete with its attachments.

use bytes::Bytes;

use super::name::Head;
#[cfg(feature = "msgpack")]
use crate::wire::Packed;

/// What a packet is for. The protocol numbers a binary event and a binary acknowledgement apart from the plain ones;
/// here they only differ by having attachments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
}

/// A packet whose JSON is well formed and has the shape that its kind asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) kind: Kind,
    /// `/` if the packet names none.
    pub(crate) namespace: &'a str,
    /// The number under which an acknowledgement is asked for, or given.
    pub(crate) id: Option<u64>,
    /// The JSON as it was sent. Absent is fine for every kind: a bare `2` is an event without name or arguments.
    pub(crate) data: Option<&'a str>,
    /// How the data begins if this is an event that has any.
    pub(crate) head: Option<Head>,
    /// What the placeholders in `data` stand for, by their number. Every placeholder has its attachment.
    pub(crate) attachments: Vec<Bytes>,
    /// What an event or an acknowledgement has instead of `data` and `attachments` if it came as MessagePack.
    #[cfg(feature = "msgpack")]
    pub(crate) packed: Option<Box<Packed>>,
}

/// Whether applications cannot use this event name: both sides raise such events themselves, so that nobody could tell
/// one that came over the wire from a real one.
pub(crate) fn is_reserved(name: &str) -> bool {
    matches!(name, "connect" | "connect_error" | "disconnect" | "disconnecting" | "newListener" | "removeListener")
}
