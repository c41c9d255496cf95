//! Records which rooms a socket was in, and when, to determine later which packets were sent to it.
//!
//! Times are positions in the namespace's log.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::audience::{Audience, NewestFirst};
use super::log::{Entry, Log, Recipients};
use super::offset::Number;
use crate::engine::state::QueueLimits;

/// The maximum number of ended stays that are stored.
const MAX_ENDED: usize = 256;

/// The stays of a socket in rooms.
#[derive(Clone, Debug, Default)]
pub(super) struct RoomHistory {
    /// The rooms that the socket is in, with the position at which it entered them.
    open: HashMap<Arc<str>, u64>,
    /// Ended stays, in the order they ended.
    ended: VecDeque<Stay>,
    /// Stays before this position may have been dropped.
    complete_from: u64,
}

#[derive(Clone, Debug)]
struct Stay {
    room: Arc<str>,
    since: u64,
    until: u64,
}

impl RoomHistory {
    /// The socket enters a room. It receives packets sent at position `at` or later.
    pub(super) fn enter(&mut self, room: &Arc<str>, at: u64) {
        self.open.insert(room.clone(), at);
    }

    /// The socket leaves a room. It receives no packets sent at position `at` or later. Stays before `oldest` are no
    /// longer needed.
    pub(super) fn leave(&mut self, room: &str, at: u64, oldest: u64) {
        // A stay that ends before it begins is not stored.
        if let Some((room, since)) = self.open.remove_entry(room)
            && since < at
        {
            self.ended.push_back(Stay { room, since, until: at });
        }
        while self.ended.front().is_some_and(|stay| stay.until <= oldest) {
            self.ended.pop_front();
        }
        if self.ended.len() > MAX_ENDED
            && let Some(stay) = self.ended.pop_front()
        {
            self.complete_from = self.complete_from.max(stay.until);
        }
    }

    /// Returns the approximate size in bytes.
    pub(super) fn size(&self) -> usize {
        let open = self.open.keys().map(|room| size_of::<(Arc<str>, u64)>() + room.len());
        let ended = self.ended.iter().map(|stay| size_of::<Stay>() + stay.room.len());
        open.chain(ended).sum()
    }

    /// Returns the packets since position `from` that were sent to the socket with this id, with their positions, in
    /// order. Returns `None` if some of them are no longer in the log, or if they exceed `limit`, as measured by
    /// `cost`.
    pub(super) fn missed<'a, P>(
        &'a self,
        log: &'a Log<P>,
        id: &'a str,
        from: u64,
        limit: QueueLimits,
        cost: impl Fn(&P) -> QueueLimits,
    ) -> Option<Vec<(u64, &'a Entry<P>)>> {
        if from < self.complete_from.max(log.oldest()) {
            return None;
        }
        let stays = self.stays_since(from);
        let mut missed = Vec::new();
        let mut total = QueueLimits { bytes: 0, packets: 0 };
        for (visited, (position, entry)) in stays.candidates(log, id).enumerate() {
            if stays.is_recipient(id, &entry.recipients, position) {
                let cost = cost(&entry.packet);
                total.bytes += cost.bytes;
                total.packets += cost.packets;
                missed.push((position, entry));
            }
            // Packets that were sent to a room but not to the socket count, too, because visiting them takes time while
            // the log is locked.
            if total.bytes > limit.bytes || total.packets > limit.packets || visited >= limit.packets {
                return None;
            }
        }
        missed.reverse();
        Some(missed)
    }

    /// Returns the position of a packet that may have been sent to the socket with this id. Searches the newest `limit`
    /// packets since position `from`.
    pub(super) fn find<P>(&self, log: &Log<P>, id: &str, number: Number, from: u64, limit: usize) -> Option<u64> {
        let stays = self.stays_since(from);
        let mut candidates = stays.candidates(log, id).take(limit);
        candidates.find(|(_, entry)| entry.number == number).map(|(position, _)| position)
    }

    fn stays_since(&self, from: u64) -> Stays<'_> {
        let mut ended = HashMap::<_, Vec<_>>::new();
        for stay in self.ended.iter().filter(|stay| stay.until > from) {
            ended.entry(&*stay.room).or_default().push((stay.since, stay.until));
        }
        Stays { open: &self.open, ended, from }
    }
}

