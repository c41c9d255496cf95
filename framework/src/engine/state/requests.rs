//! What the requests of a session do to its state: polls, payloads, upgrades.

use std::task::{Poll, Waker};

use super::{Carrier, Get, Phase, PollAnswer, Post, PostOutcome, Refusal, State};
use crate::engine::close::CloseReason;
use crate::engine::codec::Body;

/// How many polls are answered at once after the probe. A client that was sent `3probe` polls no more, so that one or two
/// suffice; with a limit, a client that goes on polling cannot do so in a tight loop.
const POLLS_AT_ONCE: u8 = 8;

impl State {
    // ---- GET ----

    /// A poll arrived. A second one ends the session.
    pub(crate) fn begin_get(&mut self) -> Result<(), Refusal> {
        self.accepts_request()?;
        if !matches!(self.get, Get::None) {
            self.end(CloseReason::TransportError("overlap from client"));
            return Err(Refusal::Overlap);
        }
        if self.is_drained() {
            self.get = Get::Answered(PollAnswer::NoopAndClose);
            self.end(self.parting());
            return Ok(());
        }
        self.get = Get::Waiting(None);
        if self.queue.is_empty()
            && let Carrier::Upgrading { answered_at_once: left @ 1.. } = &mut self.carrier
        {
            *left -= 1;
            self.answer_poll(PollAnswer::Noop);
        }
        Ok(())
    }

    /// What to answer the pending poll with, once there is something.
    pub(crate) fn poll_get(&mut self, waker: &Waker) -> Poll<PollAnswer> {
        match &mut self.get {
            Get::Waiting(waiting) if self.queue.is_empty() => {
                *waiting = Some(waker.clone());
                Poll::Pending
            }
            Get::Waiting(_) => {
                self.get = Get::None;
                if self.is_closing() {
                    // The close follows by the next poll; the task waits for it, but not for ever.
                    self.wake();
                }
                Poll::Ready(PollAnswer::Packets(std::mem::take(&mut self.queue)))
            }
            Get::Answered(_) | Get::None => match std::mem::replace(&mut self.get, Get::None) {
                Get::Answered(answer) => Poll::Ready(answer),
                Get::None | Get::Waiting(_) => Poll::Ready(PollAnswer::Close),
            },
        }
    }

    /// The client went away before its poll was answered.
    pub(crate) fn abort_get(&mut self) {
        if !matches!(self.get, Get::None) {
            self.get = Get::None;
            self.end_polling(CloseReason::TransportError("poll connection closed prematurely"));
        }
    }

