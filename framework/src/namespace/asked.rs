//! A question put to many sockets, and what is heard in return.
//!
//! Whoever still owes an answer holds a sender of one channel: the clients of this server by what their sockets keep,
//! those of other servers by the adapter's sink. It is all over when the channel ends, be it since all have answered or
//! since those who have not are gone.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::broadcast::Delivery;
use super::hub::Hub;
use super::raw::RawSocket;
use crate::adapter::{Data, Target};
use crate::protocol::encode::Encoded;
use crate::wire::Payload;

/// What was heard of a question.
#[derive(Debug)]
pub(super) enum Heard {
    /// A receiver of this server has answered, by its index.
    Answer(u32, Payload),
    /// So many more were asked elsewhere.
    Expected(usize),
    /// Somebody has answered elsewhere.
    AnswerElsewhere(Option<String>, Data),
    /// Somebody who was asked elsewhere has gone.
    LeftElsewhere(Option<String>),
}

/// What a socket keeps of a question: dropped unanswered, it says that there will be no answer.
#[derive(Debug)]
pub(super) struct Ticket {
    receiver: u32,
    heard: UnboundedSender<Heard>,
}

impl Ticket {
    pub(super) fn answer(self, payload: Payload) {
        // Whoever waited may have given up in this instant.
        let _ = self.heard.send(Heard::Answer(self.receiver, payload));
    }
}

/// Where an adapter puts what other servers answer to an event. When all is said, drop it: the caller waits for that, or
/// for its time to be over, whichever comes first.
///
/// To a broadcast, clients answer: [`expect`](Self::expect) says how many a server has asked, and
/// [`answer`](Self::answer) and [`left`](Self::left) what came of it. To a server-side emit, servers answer, each as if
/// it were a client.
#[derive(Clone, Debug)]
pub struct AnswerSink(UnboundedSender<Heard>);

impl AnswerSink {
    /// So many more were asked, and will answer or not.
    pub fn expect(&self, count: usize) {
        self.tell(Heard::Expected(count));
    }

    /// One of them has answered: the socket of this id, if the other server says which.
    pub fn answer(&self, socket: Option<String>, answer: Data) {
        self.tell(Heard::AnswerElsewhere(socket, answer));
    }

    /// One of them has gone, and will not answer. Node's servers do not say so.
    pub fn left(&self, socket: Option<String>) {
        self.tell(Heard::LeftElsewhere(socket));
    }

    /// Completes when nobody waits any more, and answers need not be passed on.
    pub async fn closed(&self) {
        self.0.closed().await;
    }

    fn tell(&self, heard: Heard) {
        // Whoever waited may have given up in this instant.
        let _ = self.0.send(heard);
    }
}

/// What comes back, and where it is put.
pub(super) fn channel() -> (AnswerSink, UnboundedReceiver<Heard>) {
    let (sender, heard) = unbounded_channel();
    (AnswerSink(sender), heard)
}

/// Sockets of this server that were asked something. Dropping it forgets their answers.
#[derive(Debug)]
pub(super) struct Asked {
    id: u64,
    receivers: Vec<Arc<RawSocket>>,
    unsent: Vec<Arc<RawSocket>>,
}

impl Asked {
    /// Puts a question, which is written once for all, to those that are meant.
    pub(super) fn ask(
        hub: &Hub,
        target: &Target,
        sender: Option<&Arc<RawSocket>>,
        (id, packet, volatile): (u64, &Encoded, bool),
        sink: &AnswerSink,
    ) -> Self {
        #[cfg(feature = "testing")]
        hub.note(target, sender, packet);
        let mut asked = Self { id, receivers: Vec::new(), unsent: Vec::new() };
        hub.each(target, sender, |socket| {
            // 2^32 sockets do not fit a machine.
            let ticket = Ticket { receiver: asked.receivers.len() as u32, heard: sink.0.clone() };
            // Before it is sent: the answer may be here at once. A socket that goes drops all that it keeps after it has
            // ceased to be connected, so that one which is connected afterwards still will.
            socket.acks.expect_for(id, ticket);
            match socket.ask(packet, volatile) {
                Some(Ok(())) => return asked.receivers.push(socket.clone()),
                Some(Err(_)) => asked.unsent.push(socket.clone()),
                None => {}
            }
            socket.acks.forget(id);
        });
        hub.observed.broadcast(Delivery { sent: asked.receivers.len(), failed: asked.unsent.len() });
        asked
    }

    /// Those that the question was sent to.
    pub(super) fn receivers(&self) -> &[Arc<RawSocket>] {
        &self.receivers
    }

    /// Those that were meant and not reached.
    pub(super) fn unsent(&self) -> &[Arc<RawSocket>] {
        &self.unsent
    }

    /// Forgets the answers that have not come. Says of each receiver whether its answer was still waited for; it was not
    /// if it has answered, or has gone.
    pub(super) fn forget(&self) -> Vec<bool> {
        self.receivers.iter().map(|socket| socket.acks.forget(self.id)).collect()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.forget();
    }
}
