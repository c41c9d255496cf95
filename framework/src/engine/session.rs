//! A session as everybody but its own task sees it: a handle to push to and to close.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::close::CloseReason;
use super::frame::Frame;
use super::handshake::Handshake;
use super::state::{PushError, QueueLimits, State};
use super::websocket::WebSocket;
use crate::sync::lock;

/// One Engine.IO session. Its id is a bearer secret: whoever knows it can poll, post and upgrade.
pub(crate) struct Session {
    id: String,
    handshake: Handshake,
    state: Mutex<State>,
    /// What `State::holds_input` says, to be read without the lock.
    holds_input: AtomicBool,
    /// An upgraded connection on its way from the request that probed it to the session's task.
    handover: Mutex<Option<Box<WebSocket>>>,
}

impl Session {
    pub(super) fn new(id: String, handshake: Handshake, websocket: bool, limits: QueueLimits) -> Self {
        Self {
            id,
            handshake,
            state: Mutex::new(State::new(websocket, limits)),
            holds_input: AtomicBool::new(false),
            handover: Mutex::new(None),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    pub(super) fn state(&self) -> Locked<'_> {
        Locked { state: lock(&self.state), holds_input: &self.holds_input }
    }

    /// Whether nothing is to be read from the WebSocket for now. It is asked after each packet.
    pub(super) fn holds_input(&self) -> bool {
        self.holds_input.load(Ordering::Relaxed)
    }

    /// Queues one packet: its text and its attachments, contiguous.
    pub(crate) fn push(&self, head: &Frame, rest: &[Frame], volatile: bool) -> Result<(), PushError> {
        let waker = self.state().push(head, rest, volatile)?;
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Lets the session's task look at what has changed.
    pub(crate) fn wake(&self) {
        self.state().wake();
    }

    /// Closes the session after what is queued has gone out.
    pub(crate) fn close(&self) {
        self.state().close();
    }

    /// Closes the session now; what is queued is dropped.
    pub(crate) fn end(&self, reason: CloseReason) {
        self.state().end(reason);
    }

    /// Gives the upgraded connection to the task; back, when the session ended meanwhile.
    pub(super) fn hand_over(&self, websocket: Box<WebSocket>) -> Option<Box<WebSocket>> {
        *lock(&self.handover) = Some(websocket);
        if self.state().complete_upgrade() { None } else { self.take_handover() }
    }

    pub(super) fn take_handover(&self) -> Option<Box<WebSocket>> {
        lock(&self.handover).take()
    }
}

/// The state, locked.
pub(super) struct Locked<'a> {
    state: MutexGuard<'a, State>,
    holds_input: &'a AtomicBool,
}

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.holds_input.store(self.state.holds_input(), Ordering::Relaxed);
    }
}

impl fmt::Debug for Session {
    // Without the id: a log must not give sessions away.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
