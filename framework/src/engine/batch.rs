//! Queues several packets in one step.

use std::task::Waker;

use super::frame::Frame;
use super::session::Session;
use super::state::{PushError, State};

/// A session's locked queue.
pub(crate) struct Batch<'a> {
    state: &'a mut State,
    /// The task to wake after the lock is released.
    waker: Option<Waker>,
}

impl Batch<'_> {
    /// Queues one packet, like [`Session::push`].
    pub(crate) fn push(&mut self, head: &Frame, rest: &[Frame]) -> Result<(), PushError> {
        let waker = self.state.push(head, rest, false)?;
        self.waker = self.waker.take().or(waker);
        Ok(())
    }

    /// Queues a packet that the peer missed. It does not count towards the queue limits.
    pub(crate) fn push_missed(&mut self, head: &Frame, rest: &[Frame]) -> Result<(), PushError> {
        let waker = self.state.push_missed(head, rest)?;
        self.waker = self.waker.take().or(waker);
        Ok(())
    }
}

impl Session {
    /// Queues packets in one step: until `fill` returns, none of them is sent and no other packet is queued.
    ///
    /// The session is locked while `fill` runs, so `fill` may only take locks that are never held while a session is
    /// being locked.
    pub(crate) fn push_together(&self, fill: impl FnOnce(&mut Batch<'_>)) {
        let mut state = self.state();
        let mut batch = Batch { state: &mut state, waker: None };
        fill(&mut batch);
        let waker = batch.waker;
        self.note_input(&state);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
