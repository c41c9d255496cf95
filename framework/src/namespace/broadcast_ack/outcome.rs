//! The acknowledgements of a broadcast, and of an event to the servers of a cluster.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::mpsc::UnboundedReceiver;

use super::super::socket_inner::SocketInner;
use super::request::{Asked, Heard};
use crate::wire::{Payload, acknowledged};

/// The outcome of a broadcast with acknowledgements: each recipient is in exactly one of the lists.
///
/// The socket ids are those at the time of the broadcast. Some sockets may have disconnected since.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answers<A> {
    /// The acknowledgements, in the order they arrived.
    pub answered: Vec<Answer<A>>,
    /// The sockets that disconnected before they acknowledged.
    pub left: Vec<String>,
    /// The sockets that did not acknowledge within the timeout.
    pub silent: Vec<String>,
    /// The acknowledgements that are not of the event's `Ack` type.
    pub unfit: Vec<UnfitAnswer>,
    /// The sockets to which the event could not be queued: see [`Delivery::failed`](crate::Delivery::failed).
    pub unsent: Vec<String>,
    /// The number of clients of other servers that disconnected or did not acknowledge within the timeout. Node's
    /// servers do not report their ids.
    pub missing: usize,
}

/// The acknowledgement of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<A> {
    /// The socket that acknowledged; `None` if its server does not report it. Node's servers do not.
    pub socket: Option<String>,
    /// The value of the acknowledgement.
    pub value: A,
}

/// An acknowledgement of the wrong type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnfitAnswer {
    /// The socket that acknowledged; `None` if its server does not report it.
    pub socket: Option<String>,
    /// The deserialization error.
    pub message: String,
}

impl<A> Answers<A> {
    /// Returns the acknowledgement of a socket.
    pub fn get(&self, socket: &str) -> Option<&A> {
        self.answered.iter().find(|answer| answer.socket.as_deref() == Some(socket)).map(|answer| &answer.value)
    }

    /// Returns the acknowledgements without their sockets.
    pub fn values(&self) -> impl Iterator<Item = &A> {
        self.answered.iter().map(|answer| &answer.value)
    }

    /// Consumes `self`, and returns the acknowledgements without their sockets.
    pub fn into_values(self) -> impl Iterator<Item = A> {
        self.answered.into_iter().map(|answer| answer.value)
    }

    /// Returns `true` if every recipient acknowledged with a valid value, or if the broadcast had no recipients.
    pub fn is_complete(&self) -> bool {
        let Self { answered: _, left, silent, unfit, unsent, missing } = self;
        left.is_empty() && silent.is_empty() && unfit.is_empty() && unsent.is_empty() && *missing == 0
    }
}

/// The acknowledgements of the other servers of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerAnswers<A> {
    /// The acknowledgements, in the order they arrived.
    pub answers: Vec<A>,
    /// The deserialization errors of acknowledgements that are not of the event's `Ack` type.
    pub unfit: Vec<String>,
    /// The number of servers that did not acknowledge within the timeout.
    pub missing: usize,
}

/// The acknowledgements received so far.
struct Tally<A> {
    answers: Answers<A>,
    /// By index, `true` for each recipient of this server that has acknowledged.
    answered: Vec<bool>,
}

impl<A: DeserializeOwned> Tally<A> {
    fn new(receivers: usize) -> Self {
        let answers = Answers {
            answered: Vec::new(),
            left: Vec::new(),
            silent: Vec::new(),
            unfit: Vec::new(),
            unsent: Vec::new(),
            missing: 0,
        };
        Self { answers, answered: vec![false; receivers] }
    }

    fn hear(&mut self, heard: Heard, receivers: &[Arc<SocketInner>]) {
        match heard {
            Heard::Answer(index, payload) => {
                let index = index as usize;
                if let (Some(answered), Some(socket)) = (self.answered.get_mut(index), receivers.get(index)) {
                    *answered = true;
                    self.answer(Some(socket.id().to_string()), &payload);
                }
            }
            Heard::Expected(count) => self.answers.missing += count,
            Heard::AnswerElsewhere(socket, answer) => {
                self.answers.missing = self.answers.missing.saturating_sub(1);
                self.answer(socket, &answer.to_payload());
            }
            // Without an id, the client stays counted as missing.
            Heard::LeftElsewhere(None) => {}
            Heard::LeftElsewhere(Some(socket)) => {
                self.answers.missing = self.answers.missing.saturating_sub(1);
                self.answers.left.push(socket);
            }
        }
    }

    fn answer(&mut self, socket: Option<String>, payload: &Payload) {
        match acknowledged(payload) {
            Ok(value) => self.answers.answered.push(Answer { socket, value }),
            Err(error) => self.answers.unfit.push(UnfitAnswer { socket, message: error.to_string() }),
        }
    }
}

/// Waits until every recipient has acknowledged or disconnected, or until the timeout.
pub(in crate::namespace) async fn collect<A: DeserializeOwned>(
    asked: Asked,
    mut heard: UnboundedReceiver<Heard>,
    limit: Option<Duration>,
) -> Answers<A> {
    let receivers = asked.receivers();
    let mut tally = Tally::new(receivers.len());
    let listen = async {
        while let Some(heard) = heard.recv().await {
            tally.hear(heard, receivers);
        }
    };
    match limit {
        Some(limit) => drop(tokio::time::timeout(limit, listen).await),
        None => listen.await,
    }
    let waited_for = asked.forget();
    // Acknowledgements that arrived between the timeout and the call of `forget`.
    while let Ok(heard) = heard.try_recv() {
        tally.hear(heard, receivers);
    }
    let Tally { mut answers, answered } = tally;
    for ((socket, waited_for), answered) in receivers.iter().zip(waited_for).zip(answered) {
        if waited_for {
            answers.silent.push(socket.id().to_string());
        } else if !answered {
            answers.left.push(socket.id().to_string());
        }
    }
    answers.unsent = asked.unsent().iter().map(|socket| socket.id().to_string()).collect();
    answers
}

/// Waits until every server has acknowledged, or until the timeout.
pub(in crate::namespace) async fn collect_of_servers<A: DeserializeOwned>(
    mut heard: UnboundedReceiver<Heard>,
    limit: Duration,
) -> ServerAnswers<A> {
    let mut tally = Tally::new(0);
    let listen = async {
        while let Some(heard) = heard.recv().await {
            tally.hear(heard, &[]);
        }
    };
    let _ = tokio::time::timeout(limit, listen).await;
    let Answers { answered, unfit, missing, .. } = tally.answers;
    ServerAnswers {
        answers: answered.into_iter().map(|answer| answer.value).collect(),
        unfit: unfit.into_iter().map(|unfit| unfit.message).collect(),
        missing,
    }
}
