//! What the requests of a session do to its state: polls, payloads, upgrades.

use std::task::{Poll, Waker};

use super::{Carrier, Get, Phase, PollAnswer, Post, PostOutcome, Refusal, State};
use crate::engine::close::CloseReason;
use crate::engine::codec::Body;

impl State {
    // ---- GET ----

    /// A poll arrived. A second one ends the session.
    pub(crate) fn begin_get(&mut self) -> Result<(), Refusal> {
        self.accepts_request()?;
        if !matches!(self.get, Get::None) {
            self.end_overlapped();
            return Err(Refusal::Overlap);
        }
        if self.is_drained() {
            self.get = Get::Answered(PollAnswer::NoopAndClose);
            self.end(self.parting());
            return Ok(());
        }
        self.get = Get::Waiting { waker: None, hurried: false };
        Ok(())
    }

    fn end_overlapped(&mut self) {
        self.end(CloseReason::TransportError("overlap from client"));
    }

    /// Refuses the pending poll: the client has not read the answer to the previous one.
    pub(crate) fn refuse_get(&mut self) {
        self.get = Get::None;
        self.end_overlapped();
    }

    /// What to answer the pending poll with, once there is something.
    pub(crate) fn poll_get(&mut self, waker: &Waker) -> Poll<PollAnswer> {
        match &mut self.get {
            Get::Waiting { waker: waiting, .. } if self.queue.is_empty() || self.delivery.is_some() => {
                *waiting = Some(waker.clone());
                Poll::Pending
            }
            Get::Waiting { .. } => {
                self.get = Get::None;
                if self.is_closing() {
                    // The close follows by the next poll; the task waits for it, but not for ever.
                    self.wake();
                }
                Poll::Ready(PollAnswer::Packets(self.take_for_poll()))
            }
            Get::Answered(_) | Get::None => match std::mem::replace(&mut self.get, Get::None) {
                Get::Answered(answer) => Poll::Ready(answer),
                Get::None | Get::Waiting { .. } => Poll::Ready(PollAnswer::Close),
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
        if let Get::Waiting { waker, .. } = &mut self.get {
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
            self.post = Post::Reading(None);
            return Ok(());
        }
        self.destroy_post();
        self.end(CloseReason::TransportError("data request overlap from client"));
        Err(Refusal::Overlap)
    }

    /// The body has been read; the session's task takes it from here.
    pub(crate) fn posted(&mut self, body: Body) {
        if let Post::Reading(_) = self.post {
            self.post = Post::Read { payload: Some(body), waker: None };
            self.wake();
        }
    }

    /// The payload to handle. Until its POST is answered, or [`release_polls`](Self::release_polls) is called, polls wait: a
    /// client sends its next event only once it has that answer, and with a poll answered before it could begin to upgrade
    /// in between, and the event would wait for the upgrade.
    pub(super) fn take_posted(&mut self) -> Option<Body> {
        let body = match &mut self.post {
            Post::Read { payload, .. } => payload.take(),
            Post::None | Post::Reading(_) | Post::Finished(_) => None,
        };
        self.holds_polls |= body.is_some();
        body
    }

    /// Wakes the poll that packets have been queued for meanwhile.
    pub(crate) fn release_polls(&mut self) {
        self.holds_polls = false;
        if self.is_polling()
            && !self.queue.is_empty()
            && let Some(waker) = self.wake_writer()
        {
            waker.wake();
        }
    }

    /// The packets have been processed, or will not be because the session closes.
    pub(crate) fn finish_post(&mut self) {
        if let Post::Read { waker, .. } = &mut self.post {
            let waker = waker.take();
            self.post = Post::Finished(PostOutcome::Processed);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    pub(super) fn destroy_post(&mut self) {
        if let Post::Reading(waker) | Post::Read { waker, .. } = &mut self.post {
            let waker = waker.take();
            self.post = Post::Finished(PostOutcome::Destroyed);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    pub(crate) fn poll_post(&mut self, waker: &Waker) -> Poll<PostOutcome> {
        match &mut self.post {
            Post::Reading(waiting) | Post::Read { waker: waiting, .. } => {
                *waiting = Some(waker.clone());
                Poll::Pending
            }
            Post::Finished(outcome) => {
                let outcome = *outcome;
                self.post = Post::None;
                self.release_polls();
                Poll::Ready(outcome)
            }
            Post::None => Poll::Ready(PostOutcome::Processed),
        }
    }

    /// Ready when the session has ended while the body is being read: see [`PostOutcome::Destroyed`].
    pub(crate) fn poll_destroyed(&mut self, waker: &Waker) -> Poll<()> {
        match &mut self.post {
            Post::Finished(PostOutcome::Destroyed) => Poll::Ready(()),
            Post::Reading(waiting) => {
                *waiting = Some(waker.clone());
                Poll::Pending
            }
            Post::None | Post::Read { .. } | Post::Finished(PostOutcome::Processed) => Poll::Pending,
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

    /// Answers the POST whose packets are held back, if its client is upgrading: such a client polls again only after the
    /// answer, so holding it would block both sides. Returns `true` if the POST is answered.
    pub(crate) fn answer_held_post(&mut self) -> bool {
        if self.carrier == Carrier::Polling {
            return false;
        }
        self.finish_post();
        true
    }

    /// Ends a session that is still carried by long-polling; after an upgrade, how its old requests end is of no
    /// concern.
    pub(super) fn end_polling(&mut self, reason: CloseReason) {
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
                self.carrier = Carrier::Upgrading;
                // If the task holds back a payload, it answers the POST now.
                self.wake();
                Ok(())
            }
            (_, Carrier::Upgrading | Carrier::WebSocket) => Err(Refusal::OtherTransport),
        }
    }

    /// Answers a waiting poll, so that the client can finish the upgrade, if the poll was there the last time as well: one
    /// that has just arrived is likely to be answered with packets.
    pub(crate) fn hurry_poll(&mut self) {
        let is_empty = self.queue.is_empty();
        if let Get::Waiting { hurried, .. } = &mut self.get
            && is_empty
            && std::mem::replace(hurried, true)
        {
            self.answer_poll(PollAnswer::Noop);
        }
    }

    /// The probe failed; long-polling goes on.
    pub(crate) fn abort_upgrade(&mut self) {
        if self.carrier == Carrier::Upgrading {
            self.carrier = Carrier::Polling;
        }
    }

    /// The WebSocket carries the session from now on. False when the session ended meanwhile.
    pub(crate) fn complete_upgrade(&mut self) -> bool {
        if self.closed().is_some() || self.carrier != Carrier::Upgrading {
            return false;
        }
        // Queued packets leave over the WebSocket, after those that earlier polls took.
        self.answer_poll(PollAnswer::Noop);
        self.carrier = Carrier::WebSocket;
        self.wake();
        true
    }
}
