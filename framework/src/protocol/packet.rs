//! A Socket.IO packet with its attachments.

use bytes::Bytes;

use super::name::Head;
#[cfg(feature = "msgpack")]
use crate::wire::Packed;

/// The type of a packet. The protocol has separate types for binary events and binary acknowledgements; here they
/// differ only in having attachments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
}

/// A packet whose JSON is well-formed and has the shape that its kind requires.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) kind: Kind,
    /// `/` if the packet names no namespace.
    pub(crate) namespace: &'a str,
    /// The id of the acknowledgement that is requested or given.
    pub(crate) id: Option<u64>,
    /// The JSON as received. It may be absent for every kind: a bare `2` is an event without name and arguments.
    pub(crate) data: Option<&'a str>,
    /// The head of the data, if this is an event with data.
    pub(crate) head: Option<Head>,
    /// The attachments to which the placeholders in `data` refer by number. Every placeholder has an attachment.
    pub(crate) attachments: Vec<Bytes>,
    /// Replaces `data` and `attachments` in an event or acknowledgement received as MessagePack.
    #[cfg(feature = "msgpack")]
    pub(crate) packed: Option<Box<Packed>>,
}

/// Returns `true` if applications cannot use this event name. Both sides emit such events themselves, so a received
/// event could not be distinguished from them.
pub(crate) fn is_reserved(name: &str) -> bool {
    matches!(name, "connect" | "connect_error" | "disconnect" | "disconnecting" | "newListener" | "removeListener")
}
