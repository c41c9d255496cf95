//! The acknowledgements of a broadcast, and of an event to the servers of a cluster.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::mpsc::UnboundedReceiver;

use super::super::socket_inner::SocketInner;
use super::request::{AckEvent, BroadcastAckRequest};
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
struct AckCollector<A> {
    answers: Answers<A>,
    /// By index, `true` for each recipient of this server that has acknowledged.
    answered: Vec<bool>,
}

impl<A: DeserializeOwned> AckCollector<A> {
    fn new(recipients: usize) -> Self {
        let answers = Answers {
            answered: Vec::new(),
            left: Vec::new(),
            silent: Vec::new(),
            unfit: Vec::new(),
            unsent: Vec::new(),
            missing: 0,
        };
        Self { answers, answered: vec![false; recipients] }
    }

    fn record(&mut self, event: AckEvent, recipients: &[Arc<SocketInner>]) {
        match event {
            AckEvent::Ack(index, payload) => {
                let index = index as usize;
                if let (Some(answered), Some(socket)) = (self.answered.get_mut(index), recipients.get(index)) {
                    *answered = true;
                    self.record_ack(Some(socket.id().to_string()), &payload);
                }
            }
            AckEvent::ExpectRemote(count) => self.answers.missing += count,
            AckEvent::RemoteAck(socket, ack) => {
                self.answers.missing = self.answers.missing.saturating_sub(1);
                self.record_ack(socket, &ack.to_payload());
            }
            // Without an id, the client stays counted as missing.
            AckEvent::RemoteDisconnect(None) => {}
            AckEvent::RemoteDisconnect(Some(socket)) => {
                self.answers.missing = self.answers.missing.saturating_sub(1);
                self.answers.left.push(socket);
            }
        }
    }

    fn record_ack(&mut self, socket: Option<String>, payload: &Payload) {
        match acknowledged(payload) {
            Ok(value) => self.answers.answered.push(Answer { socket, value }),
            Err(error) => self.answers.unfit.push(UnfitAnswer { socket, message: error.to_string() }),
        }
    }
}

/// Waits until every recipient has acknowledged or disconnected, or until the timeout.
pub(in crate::namespace) async fn collect<A: DeserializeOwned>(
    request: BroadcastAckRequest,
    mut events: UnboundedReceiver<AckEvent>,
    limit: Option<Duration>,
) -> Answers<A> {
    let recipients = request.recipients();
    let mut collector = AckCollector::new(recipients.len());
    let receive = async {
        while let Some(event) = events.recv().await {
            collector.record(event, recipients);
        }
    };
    match limit {
        Some(limit) => drop(tokio::time::timeout(limit, receive).await),
        None => receive.await,
    }
    let was_pending = request.cancel();
    // Acknowledgements that arrived between the timeout and the call of `cancel`.
    while let Ok(event) = events.try_recv() {
        collector.record(event, recipients);
    }
    let AckCollector { mut answers, answered } = collector;
    for ((socket, was_pending), answered) in recipients.iter().zip(was_pending).zip(answered) {
        if was_pending {
            answers.silent.push(socket.id().to_string());
        } else if !answered {
            answers.left.push(socket.id().to_string());
        }
    }
    answers.unsent = request.undelivered().iter().map(|socket| socket.id().to_string()).collect();
    answers
}

/// Waits until every server has acknowledged, or until the timeout.
pub(in crate::namespace) async fn collect_from_servers<A: DeserializeOwned>(
    mut events: UnboundedReceiver<AckEvent>,
    limit: Duration,
) -> ServerAnswers<A> {
    let mut collector = AckCollector::new(0);
    let receive = async {
        while let Some(event) = events.recv().await {
            collector.record(event, &[]);
        }
    };
    let _ = tokio::time::timeout(limit, receive).await;
    let Answers { answered, unfit, missing, .. } = collector.answers;
    ServerAnswers {
        answers: answered.into_iter().map(|answer| answer.value).collect(),
        unfit: unfit.into_iter().map(|unfit| unfit.message).collect(),
        missing,
    }
}
