//! A session as everybody but its own task sees it: a handle to push to and to close.

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

/// One Engine.IO session. Its id is a bearer secret: whoever knows it can poll, post and upgrade.
pub(crate) struct Session {
    id: String,
    revision: Revision,
    handshake: Handshake,
    state: Mutex<State>,
    /// What `State::holds_input` says, to be read without the lock.
    holds_input: AtomicBool,
    /// An upgraded connection on its way from the request that probed it to the session's task.
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

    /// The secret. Only who speaks revision 3 has it as the id of its sockets.
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

    /// Returns `true` while no more input may be handled. Read after each packet, without the lock: what
    /// happens at the same time may be seen a packet later.
    pub(super) fn holds_input(&self) -> bool {
        self.holds_input.load(Ordering::Relaxed)
    }

    /// Keeps what the state says of the input, for `holds_input`.
    pub(super) fn note_input(&self, state: &State) {
        self.holds_input.store(state.holds_input(), Ordering::Relaxed);
    }

    /// Queues one packet: its text and its attachments, contiguous.
    pub(crate) fn push(&self, head: &Frame, rest: &[Frame], volatile: bool) -> Result<(), PushError> {
        let (state, _) = self.enqueue(head, rest, volatile)?;
        wake_writer(state);
        Ok(())
    }

    /// As [`push`](Self::push), where many get the same: within the turn of a session's task, it leaves at the turn's end.
    #[inline(always)]
    pub(crate) fn push_held(self: &Arc<Self>, head: &Frame, rest: &[Frame], volatile: bool) -> Result<(), PushError> {
        if !held::is_possible() {
            return self.push(head, rest, volatile);
        }
        let (mut state, is_much) = self.enqueue(head, rest, volatile)?;
        // Much does not wait for the end of the turn.
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

    /// Queues one packet, wakes nobody yet, and says whether so much waits now that the peer is not read from.
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

    /// Sends what is held, if nobody has done so yet; itself (`directly`), or by waking the task.
    pub(super) fn send_held(&self, directly: bool) {
        // The task shows it to those who watch, and puts it in the form of the client's revision.
        let directly = directly && !self.watch.is_active() && !self.revision.is_three();
        let mut state = self.state();
        let waker = state.send_held(directly);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Polls for the answer to the pending poll.
    pub(super) fn poll_get(&self, waker: &Waker) -> Poll<PollAnswer> {
        let mut state = self.state();
        let answer = state.poll_get(waker);
        if answer.is_ready() {
            self.note_input(&state);
        }
        answer
    }

    /// The connection of a poll has taken all of a large answer.
    pub(super) fn delivered(&self) {
        let mut state = self.state();
        state.end_delivery();
        self.note_input(&state);
        let backlog = state.closed().is_none().then(|| state.backlog());
        drop(state);
        // The end of a session has reported that nothing is queued any more.
        if let Some(backlog) = backlog {
            self.observed.queued(backlog);
        }
    }

    /// Lets the session's task look at what has changed.
    pub(crate) fn wake(&self) {
        self.state().wake();
    }

    /// Closes the session after what is queued has gone out.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.close();
        self.note_input(&state);
    }

    /// Closes the session as soon as nothing is under way in it: the server shuts down. False when it has ended already.
    pub(crate) fn retire(&self) -> bool {
        self.state().retire()
    }

    /// Closes the session now; what is queued is dropped.
    pub(crate) fn end(&self, reason: CloseReason) {
        let mut state = self.state();
        state.end(reason);
        self.note_input(&state);
    }

    /// Gives the upgraded connection to the task; back, when the session ended meanwhile.
    pub(super) fn hand_over(&self, websocket: Box<WebSocket>) -> Option<Box<WebSocket>> {
        {
            // In one step for the task, which takes it under this lock: it never has one before it carries the session.
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

/// Wakes whoever sends what has been queued, outside of the lock.
#[inline(always)]
fn wake_writer(mut state: MutexGuard<'_, State>) {
    let waker = state.wake_writer();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl fmt::Debug for Session {
    // Without the id: a log must not give sessions away.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
