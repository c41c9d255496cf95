//! Acknowledgements that handlers extracted as values, and can send later.

use std::sync::{Arc, Mutex};

use super::Runtime;
use crate::namespace::error::HandlerErrorKind;
use crate::namespace::socket_inner::RawSocket;
use crate::protocol::encode::{AckSlot, Answer};
use crate::sync::lock;

/// The extracted acknowledgements of the events that are being handled.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<Vec<(u64, Arc<Mutex<Question>>)>>);

/// The state of an extracted acknowledgement.
#[derive(Debug, Default)]
struct Question {
    /// The number of handles that can still send it.
    handles: u32,
    answered: bool,
    /// Set once the event's handler has returned.
    concluded: bool,
}

impl Question {
    fn is_forgotten(&self) -> bool {
        self.concluded && !self.answered && self.handles == 0
    }
}

/// A handle that can send an acknowledgement. Only the first one is sent.
#[derive(Debug)]
pub(crate) struct AckHandle {
    raw: Arc<RawSocket>,
    slot: AckSlot,
    event: Box<str>,
    question: Arc<Mutex<Question>>,
}

impl AckHandle {
    /// Sends the acknowledgement, unless it was already sent. Returns `false` if the client is disconnected.
    pub(crate) fn answer(&self, answer: Answer) -> bool {
        if std::mem::replace(&mut lock(&self.question).answered, true) {
            return true;
        }
        self.raw.answer(answer)
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
        let mut question = lock(&self.question);
        question.handles -= 1;
        let forgotten = question.is_forgotten();
        drop(question);
        if forgotten {
            self.raw.report_unanswered(&self.event);
        }
    }
}

impl RawSocket {
    /// Creates a handle. Can be called several times for an event, until the event has been handled.
    pub(crate) fn hand_out(self: &Arc<Self>, slot: AckSlot, event: &str) -> AckHandle {
        let mut questions = lock(&self.runtime.rest().questions.0);
        let open = questions.iter().find(|(id, _)| *id == slot.id).map(|(_, question)| question.clone());
        let question = open.unwrap_or_else(|| {
            let question = Arc::<Mutex<Question>>::default();
            questions.push((slot.id, question.clone()));
            question
        });
        drop(questions);
        lock(&question).handles += 1;
        AckHandle { raw: self.clone(), slot, event: event.into(), question }
    }

    /// Ends the handling of an event that sent no acknowledgement. Remaining handles can still send it.
    #[cold]
    pub(in crate::namespace) fn conclude(&self, slot: AckSlot, event: impl FnOnce() -> String) {
        let Some(question) = self.runtime.take_question(slot) else { return };
        let mut question = lock(&question);
        question.concluded = true;
        let forgotten = question.is_forgotten();
        drop(question);
        if forgotten {
            self.report_unanswered(&event());
        }
    }

    /// Ends the handling of a failed event. Returns `true` if the failure may be sent as the acknowledgement: none was
    /// sent yet, and, if the handler was `interrupted`, no other task holds a handle.
    #[cold]
    pub(in crate::namespace) fn may_fail(&self, slot: AckSlot, interrupted: bool) -> bool {
        let Some(question) = self.runtime.take_question(slot) else { return true };
        let mut question = lock(&question);
        question.concluded = true;
        let elsewhere = interrupted && question.handles > 0;
        let may = !question.answered && !elsewhere;
        question.answered |= may;
        may
    }

    fn report_unanswered(&self, event: &str) {
        // A disconnected client does not wait for an acknowledgement.
        if !self.is_gone() {
            self.report(event.to_owned(), HandlerErrorKind::Unanswered);
        }
    }
}

impl Runtime {
    fn take_question(&self, slot: AckSlot) -> Option<Arc<Mutex<Question>>> {
        let mut questions = lock(&self.rest.get()?.questions.0);
        let index = questions.iter().position(|(id, _)| *id == slot.id)?;
        Some(questions.swap_remove(index).1)
    }
}
