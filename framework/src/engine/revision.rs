//! Which revision of the Engine.IO protocol a client speaks.

use super::codec::{Packet, PacketError, v3};
use super::query::Query;

/// What a session was opened with. A WebSocket has its own, which may say otherwise of base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revision {
    /// Of Socket.IO 3 and 4.
    Four,
    /// Of Socket.IO 1 and 2.
    Three {
        /// The client wants bytes as text.
        base64: bool,
    },
}

impl Revision {
    /// The revision of a request, if it is allowed. As in the reference, whatever is not 4 is 3.
    pub(super) fn of(query: &Query<'_>, three_is_allowed: bool) -> Option<Self> {
        match query.version.as_deref() {
            Some("4") => Some(Self::Four),
            _ if three_is_allowed => Some(Self::Three { base64: query.base64 }),
            _ => None,
        }
    }

    /// Never without the feature, so that what depends on it is not compiled in then.
    #[inline(always)]
    pub(crate) fn is_three(self) -> bool {
        cfg!(feature = "eio3") && matches!(self, Self::Three { .. })
    }

    /// How bytes are sent, if not as revision 4 does: as text in base64, or with their type in front.
    #[inline(always)]
    pub(super) fn base64(self) -> Option<bool> {
        match self {
            Self::Three { base64 } if self.is_three() => Some(base64),
            _ => None,
        }
    }

    /// Reads one packet of text.
    #[inline(always)]
    pub(super) fn packet(self, text: &str) -> Result<Packet<'_>, PacketError> {
        if self.is_three() { v3::packet(text) } else { Packet::parse(text) }
    }
}
