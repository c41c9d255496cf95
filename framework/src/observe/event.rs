//! Observation of events.

use super::meters;
use super::names;
use super::spans::{Span, Within};
use crate::namespace::HandlerErrorKind;

/// A received event that has not been handled yet.
#[derive(Debug)]
pub(crate) struct Arrival(pub(super) meters::Event);

impl Arrival {
    /// Records that its handler starts. Everything that the handler does belongs in the span of the event.
    #[inline(always)]
    pub(crate) fn begin<'e>(self, name: impl FnOnce() -> &'e str, ack: bool) -> Event {
        let Self(mut meter) = self;
        meter.begin();
        Event { meter, span: Span::event(name, ack) }
    }
}

/// An event that is being handled.
#[derive(Debug)]
pub(crate) struct Event {
    meter: meters::Event,
    span: Span,
}

impl Event {
    #[inline(always)]
    pub(crate) fn in_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        self.span.in_scope(run)
    }

    pub(crate) fn instrument<F: Future>(&self, future: F) -> Within<F> {
        self.span.instrument(future)
    }

    /// Records that the event has been handled.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.meter.end();
        self.span.outcome("handled");
    }

    /// Records that the event was not handled or that its handler failed.
    pub(crate) fn fail(&mut self, kind: &HandlerErrorKind) {
        self.meter.end();
        self.span.outcome(names::failure(kind));
    }
}
