//! What clients name when they come back: the last event that they have received.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::generate_id;

/// The number of an event: no two of a server have the same.
pub(crate) type Number = std::num::NonZeroU64;

/// What a client says it has received last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Nothing,
    Event(Number),
    /// This server has not sent it.
    Unknown,
}

/// Numbers events, and writes the numbers so that those of another server are not taken for them.
#[derive(Debug)]
pub(super) struct Offsets {
    /// What tells this server's life from others.
    epoch: String,
    next: AtomicU64,
}

/// A number as clients see it.
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

    /// The number of the next event.
    pub(super) fn take(&self) -> Number {
        // 2^64 events are not sent.
        Number::new(self.next.fetch_add(1, Ordering::Relaxed)).unwrap_or(Number::MAX)
    }

    /// What the number of the next event will be at least.
    pub(super) fn next(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    pub(super) fn write(&self, number: Number) -> Offset<'_> {
        Offset { epoch: &self.epoch, number }
    }

    /// What a client names.
    pub(super) fn read(&self, text: &str) -> Named {
        self.number(text).map_or(Named::Unknown, Named::Event)
    }

    fn number(&self, text: &str) -> Option<Number> {
        let digits = text.strip_prefix(&self.epoch)?.strip_prefix('.')?;
        let written = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
        let number = digits.parse().ok().filter(|_| written)?;
        (number < self.next()).then(|| Number::new(number)).flatten()
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
    fn what_was_written_is_read_and_nothing_else() {
        let (offsets, other) = (Offsets::new(), Offsets::new());
        let (first, second) = (offsets.take(), offsets.take());
        assert_eq!(offsets.read(&offsets.write(first).to_string()), Named::Event(first));
        assert_eq!(offsets.read(&offsets.write(second).to_string()), Named::Event(second));
        assert_eq!(offsets.read(&other.write(other.take()).to_string()), Named::Unknown);
        for number in ["", "0", "01", "+1", "-1", "1 ", "3", "18446744073709551616", "x"] {
            assert_eq!(offsets.read(&format!("{}.{number}", offsets.epoch)), Named::Unknown, "{number}");
        }
        assert_eq!(offsets.read(""), Named::Unknown);
        assert_eq!(offsets.read(&offsets.epoch), Named::Unknown);
    }
}
