//! What was sent in a namespace, in the order in which every one of its clients receives it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::offset::Number;
use crate::adapter::Target;

/// The packets that were sent of late. Each has a place, counted from the namespace's beginning.
#[derive(Debug)]
pub(super) struct Log<P> {
    entries: VecDeque<Entry<P>>,
    /// The place of the oldest entry that is still there.
    oldest: u64,
}

#[derive(Debug)]
pub(super) struct Entry<P> {
    pub(super) number: Number,
    pub(super) aim: Aim,
    pub(super) packet: P,
    /// In bytes, about.
    pub(super) size: usize,
}

/// Whom a packet was for.
#[derive(Clone, Debug)]
pub(super) enum Aim {
    Socket(Arc<str>),
    Sockets { target: Target, sender: Option<Arc<str>> },
}

impl Aim {
    /// In bytes, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Socket(_) => 0,
            Self::Sockets { target, .. } => {
                target.rooms.iter().chain(&target.except).map(|room| size_of::<String>() + room.len()).sum()
            }
        }
    }
}

impl<P> Default for Log<P> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), oldest: 0 }
    }
}

impl<P> Log<P> {
    /// The place of the oldest packet that is still there, or of the next.
    pub(super) fn oldest(&self) -> u64 {
        self.oldest
    }

    /// The place of the next packet.
    pub(super) fn next(&self) -> u64 {
        self.oldest + self.entries.len() as u64
    }

    pub(super) fn push(&mut self, entry: Entry<P>) {
        self.entries.push_back(entry);
    }

    /// Forgets the oldest packet.
    pub(super) fn pop(&mut self) -> Option<Entry<P>> {
        let entry = self.entries.pop_front()?;
        self.oldest += 1;
        if self.entries.is_empty() {
            // Nothing is kept for a namespace that rests.
            self.entries = VecDeque::new();
        }
        Some(entry)
    }

    /// How many packets there are, and their size together.
    pub(super) fn totals(&self) -> (usize, usize) {
        (self.entries.len(), self.entries.iter().map(|entry| entry.size).sum())
    }

    /// The place of a packet. They are numbered before they get their places, so that the order is about the same only.
    pub(super) fn find(&self, number: Number) -> Option<u64> {
        let index = self.entries.iter().rposition(|entry| entry.number == number)?;
        Some(self.oldest + index as u64)
    }

    /// The packets from a place on; `None` when some of them have been forgotten.
    pub(super) fn since(&self, place: u64) -> Option<impl Iterator<Item = (u64, &Entry<P>)>> {
        let skip = place.checked_sub(self.oldest)?;
        let entries = self.entries.iter().enumerate().skip(skip as usize);
        Some(entries.map(|(index, entry)| (self.oldest + index as u64, entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64) -> Entry<()> {
        let number = Number::new(number).unwrap();
        Entry { number, aim: Aim::Socket("x".into()), packet: (), size: 3 }
    }

    fn numbers(log: &Log<()>, place: u64) -> Option<Vec<(u64, u64)>> {
        Some(log.since(place)?.map(|(place, entry)| (place, entry.number.get())).collect())
    }

    #[test]
    fn places_stay_when_older_ones_are_forgotten() {
        let mut log = Log::default();
        assert_eq!((log.oldest(), log.next()), (0, 0));
        for number in [1, 2, 4, 3] {
            log.push(entry(number));
        }
        assert_eq!(numbers(&log, 0), Some(vec![(0, 1), (1, 2), (2, 4), (3, 3)]));
        assert_eq!(log.totals(), (4, 12));
        log.pop();
        log.pop();
        assert_eq!((log.oldest(), log.next()), (2, 4));
        assert_eq!(numbers(&log, 1), None);
        assert_eq!(numbers(&log, 3), Some(vec![(3, 3)]));
        assert_eq!(numbers(&log, 4), Some(Vec::new()));
        assert_eq!(log.find(Number::new(3).unwrap()), Some(3));
        assert_eq!(log.find(Number::new(4).unwrap()), Some(2));
        assert_eq!(log.find(Number::new(2).unwrap()), None);
        while log.pop().is_some() {}
        assert_eq!((log.oldest(), log.next(), log.totals()), (4, 4, (0, 0)));
    }
}
