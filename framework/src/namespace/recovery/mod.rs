//! Connection state recovery: a client that comes back after its connection was cut gets its socket again, and what it
//! has missed.
//!
//! `log`, `presence` and `sessions` decide, and do nothing else. The log of a namespace is also what orders everything
//! that concerns recovery there: while it is locked, nothing that can be recovered is sent, and no socket comes or goes.

mod audience;
mod claim;
mod expired;
mod ledger;
mod live;
mod log;
mod offset;
mod options;
mod packets;
mod presence;
mod sessions;
mod socket;
mod store;
#[cfg(test)]
mod tests;

pub use expired::{ExpiredSession, ExpiryReason};
pub use options::Recovery;

pub(super) use claim::without_former;
pub(super) use ledger::Ledger;
pub(super) use socket::{Recoverable, Turn};
pub(crate) use store::Store;
