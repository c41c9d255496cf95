//! The handle of a session. Requests and emitting threads use it to queue packets and to close the session.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};

use super::close::CloseReason;
use super::frame::Frame;
use super::handshake::Handshake;
use super::held;
use super::revision::Revision;
use super::state::{PollAnswer, PushError, QueueLimits, State};
use super::watch::Watch;
use super::websocket::WebSocket;
use crate::observe;
use crate::sync::lock;

/// One Engine.IO session. Its id is a bearer secret: it grants the right to poll, post and upgrade.
pub(crate) struct Session {
    id: String,
    revision: Revision,
    handshake: Handshake,
    state: Mutex<State>,
    /// The result of `State::holds_input`, readable without the lock.
    holds_input: AtomicBool,
    /// An upgraded connection on its way from the task that probed it to the session's task.
    handover: Mutex<Option<Box<WebSocket>>>,
    pub(crate) observed: observe::Connection,
    pub(crate) watch: Watch,
}

impl Session {
    pub(crate) fn new(
        id: String,
        revision: Revision,
        handshake: Handshake,
        websocket: bool,
        limits: QueueLimits,
        observed: observe::Connection,
    ) -> Self {
        Self {
            id,
            revision,
            handshake,
            state: Mutex::new(State::new(websocket, limits)),
            holds_input: AtomicBool::new(false),
            handover: Mutex::new(None),
            observed,
            watch: Watch::default(),
        }
    }

    /// The session id, a secret. For clients of revision 3, it is also the id of their sockets.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    #[inline(always)]
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    pub(crate) fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Returns `true` while no more input may be handled. It is read after every packet, without the lock, so a
    /// concurrent change may be seen one packet late.
    pub(super) fn holds_input(&self) -> bool {
        self.holds_input.load(Ordering::Relaxed)
    }

    /// Stores the result of `State::holds_input` for `holds_input`.
    pub(super) fn note_input(&self, state: &State) {
        self.holds_input.store(state.holds_input(), Ordering::Relaxed);
    }

    /// Queues one packet: its text frame, directly followed by its attachments.
    pub(crate) fn push(&self, head: &Frame, rest: &[Frame], volatile: bool) -> Result<(), PushError> {
        let (state, _) = self.enqueue(head, rest, volatile)?;
        wake_writer(state);
        Ok(())
    }

    /// Like [`push`](Self::push), for a packet with many recipients: within the run of a session's task, it is sent at
    /// the end of the run.
    #[inline(always)]
    pub(crate) fn push_held(self: &Arc<Self>, head: &Frame, rest: &[Frame], volatile: bool) -> Result<(), PushError> {
        if !held::is_possible() {
            return self.push(head, rest, volatile);
        }
        let (mut state, is_much) = self.enqueue(head, rest, volatile)?;
        // A long queue is flushed at once.
        if is_much {
            wake_writer(state);
        } else if !state.is_held_by(held::holder()) {
            if state.hold(held::holder()) {
                drop(state);
                held::hold(self);
            } else {
                wake_writer(state);
            }
        }
        Ok(())
    }

    /// Queues one packet without waking any task. Returns `true` if the queue has reached the high-water mark.
    #[inline(always)]
    fn enqueue(
        &self,
        head: &Frame,
        rest: &[Frame],
        volatile: bool,
    ) -> Result<(MutexGuard<'_, State>, bool), PushError> {
        let mut state = self.state();
        let queued = state.enqueue(head, rest, volatile);
        if queued != Ok(false) {
            self.note_input(&state);
        }
        Ok((state, queued?))
    }

    /// Flushes the queue at the end of a run, unless that has already happened. With `directly`, this thread writes the
    /// packets; otherwise it wakes the session's task.
    pub(super) fn send_held(&self, directly: bool) {
        // Only the task can report the packets to hooks and encode them for revision 3.
        let directly = directly && !self.watch.is_active() && !self.revision.is_three();
        let mut state = self.state();
        let waker = state.send_held(directly);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Polls for the response to the pending poll.
    pub(super) fn poll_get(&self, waker: &Waker) -> Poll<PollAnswer> {
        let mut state = self.state();
        let answer = state.poll_get(waker);
        if answer.is_ready() {
            self.note_input(&state);
        }
        answer
    }

    /// Records that the connection has written all of a large poll response.
    pub(super) fn delivered(&self) {
        let mut state = self.state();
        state.end_delivery();
        self.note_input(&state);
        let backlog = state.closed().is_none().then(|| state.backlog());
        drop(state);
        // If the session has ended, its end has already reported an empty queue.
        if let Some(backlog) = backlog {
            self.observed.queued(backlog);
        }
    }

    /// Wakes the session's task to check for changes.
    pub(crate) fn wake(&self) {
        self.state().wake();
    }

    /// Closes the session after its queue has been sent.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.close();
        self.note_input(&state);
    }

    /// Closes the session once no request or message is in progress, because the server is shutting down. Returns
    /// `false` if the session has already ended.
    pub(crate) fn retire(&self) -> bool {
        self.state().retire()
    }

    /// Closes the session now. Its queue is dropped.
    pub(crate) fn end(&self, reason: CloseReason) {
        let mut state = self.state();
        state.end(reason);
        self.note_input(&state);
    }

    /// Passes the upgraded connection to the session's task. Returns it if the session has ended.
    pub(super) fn hand_over(&self, websocket: Box<WebSocket>) -> Option<Box<WebSocket>> {
        {
            // Both in one step under the lock, which the task also holds when it takes the connection. So the task
            // never has a connection before the session uses it.
            let mut state = self.state();
            if !state.complete_upgrade() {
                return Some(websocket);
            }
            self.note_input(&state);
            *lock(&self.handover) = Some(websocket);
        }
        self.observed.upgraded();
        None
    }

    pub(super) fn take_handover(&self) -> Option<Box<WebSocket>> {
        lock(&self.handover).take()
    }
}

/// Wakes the task or the poll that sends the queue, after releasing the lock.
#[inline(always)]
fn wake_writer(mut state: MutexGuard<'_, State>) {
    let waker = state.wake_writer();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl fmt::Debug for Session {
    // Omits the id, so that logs do not contain session secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
