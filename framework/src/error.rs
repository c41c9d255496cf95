//! What can go wrong with the server itself.

use std::io;

/// The result of a server's `main`.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// The server could not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct Error {
    address: String,
    source: io::Error,
}

impl Error {
    pub(crate) fn listen(address: String, source: io::Error) -> Self {
        Self { address, source }
    }

    /// Whether another program listens on the address already.
    pub fn is_address_in_use(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}
