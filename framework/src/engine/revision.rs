//! The revision of the Engine.IO protocol that a client speaks.

use super::codec::{Packet, PacketError, v3};
use super::query::Query;

/// The revision with which a session was opened. A WebSocket has its own, whose `base64` may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revision {
    /// Revision 4, of Socket.IO 3 and 4.
    Four,
    /// Revision 3, of Socket.IO 1 and 2.
    Three {
        /// The client asked for binary data as base64 text.
        base64: bool,
    },
}

impl Revision {
    /// Returns the revision of a request, or `None` if it is not allowed. As in the reference implementation, every
    /// value except 4 means 3.
    pub(super) fn of(query: &Query<'_>, three_is_allowed: bool) -> Option<Self> {
        match query.version.as_deref() {
            Some("4") => Some(Self::Four),
            _ if three_is_allowed => Some(Self::Three { base64: query.base64 }),
            _ => None,
        }
    }

    /// Always `false` without the feature `eio3`, so that the compiler removes the code for revision 3.
    #[inline(always)]
    pub(crate) fn is_three(self) -> bool {
        cfg!(feature = "eio3") && matches!(self, Self::Three { .. })
    }

    /// How to encode binary data for revision 3: `true` for base64 text, `false` for bytes with a type byte. `None` for
    /// revision 4, which needs neither.
    #[inline(always)]
    pub(super) fn base64(self) -> Option<bool> {
        match self {
            Self::Three { base64 } if self.is_three() => Some(base64),
            _ => None,
        }
    }

    /// Parses one text packet.
    #[inline(always)]
    pub(super) fn packet(self, text: &str) -> Result<Packet<'_>, PacketError> {
        if self.is_three() { v3::packet(text) } else { Packet::parse(text) }
    }
}
