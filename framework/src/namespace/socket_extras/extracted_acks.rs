//! Acknowledgements that handlers extracted as values, and can send later.

use std::sync::{Arc, Mutex};

use super::SocketExtras;
use crate::namespace::error::HandlerErrorKind;
use crate::namespace::socket_inner::SocketInner;
use crate::protocol::encode::{AckSlot, Answer};
use crate::sync::lock;

/// The extracted acknowledgements of the events that are being handled.
#[derive(Debug, Default)]
pub(super) struct ExtractedAcks(Mutex<Vec<(u64, Arc<Mutex<AckState>>)>>);

/// The state of an extracted acknowledgement.
#[derive(Debug, Default)]
struct AckState {
    /// The number of handles that can still send it.
    handles: u32,
    is_sent: bool,
    /// Set once the event's handler has returned.
    is_finished: bool,
}

impl AckState {
    fn is_unanswered(&self) -> bool {
        self.is_finished && !self.is_sent && self.handles == 0
    }
}

/// A handle that can send an acknowledgement. Only the first one is sent.
#[derive(Debug)]
pub(crate) struct AckHandle {
    inner: Arc<SocketInner>,
    slot: AckSlot,
    event: Box<str>,
    state: Arc<Mutex<AckState>>,
}

impl AckHandle {
    /// Sends the acknowledgement, unless it was already sent. Returns `false` if the client is disconnected.
    pub(crate) fn send(&self, ack: Answer) -> bool {
        if std::mem::replace(&mut lock(&self.state).is_sent, true) {
            return true;
        }
        self.inner.send_ack(ack)
    }

    pub(crate) fn slot(&self) -> AckSlot {
        self.slot
    }

    pub(crate) fn event(&self) -> &str {
        &self.event
    }
}

impl Drop for AckHandle {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.handles -= 1;
        let unanswered = state.is_unanswered();
        drop(state);
        if unanswered {
            self.inner.report_unanswered(&self.event);
        }
    }
}

impl SocketInner {
    /// Creates a handle. Can be called several times for an event, until the event has been handled.
    pub(crate) fn ack_handle(self: &Arc<Self>, slot: AckSlot, event: &str) -> AckHandle {
        let mut acks = lock(&self.extras.inner().extracted_acks.0);
        let open = acks.iter().find(|(id, _)| *id == slot.id).map(|(_, state)| state.clone());
        let state = open.unwrap_or_else(|| {
            let state = Arc::<Mutex<AckState>>::default();
            acks.push((slot.id, state.clone()));
            state
        });
        drop(acks);
        lock(&state).handles += 1;
        AckHandle { inner: self.clone(), slot, event: event.into(), state }
    }

    /// Ends the handling of an event that sent no acknowledgement. Remaining handles can still send it.
    #[cold]
    pub(in crate::namespace) fn finish_event(&self, slot: AckSlot, event: impl FnOnce() -> String) {
        let Some(state) = self.extras.take_ack_state(slot) else { return };
        let mut state = lock(&state);
        state.is_finished = true;
        let unanswered = state.is_unanswered();
        drop(state);
        if unanswered {
            self.report_unanswered(&event());
        }
    }

    /// Ends the handling of a failed event. Returns `true` if the failure may be sent as the acknowledgement: none was
    /// sent yet, and, if the handler was `interrupted`, no other task holds a handle.
    #[cold]
    pub(in crate::namespace) fn fail_event(&self, slot: AckSlot, interrupted: bool) -> bool {
        let Some(state) = self.extras.take_ack_state(slot) else { return true };
        let mut state = lock(&state);
        state.is_finished = true;
        let held_elsewhere = interrupted && state.handles > 0;
        let may_send = !state.is_sent && !held_elsewhere;
        state.is_sent |= may_send;
        may_send
    }

    fn report_unanswered(&self, event: &str) {
        // A disconnected client does not wait for an acknowledgement.
        if !self.is_disconnected() {
            self.report(event.to_owned(), HandlerErrorKind::Unanswered);
        }
    }
}

impl SocketExtras {
    fn take_ack_state(&self, slot: AckSlot) -> Option<Arc<Mutex<AckState>>> {
        let mut acks = lock(&self.inner.get()?.extracted_acks.0);
        let index = acks.iter().position(|(id, _)| *id == slot.id)?;
        Some(acks.swap_remove(index).1)
    }
}
