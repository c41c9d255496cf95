//! The booth namespace: voting, and an event that counts the connected clients.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use switchboard::prelude::*;

/// The current number of votes for each choice.
#[event("tally")]
pub(crate) struct Tally(BTreeMap<String, u32>);

/// Asks a client to acknowledge with `true`.
#[event("are you there?", ack = bool)]
pub(crate) struct AreYouThere;

/// The error for a vote for an unknown choice; contains the valid choices.
#[payload]
pub(crate) struct NoSuchChoice {
    choices: Vec<String>,
}

/// The namespace `/booth`.
#[derive(Debug)]
pub(crate) struct Booth {
    votes: Mutex<BTreeMap<String, u32>>,
}

impl Booth {
    /// Creates a booth with these choices.
    pub(crate) fn new(choices: &[&str]) -> Self {
        let votes = choices.iter().map(|choice| ((*choice).to_owned(), 0)).collect();
        Self { votes: Mutex::new(votes) }
    }

    fn tally(&self, choice: &str) -> Result<Tally, NoSuchChoice> {
        let mut votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner);
        match votes.get_mut(choice) {
            Some(count) => *count += 1,
            None => return Err(NoSuchChoice { choices: votes.keys().cloned().collect() }),
        }
        Ok(Tally(votes.clone()))
    }
}

#[namespace("/booth", emits(Tally, AreYouThere))]
impl Booth {
    /// Counts a vote, and broadcasts the tally.
    #[on("vote")]
    async fn vote(&self, socket: &Socket<Self>, choice: String) -> Result<Tally, NoSuchChoice> {
        let tally = self.tally(&choice)?;
        // The spans of the event, the socket and the connection already identify the client.
        tracing::info!(votes = tally.0.values().sum::<u32>(), "a vote");
        let _ = socket.broadcast().emit(&tally);
        Ok(tally)
    }

    /// Asks all other sockets for an acknowledgement, and returns how many answered `true`.
    #[on("count heads")]
    async fn count_heads(&self, socket: &Socket<Self>) -> usize {
        let others = socket.broadcast().timeout(Duration::from_secs(5));
        others.emit_with_ack(AreYouThere).await.map_or(0, |answers| answers.values().filter(|there| **there).count())
    }
}