    pub(super) fn answer_poll(&mut self, answer: PollAnswer) {
        if let Get::Waiting(waker) = &mut self.get {
            let waker = waker.take();
            self.get = Get::Answered(answer);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    // ---- POST ----

    /// A payload is about to be read. A second one ends the session, and destroys the first.
    pub(crate) fn begin_post(&mut self) -> Result<(), Refusal> {
        self.accepts_request()?;
        if matches!(self.post, Post::None) {
            self.post = Post::Busy { payload: None, waker: None };
            return Ok(());
        }
        self.finish_post(PostOutcome::Destroyed);
        self.end(CloseReason::TransportError("data request overlap from client"));
        Err(Refusal::Overlap)
    }

    /// The body has been read; the session's task takes it from here.
    pub(crate) fn posted(&mut self, body: Body) {
        if let Post::Busy { payload, .. } = &mut self.post {
            *payload = Some(body);
            self.wake();
        }
    }

    pub(super) fn take_posted(&mut self) -> Option<Body> {
        match &mut self.post {
            Post::Busy { payload, .. } => payload.take(),
            Post::None | Post::Finished(_) => None,
        }
    }

    /// The packets have been processed, or there will be nobody to do so.
    pub(crate) fn finish_post(&mut self, outcome: PostOutcome) {
        if let Post::Busy { waker, .. } = &mut self.post {
            let waker = waker.take();
            self.post = Post::Finished(outcome);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    pub(crate) fn poll_post(&mut self, waker: &Waker) -> Poll<PostOutcome> {
        match &mut self.post {
            Post::Busy { waker: waiting, .. } => {
                *waiting = Some(waker.clone());
                Poll::Pending
            }
            Post::Finished(outcome) => {
                let outcome = *outcome;
                self.post = Post::None;
                Poll::Ready(outcome)
            }
            Post::None => Poll::Ready(PostOutcome::Processed),
        }
    }

    /// Ready when an overlapping request has destroyed this one.
    pub(crate) fn poll_destroyed(&mut self, waker: &Waker) -> Poll<()> {
        match &mut self.post {
            Post::Finished(PostOutcome::Destroyed) => Poll::Ready(()),
            Post::Busy { waker: waiting, .. } => {
                *waiting = Some(waker.clone());
                Poll::Pending
            }
            Post::None | Post::Finished(PostOutcome::Processed) => Poll::Pending,
        }
    }

    /// The request ended without a payload: too large a one, which leaves the session alive.
    pub(crate) fn cancel_post(&mut self) {
        self.post = Post::None;
    }

    /// The client went away while its payload was read or processed.
    pub(crate) fn abort_post(&mut self) {
        if !matches!(self.post, Post::None) {
            self.post = Post::None;
            self.end_polling(CloseReason::TransportError("data request connection closed prematurely"));
        }
    }

    /// Ends a session that is still carried by long-polling; after an upgrade, how its old requests end is of no
    /// concern.
    fn end_polling(&mut self, reason: CloseReason) {
        if self.is_polling() {
            self.end(reason);
        }
    }

    fn accepts_request(&self) -> Result<(), Refusal> {
        if self.closed().is_some() {
            return Err(Refusal::Gone);
        }
        if self.carrier == Carrier::WebSocket { Err(Refusal::OtherTransport) } else { Ok(()) }
    }

    // ---- upgrade ----

    /// A WebSocket wants to take over. One at a time, and only from long-polling.
    pub(crate) fn begin_upgrade(&mut self) -> Result<(), Refusal> {
        match (&self.phase, self.carrier) {
            (Phase::Closed(_), _) => Err(Refusal::Gone),
            (_, Carrier::Polling) => {
                self.carrier = Carrier::Upgrading { answered_at_once: 0 };
                Ok(())
            }
            (_, Carrier::Upgrading { .. } | Carrier::WebSocket) => Err(Refusal::OtherTransport),
        }
    }

    /// The client has probed: the poll that waits is answered now, and the next ones as soon as they arrive. The client
    /// sends nothing, neither the upgrade packet nor its events, before its last poll is answered.
    pub(crate) fn answer_polls_at_once(&mut self) {
        if let Carrier::Upgrading { answered_at_once } = &mut self.carrier {
            *answered_at_once = POLLS_AT_ONCE;
            self.hurry_poll();
        }
    }

    /// Answers a waiting poll, so that the client can finish the upgrade.
    pub(crate) fn hurry_poll(&mut self) {
        if self.queue.is_empty() {
            self.answer_poll(PollAnswer::Noop);
        }
    }

    /// The probe failed; long-polling goes on.
    pub(crate) fn abort_upgrade(&mut self) {
        if matches!(self.carrier, Carrier::Upgrading { .. }) {
            self.carrier = Carrier::Polling;
        }
    }

    /// The WebSocket carries the session from now on. False when the session ended meanwhile.
    pub(crate) fn complete_upgrade(&mut self) -> bool {
        if self.closed().is_some() || !matches!(self.carrier, Carrier::Upgrading { .. }) {
            return false;
        }
        // Queued packets leave over the WebSocket, after those that earlier polls took.
        self.answer_poll(PollAnswer::Noop);
        self.carrier = Carrier::WebSocket;
        self.wake();
        true
    }
}
