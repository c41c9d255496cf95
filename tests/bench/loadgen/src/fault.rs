//! What can be wrong with a run: the server's answers, or the machine.

use std::io;

/// Each of these ends the run, and the line says `"ok":false`.
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

/// A wrong answer on a connection.
pub fn wrong<T>(connection: usize, what: impl Into<String>) -> Result<T> {
    Err(Fault::Answer { connection, what: what.into() })
}

/// The beginning of a message, for an error.
pub fn excerpt(message: &[u8]) -> String {
    let shown = String::from_utf8_lossy(&message[..message.len().min(100)]);
    format!("{} bytes: {shown}", message.len())
}

pub trait Doing<T> {
    /// Says what was being done when the system refused.
    fn doing(self, what: &'static str) -> Result<T>;
}

impl<T, E: Into<io::Error>> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: &'static str) -> Result<T> {
        self.map_err(|error| Fault::System { doing: what, source: error.into() })
    }
}
