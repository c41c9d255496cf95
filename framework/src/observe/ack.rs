//! Observation of acknowledgements that the server waits for.

use super::meters;
use super::names;
use super::spans::{Span, Within};
use crate::namespace::AckError;

/// An acknowledgement that the server waits for. If it is dropped without `end`, it counts as given up.
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

    /// Records that the acknowledgement has arrived or failed.
    pub(crate) fn end<T>(self, answer: &Result<T, AckError>) {
        let outcome = names::answered(answer);
        self.span.outcome(outcome);
        self.meter.end(outcome);
    }
}
