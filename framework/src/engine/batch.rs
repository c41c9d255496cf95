//! Several packets that are queued in one step.

use std::task::Waker;

use super::frame::Frame;
use super::session::Session;
use super::state::{PushError, State};

/// A session's queue, which is locked.
pub(crate) struct Batch<'a> {
    state: &'a mut State,
    /// Who is to be woken when it is not locked any more.
    waker: Option<Waker>,
}

impl Batch<'_> {
    /// Queues one packet, as [`Session::push`].
    pub(crate) fn push(&mut self, head: &Frame, rest: &[Frame]) -> Result<(), PushError> {
        let waker = self.state.push(head, rest, false)?;
        self.waker = self.waker.take().or(waker);
        Ok(())
    }

    /// Queues a packet that the peer should have received before, on top of the bounds.
    pub(crate) fn push_missed(&mut self, head: &Frame, rest: &[Frame]) -> Result<(), PushError> {
        let waker = self.state.push_missed(head, rest)?;
        self.waker = self.waker.take().or(waker);
        Ok(())
    }
}

impl Session {
    /// Queues what `fill` does in one step: before it returns, nothing of it leaves, and nobody else queues anything. It may
    /// lock only what nobody has locked who locks a session.
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
