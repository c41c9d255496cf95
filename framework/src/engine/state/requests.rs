//! How requests change the state of a session: polls, posted payloads, upgrades.

use std::task::{Poll, Waker};

use super::{Carrier, Get, Phase, PollAnswer, Post, PostOutcome, Refusal, State};
use crate::engine::close::CloseReason;
use crate::engine::codec::Body;

impl State {
    // ---- GET ----

    /// Starts a poll. A second pending poll ends the session.
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

    /// Refuses the pending poll: the client has not read the response to the previous one.
    pub(crate) fn refuse_get(&mut self) {
        self.get = Get::None;
        self.end_overlapped();
    }

    /// Polls for the response to the pending poll.
    pub(crate) fn poll_get(&mut self, waker: &Waker) -> Poll<PollAnswer> {
        match &mut self.get {
            Get::Waiting { waker: waiting, .. } if self.queue.is_empty() || self.delivery.is_some() => {
                *waiting = Some(waker.clone());
                Poll::Pending
            }
            Get::Waiting { .. } => {
                self.get = Get::None;
                if self.is_closing() {
                    // The next poll gets the close packet. The task waits for it, with a timeout.
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

    /// Records that the client disconnected before its poll was answered.
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

    /// Starts reading a payload. A second pending POST ends the session and destroys the first.
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

    /// Passes the body to the session's task.
    pub(crate) fn posted(&mut self, body: Body) {
        if let Post::Reading(_) = self.post {
            self.post = Post::Read { payload: Some(body), waker: None };
            self.wake();
        }
    }

    /// Returns the payload to handle. Polls wait until its POST is answered or [`release_polls`](Self::release_polls)
    /// is called. If a poll were answered before the POST, the client could start an upgrade in between: it sends its
    /// next event only after the POST is answered, and that event would then wait for the upgrade.
    pub(super) fn take_posted(&mut self) -> Option<Body> {
        let body = match &mut self.post {
            Post::Read { payload, .. } => payload.take(),
            Post::None | Post::Reading(_) | Post::Finished(_) => None,
        };
        self.holds_polls |= body.is_some();
        body
    }

    /// Wakes the pending poll if packets were queued while polls had to wait.
    pub(crate) fn release_polls(&mut self) {
        self.holds_polls = false;
        if self.is_polling()
            && !self.queue.is_empty()
            && let Some(waker) = self.wake_writer()
        {
            waker.wake();
        }
    }

    /// Answers the POST. Its packets have been processed, or the session is closing.
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

    /// Ready if the session ends while the body is being read: see [`PostOutcome::Destroyed`].
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

    /// Ends the request without a payload because the payload is too large. The session stays open.
    pub(crate) fn cancel_post(&mut self) {
        self.post = Post::None;
    }

    /// Records that the client disconnected while its payload was being read or processed.
    pub(crate) fn abort_post(&mut self) {
        if !matches!(self.post, Post::None) {
            self.post = Post::None;
            self.end_polling(CloseReason::TransportError("data request connection closed prematurely"));
        }
    }

    /// Answers the POST whose packets are held back, if its client is upgrading. Such a client polls again only after
    /// the response, so holding it back would block both sides. Returns `true` if the POST is answered.
    pub(crate) fn answer_held_post(&mut self) -> bool {
        if self.carrier == Carrier::Polling {
            return false;
        }
        self.finish_post();
        true
    }

    /// Ends a session that uses long-polling. After an upgrade, the outcome of old requests is irrelevant.
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

    /// Starts the upgrade to a WebSocket. Fails if another upgrade is in progress or the session already uses a
    /// WebSocket.
    pub(crate) fn begin_upgrade(&mut self) -> Result<(), Refusal> {
        match (&self.phase, self.carrier) {
            (Phase::Closed(_), _) => Err(Refusal::Gone),
            (_, Carrier::Polling) => {
                self.carrier = Carrier::Upgrading;
                // If the task holds back a payload, it now answers the POST.
                self.wake();
                Ok(())
            }
            (_, Carrier::Upgrading | Carrier::WebSocket) => Err(Refusal::OtherTransport),
        }
    }

    /// Answers a pending poll so that the client can finish the upgrade, but only if the poll was already pending at
    /// the previous call: a poll that has just arrived is likely to be answered with packets.
    pub(crate) fn hurry_poll(&mut self) {
        let is_empty = self.queue.is_empty();
        if let Get::Waiting { hurried, .. } = &mut self.get
            && is_empty
            && std::mem::replace(hurried, true)
        {
            self.answer_poll(PollAnswer::Noop);
        }
    }

    /// Records that the probe failed. The session stays on long-polling.
    pub(crate) fn abort_upgrade(&mut self) {
        if self.carrier == Carrier::Upgrading {
            self.carrier = Carrier::Polling;
        }
    }

    /// Switches the session to the WebSocket. Returns `false` if the session has ended.
    pub(crate) fn complete_upgrade(&mut self) -> bool {
        if self.closed().is_some() || self.carrier != Carrier::Upgrading {
            return false;
        }
        // Queued packets are sent over the WebSocket, after those that earlier polls took.
        self.answer_poll(PollAnswer::Noop);
        self.carrier = Carrier::WebSocket;
        self.wake();
        true
    }
}
