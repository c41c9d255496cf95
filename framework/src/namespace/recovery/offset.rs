//! Offsets, with which reconnecting clients report the last event that they received.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::generate_id;

/// The number of an event, unique within a server.
pub(crate) type Number = std::num::NonZeroU64;

/// The last event that a client received, as reported by the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportedOffset {
    Nothing,
    Event(Number),
    /// An offset that this server has not sent.
    Unknown,
}

/// Assigns numbers to events, and formats them as offsets that cannot be confused with those of another server.
#[derive(Debug)]
pub(super) struct Offsets {
    /// Identifies one run of this server.
    epoch: String,
    next: AtomicU64,
}

/// An event number in the form that clients receive.
pub(super) struct Offset<'a> {
    epoch: &'a str,
    number: Number,
}

impl Offsets {
    pub(super) fn new() -> Self {
        let mut epoch = generate_id();
        epoch.truncate(6);
        Self { epoch, next: AtomicU64::new(1) }
    }

    /// Returns a new event number.
    pub(super) fn next_number(&self) -> Number {
        // A server does not send 2^64 events.
        Number::new(self.next.fetch_add(1, Ordering::Relaxed)).unwrap_or(Number::MAX)
    }

    /// Returns a lower bound of the next event number.
    pub(super) fn peek_next(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    pub(super) fn offset(&self, number: Number) -> Offset<'_> {
        Offset { epoch: &self.epoch, number }
    }

    /// Parses an offset that a client reported.
    pub(super) fn parse(&self, text: &str) -> ReportedOffset {
        self.number(text).map_or(ReportedOffset::Unknown, ReportedOffset::Event)
    }

    fn number(&self, text: &str) -> Option<Number> {
        let digits = text.strip_prefix(&self.epoch)?.strip_prefix('.')?;
        let written = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
        let number = digits.parse().ok().filter(|_| written)?;
        (number < self.peek_next()).then(|| Number::new(number)).flatten()
    }
}

impl fmt::Display for Offset<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_offsets_of_this_server_are_parsed() {
        let (offsets, other) = (Offsets::new(), Offsets::new());
        let (first, second) = (offsets.next_number(), offsets.next_number());
        assert_eq!(offsets.parse(&offsets.offset(first).to_string()), ReportedOffset::Event(first));
        assert_eq!(offsets.parse(&offsets.offset(second).to_string()), ReportedOffset::Event(second));
        assert_eq!(offsets.parse(&other.offset(other.next_number()).to_string()), ReportedOffset::Unknown);
        for number in ["", "0", "01", "+1", "-1", "1 ", "3", "18446744073709551616", "x"] {
            assert_eq!(offsets.parse(&format!("{}.{number}", offsets.epoch)), ReportedOffset::Unknown, "{number}");
        }
        assert_eq!(offsets.parse(""), ReportedOffset::Unknown);
        assert_eq!(offsets.parse(&offsets.epoch), ReportedOffset::Unknown);
    }
}
