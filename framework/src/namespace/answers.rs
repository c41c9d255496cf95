//! What many clients, or the servers of a cluster, answered.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::mpsc::UnboundedReceiver;

use super::asked::{Asked, Heard};
use super::raw::RawSocket;
use crate::wire::{Payload, acknowledged};

/// What became of an event that many clients were asked to acknowledge: each of them is in one of the lists.
///
/// The ids of sockets are those of their connections at that time; some may have left since.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answers<A> {
    /// The answers, in the order of their arrival.
    pub answered: Vec<Answer<A>>,
    /// The sockets that were disconnected before they answered.
    pub left: Vec<String>,
    /// The sockets that did not answer in time.
    pub silent: Vec<String>,
    /// The answers that are not what the event's `Ack` says.
    pub unfit: Vec<UnfitAnswer>,
    /// The sockets to which the event was not even queued, as in [`Delivery::failed`](crate::Delivery::failed).
    pub unsent: Vec<String>,
    /// How many clients of other servers did not answer in time, or left: Node's servers do not say which.
    pub missing: usize,
}

/// One client's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<A> {
    /// The socket that answered; `None` if another server did not say which: Node's do not.
    pub socket: Option<String>,
    /// What it said.
    pub value: A,
}

/// An answer that is of another type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnfitAnswer {
    /// The socket that answered; `None` if another server did not say which.
    pub socket: Option<String>,
    /// What is wrong with it.
    pub message: String,
}

impl<A> Answers<A> {
    /// The answer of a socket.
    pub fn get(&self, socket: &str) -> Option<&A> {
        self.answered.iter().find(|answer| answer.socket.as_deref() == Some(socket)).map(|answer| &answer.value)
    }

    /// The answers without the sockets.
    pub fn values(&self) -> impl Iterator<Item = &A> {
        self.answered.iter().map(|answer| &answer.value)
    }

    /// The answers without the sockets.
    pub fn into_values(self) -> impl Iterator<Item = A> {
        self.answered.into_iter().map(|answer| answer.value)
    }

    /// Whether all have answered, and as they should. That is also true of nobody.
    pub fn is_complete(&self) -> bool {
        let Self { answered: _, left, silent, unfit, unsent, missing } = self;
        left.is_empty() && silent.is_empty() && unfit.is_empty() && unsent.is_empty() && *missing == 0
    }
}

/// What the other servers of a cluster answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerAnswers<A> {
    /// The answers, in the order of their arrival.
    pub answers: Vec<A>,
    /// What is wrong with the answers that are not what the event's `Ack` says.
    pub unfit: Vec<String>,
    /// How many servers did not answer in time.
    pub missing: usize,
}

/// What has been heard so far.
struct Tally<A> {
    answers: Answers<A>,
    /// Which receivers of this server have answered.
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

    fn hear(&mut self, heard: Heard, receivers: &[Arc<RawSocket>]) {
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
            // One that cannot be named stays among the missing.
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

/// Waits until all have answered or gone, or the time is over.
pub(super) async fn collect<A: DeserializeOwned>(
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
    // What came after the time was over and before that was said.
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

/// Waits until all servers have answered, or the time is over.
pub(super) async fn collect_of_servers<A: DeserializeOwned>(
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
