//! Connection state recovery: a client that reconnects after its connection was lost gets its socket back, and the
//! events that it missed.
//!
//! `log`, `presence` and `sessions` are plain data structures without I/O. The log of a namespace also serializes
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

pub(super) use namespace_log::Ledger;
pub(super) use restore::without_former;
pub(super) use socket::{Recoverable, Turn};
pub(crate) use store::Store;
