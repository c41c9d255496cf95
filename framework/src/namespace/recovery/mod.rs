//! Connection state recovery: a client that reconnects after its connection was lost gets its socket back, and the
//! events that it missed.
//!
//! `log`, `room_history` and `sessions` are plain data structures without I/O. The log of a namespace also serializes
//! everything that affects recovery there: while it is locked, no recoverable packet is sent, and no socket connects or
//! disconnects.

mod audience;
mod expired;
mod live_sockets;
mod log;
mod namespace_log;
mod offset;
mod options;
mod packet_quota;
mod restore;
mod room_history;
mod sessions;
mod socket;
mod store;
#[cfg(test)]
mod tests;

pub use expired::{ExpiredSession, ExpiryReason};
pub use options::Recovery;

pub(super) use namespace_log::NamespaceLog;
pub(super) use restore::strip_recovery_fields;
pub(super) use socket::{HandlerGuard, Recoverable};
pub(crate) use store::Store;
