//! Acknowledgements that were handed out, to be given by whoever has them.

use std::sync::{Arc, Mutex};

use super::Runtime;
use crate::namespace::error::HandlerErrorKind;
use crate::namespace::raw::RawSocket;
use crate::protocol::encode::{AckSlot, Answer};
use crate::sync::lock;

/// What the client waits for and a handler has taken, until that handler has returned.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<Vec<(u64, Arc<Mutex<Question>>)>>);

/// One question of the client's.
#[derive(Debug, Default)]
struct Question {
    /// How many may still answer.
    handles: u32,
    answered: bool,
    /// Its event has been handled.
    concluded: bool,
}

impl Question {
    fn is_forgotten(&self) -> bool {
        self.concluded && !self.answered && self.handles == 0
    }
}

/// The right to answer. The first answer counts.
#[derive(Debug)]
pub(crate) struct AckHandle {
    raw: Arc<RawSocket>,
    slot: AckSlot,
    event: Box<str>,
    question: Arc<Mutex<Question>>,
}

impl AckHandle {
    /// Answers, unless that has been done. False when the client has gone.
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
    /// Hands out the right to answer. Until the event has been handled, it may be asked for again.
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

    /// The event has been handled without an answer: whoever has the question may still give one.
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

    /// The event has failed. Whether the client is to be told as its answer: not when it has one, nor, if the handler was
    /// `interrupted`, when another task has the question.
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
        // A client that has gone waits for nothing.
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