/// The stays of a socket that had not ended at a position, by room.
struct Stays<'a> {
    open: &'a HashMap<Arc<str>, u64>,
    ended: HashMap<&'a str, Vec<(u64, u64)>>,
    from: u64,
}

impl<'a> Stays<'a> {
    /// Returns the packets that may have been sent to the socket with this id, the newest first.
    fn candidates<P>(&self, log: &'a Log<P>, id: &'a str) -> NewestFirst<'a, P> {
        let ended = self.ended.keys().copied().filter(|room| !self.open.contains_key(*room));
        let rooms = self.open.keys().map(|room| &**room).chain(ended).map(Audience::Room);
        log.newest_first([Audience::All, Audience::Socket(id)].into_iter().chain(rooms), self.from)
    }

    fn was_in(&self, room: &str, at: u64) -> bool {
        let ended = |stays: &Vec<(u64, u64)>| stays.iter().any(|(since, until)| (*since..*until).contains(&at));
        self.open.get(room).is_some_and(|since| *since <= at) || self.ended.get(room).is_some_and(ended)
    }

    /// Returns `true` if a packet at this position was sent to the socket with this id.
    fn is_recipient(&self, id: &str, recipients: &Recipients, at: u64) -> bool {
        match recipients {
            Recipients::Socket(socket) => &**socket == id,
            Recipients::Sockets { target, sender } => {
                let inside = |rooms: &[String]| rooms.iter().any(|room| self.was_in(room, at));
                let is_sender = sender.as_deref() == Some(id);
                !is_sender && (target.rooms.is_empty() || inside(&target.rooms)) && !inside(&target.except)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Target;

    fn to(rooms: &[&str], except: &[&str]) -> Recipients {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Recipients::Sockets { target: Target::new(names(rooms), names(except)), sender: None }
    }

    fn received_at(history: &RoomHistory, recipients: &Recipients) -> Vec<u64> {
        let stays = history.stays_since(0);
        (0..10).filter(|at| stays.is_recipient("me", recipients, *at)).collect()
    }

    #[test]
    fn packet_to_room_is_for_sockets_in_it_at_that_position() {
        let mut history = RoomHistory::default();
        history.enter(&"a".into(), 2);
        history.leave("a", 4, 0);
        history.enter(&"a".into(), 7);
        history.enter(&"b".into(), 3);
        assert_eq!(received_at(&history, &to(&["a"], &[])), [2, 3, 7, 8, 9]);
        assert_eq!(received_at(&history, &to(&["b", "c"], &["a"])), [4, 5, 6]);
        assert_eq!(received_at(&history, &to(&[], &["b"])), [0, 1, 2]);
        assert_eq!(received_at(&history, &to(&["c"], &[])), [0; 0]);
        assert_eq!(received_at(&history, &Recipients::Socket("me".into())).len(), 10);
        assert_eq!(received_at(&history, &Recipients::Socket("b".into())), [0; 0]);
        let from_me = Recipients::Sockets { target: Target::default(), sender: Some("me".into()) };
        assert_eq!(received_at(&history, &from_me), [0; 0]);
    }

    #[test]
    fn stay_that_ends_before_it_begins_is_not_stored() {
        let mut history = RoomHistory::default();
        history.enter(&"a".into(), 5);
        history.leave("a", 3, 0);
        assert_eq!(received_at(&history, &to(&["a"], &[])), [0; 0]);
        assert!(history.ended.is_empty() && history.open.is_empty());
    }

    #[test]
    fn number_of_stored_stays_is_limited() {
        let mut history = RoomHistory::default();
        for at in 0..1000 {
            history.enter(&"a".into(), at);
            history.leave("a", at + 1, 0);
        }
        assert_eq!(history.ended.len(), MAX_ENDED);
        assert_eq!(history.complete_from, 1000 - MAX_ENDED as u64);
        history.enter(&"b".into(), 1000);
        history.leave("b", 1001, 1000);
        assert_eq!(history.ended.len(), 1);
    }
}
