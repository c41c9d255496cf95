//! Errors that end a run: wrong answers of the server, and errors of the machine.

use std::io;

/// An error that ends the run. The line of the run then contains `"ok":false`.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("no scenario {0}")]
    Scenario(String),
    #[error("connection {connection}: {what}")]
    Answer { connection: usize, what: String },
    #[error("lost: {0}")]
    Lost(String),
    #[error("not in time: {0}")]
    Late(String),
    #[error("{doing}: {source}")]
    System { doing: &'static str, source: io::Error },
    #[error("the machine has too little memory for this: {0} KiB left")]
    Memory(u64),
}

pub type Result<T = ()> = std::result::Result<T, Fault>;

/// Returns the error for a wrong answer on a connection.
pub fn wrong<T>(connection: usize, what: impl Into<String>) -> Result<T> {
    Err(Fault::Answer { connection, what: what.into() })
}

/// Returns the start of a message, for an error.
pub fn excerpt(message: &[u8]) -> String {
    let shown = String::from_utf8_lossy(&message[..message.len().min(100)]);
    format!("{} bytes: {shown}", message.len())
}

pub trait Doing<T> {
    /// Adds the failed action to a system error.
    fn doing(self, what: &'static str) -> Result<T>;
}

impl<T, E: Into<io::Error>> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: &'static str) -> Result<T> {
        self.map_err(|error| Fault::System { doing: what, source: error.into() })
    }
}
