//! The packets that were sent in a namespace, in the order in which every client receives them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::audience::{Audience, Index, Links, NewestFirst};
use super::offset::Number;
use crate::adapter::Target;

/// The size of one audience in the recipients and in the index in bytes, without its name. Up to half of the index
/// belongs to evicted packets.
const INDEX_ENTRY_SIZE: usize = 128;

/// The recent packets. The position of a packet is counted from the first packet of the namespace.
#[derive(Debug)]
pub(super) struct Log<P> {
    entries: VecDeque<Entry<P>>,
    /// The position of the oldest packet in the log.
    oldest: u64,
    index: Index,
}

#[derive(Debug)]
pub(super) struct Entry<P> {
    pub(super) number: Number,
    pub(super) recipients: Recipients,
    pub(super) packet: P,
    /// The approximate size in bytes.
    pub(super) size: usize,
    pub(super) links: Links,
}

/// The recipients of a packet.
#[derive(Clone, Debug)]
pub(super) enum Recipients {
    Socket(Arc<str>),
    Sockets { target: Target, sender: Option<Arc<str>> },
}

impl Recipients {
    /// Returns the approximate size in bytes, including the index entries.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Socket(_) => INDEX_ENTRY_SIZE,
            Self::Sockets { target, .. } => {
                // The index contains a copy of the name, and possibly one that belongs to an evicted packet.
                let rooms = target.rooms.iter().map(|room| INDEX_ENTRY_SIZE + 3 * room.len()).sum::<usize>();
                let except = target.except.iter().map(|room| size_of::<String>() + room.len()).sum::<usize>();
                rooms + except
            }
        }
    }
}

impl<P> Default for Log<P> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), oldest: 0, index: Index::default() }
    }
}

impl<P> Log<P> {
    /// Returns the position of the oldest packet, or the next position if the log is empty.
    pub(super) fn oldest(&self) -> u64 {
        self.oldest
    }

    /// Returns the position of the next packet.
    pub(super) fn next(&self) -> u64 {
        self.oldest + self.entries.len() as u64
    }

    pub(super) fn push(&mut self, number: Number, recipients: Recipients, packet: P, size: usize) {
        let links = self.index.add(&recipients, self.next(), self.oldest);
        self.entries.push_back(Entry { number, recipients, packet, size, links });
    }

    /// Removes the oldest packet.
    pub(super) fn pop(&mut self) -> Option<Entry<P>> {
        let entry = self.entries.pop_front()?;
        self.oldest += 1;
        if self.entries.is_empty() {
            // Frees the memory, because many namespaces are idle.
            self.entries = VecDeque::new();
            self.index = Index::default();
        }
        Some(entry)
    }

    /// Returns the number of packets and their total size.
    pub(super) fn totals(&self) -> (usize, usize) {
        (self.entries.len(), self.entries.iter().map(|entry| entry.size).sum())
    }

    pub(super) fn get(&self, position: u64) -> Option<&Entry<P>> {
        self.entries.get(position.checked_sub(self.oldest)? as usize)
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// Iterates over the packets of any of these audiences from the newest down to position `from`.
    pub(super) fn newest_first<'a>(
        &'a self,
        audiences: impl Iterator<Item = Audience<'a>>,
        from: u64,
    ) -> NewestFirst<'a, P> {
        NewestFirst::new(self, audiences, from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(log: &mut Log<()>, number: u64, recipients: Recipients) {
        log.push(Number::new(number).unwrap(), recipients, (), 3);
    }

    fn to(rooms: &[&str]) -> Recipients {
        let rooms = rooms.iter().map(ToString::to_string).collect();
        Recipients::Sockets { target: Target::new(rooms, Vec::new()), sender: None }
    }

    fn numbers(log: &Log<()>, audiences: &[Audience<'_>], from: u64) -> Vec<(u64, u64)> {
        let found = log.newest_first(audiences.iter().copied(), from);
        found.map(|(position, entry)| (position, entry.number.get())).collect()
    }

    #[test]
    fn positions_stay_when_older_packets_are_evicted() {
        let mut log = Log::default();
        assert_eq!((log.oldest(), log.next()), (0, 0));
        for number in [1, 2, 4, 3] {
            push(&mut log, number, to(&[]));
        }
        let all = [Audience::All];
        assert_eq!(numbers(&log, &all, 0), [(3, 3), (2, 4), (1, 2), (0, 1)]);
        assert_eq!(log.totals(), (4, 12));
        log.pop();
        log.pop();
        assert_eq!((log.oldest(), log.next()), (2, 4));
        assert_eq!(numbers(&log, &all, 1), [(3, 3), (2, 4)]);
        assert_eq!(numbers(&log, &all, 3), [(3, 3)]);
        assert_eq!(numbers(&log, &all, 4), []);
        while log.pop().is_some() {}
        assert_eq!((log.oldest(), log.next(), log.totals()), (4, 4, (0, 0)));
        push(&mut log, 5, to(&[]));
        assert_eq!(numbers(&log, &all, 0), [(4, 5)]);
    }

    #[test]
    fn packet_of_several_audiences_is_returned_once_in_order() {
        let mut log = Log::default();
        let all = [to(&["a"]), to(&["b", "a", "b"]), Recipients::Socket("a".into()), to(&[]), to(&["c"]), to(&["b"])];
        for (recipients, number) in all.into_iter().zip(1..) {
            push(&mut log, number, recipients);
        }
        let (a, b) = (Audience::Room("a"), Audience::Room("b"));
        assert_eq!(numbers(&log, &[a], 0), [(1, 2), (0, 1)]);
        assert_eq!(numbers(&log, &[a, b, a], 0), [(5, 6), (1, 2), (0, 1)]);
        assert_eq!(numbers(&log, &[Audience::Socket("a"), Audience::All, a], 1), [(3, 4), (2, 3), (1, 2)]);
        assert_eq!(numbers(&log, &[Audience::Room("d"), Audience::Socket("b")], 0), []);
    }

    /// Among 90,000 packets, a lookup visits only those of the given audiences.
    #[test]
    fn lookup_visits_only_packets_of_given_audiences() {
        let mut log = Log::default();
        for number in 1..=90_000 {
            let recipients = match number % 1_000 {
                0 => to(&["mine"]),
                _ => to(&["theirs"]),
            };
            push(&mut log, number, recipients);
        }
        let audiences = [Audience::All, Audience::Socket("me"), Audience::Room("mine")];
        assert_eq!(numbers(&log, &audiences, 0).len(), 90);
    }

    #[test]
    fn index_drops_rooms_and_sockets_without_packets() {
        let mut log = Log::default();
        for number in 1..=10_000 {
            let recipients = match number % 2 {
                0 => to(&[&number.to_string()]),
                _ => Recipients::Socket(number.to_string().into()),
            };
            push(&mut log, number, recipients);
            if number > 10 {
                log.pop();
            }
        }
        assert!(log.index().lists() < 150, "{}", log.index().lists());
    }
}
