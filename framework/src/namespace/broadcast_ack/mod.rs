//! Broadcasts that request acknowledgements: sending them, and collecting the acknowledgements.

mod outcome;
mod request;

pub use outcome::{Answer, Answers, ServerAnswers, UnfitAnswer};
pub(super) use outcome::{collect, collect_from_servers};
pub use request::AnswerSink;
pub(super) use request::{AckEvent, BroadcastAckRequest, PendingBroadcastAck, channel};
