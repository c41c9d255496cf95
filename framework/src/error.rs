//! The error of a server that cannot start.

use std::{fmt, io};

/// The result type of a server's `main`.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// The server could not start.
///
/// `Debug` is the same text as `Display`, because a `main` that returns the error prints it with `Debug`.
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Kind);

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: String, source: io::Error },
    #[error("cannot read the browser's client from {folder}: {source}")]
    ClientFiles { folder: String, source: io::Error },
}

impl Error {
    pub(crate) fn listen(address: String, source: io::Error) -> Self {
        Self(Kind::Listen { address, source })
    }

    pub(crate) fn client_files(folder: String, source: io::Error) -> Self {
        Self(Kind::ClientFiles { folder, source })
    }

    /// Returns `true` if the address is already in use.
    pub fn is_address_in_use(&self) -> bool {
        matches!(&self.0, Kind::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }
}
