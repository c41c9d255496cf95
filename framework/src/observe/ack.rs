//! What is seen of an acknowledgement that the server waits for.

use super::meters;
use super::names;
use super::spans::{Span, Within};
use crate::namespace::AckError;

/// An acknowledgement that is waited for. Dropped before its end, nobody waits any more.
#[derive(Debug)]
pub(crate) struct Ack {
    meter: meters::Ack,
    span: Span,
}

impl Ack {
    pub(super) fn new(meter: meters::Ack, span: Span) -> Self {
        Self { meter, span }
    }

    pub(crate) fn instrument<F: Future>(&self, future: F) -> Within<F> {
        self.span.instrument(future)
    }

    /// It has come, or will not.
    pub(crate) fn end<T>(self, answer: &Result<T, AckError>) {
        let outcome = names::answered(answer);
        self.span.outcome(outcome);
        self.meter.end(outcome);
    }
}
