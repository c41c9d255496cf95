//! Records which rooms a socket was in, and when, to determine later which packets were sent to it.
//!
//! Times are positions in the namespace's log.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::audience::{Audience, NewestFirst};
use super::log::{Aim, Entry, Log};
use super::offset::Number;
use crate::engine::state::QueueLimits;

/// The maximum number of ended stays that are stored.
const MAX_ENDED: usize = 256;

/// The stays of a socket in rooms.
#[derive(Clone, Debug, Default)]
pub(super) struct Presence {
    /// The rooms that the socket is in, with the position at which it entered them.
    open: HashMap<Arc<str>, u64>,
    /// Ended stays, in the order they ended.
    ended: VecDeque<Stay>,
    /// Stays before this position may have been dropped.
    known_from: u64,
}

#[derive(Clone, Debug)]
struct Stay {
    room: Arc<str>,
    since: u64,
    until: u64,
}

impl Presence {
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
            self.known_from = self.known_from.max(stay.until);
        }
    }

    /// Returns the approximate size in bytes.
    pub(super) fn size(&self) -> usize {
        let open = self.open.keys().map(|room| size_of::<(Arc<str>, u64)>() + room.len());
        let ended = self.ended.iter().map(|stay| size_of::<Stay>() + stay.room.len());
        open.chain(ended).sum()
    }

    /// Returns the packets since position `from` that were sent to the socket with this id, with their positions, in
    /// order. Returns `None` if some of them are no longer in the log, or if they exceed `most`, as measured by `cost`.
    pub(super) fn missed<'a, P>(
        &'a self,
        log: &'a Log<P>,
        id: &'a str,
        from: u64,
        most: QueueLimits,
        cost: impl Fn(&P) -> QueueLimits,
    ) -> Option<Vec<(u64, &'a Entry<P>)>> {
        if from < self.known_from.max(log.oldest()) {
            return None;
        }
        let stays = self.since(from);
        let mut missed = Vec::new();
        let mut total = QueueLimits { bytes: 0, packets: 0 };
        for (visited, (place, entry)) in stays.candidates(log, id).enumerate() {
            if stays.is_meant(id, &entry.aim, place) {
                let cost = cost(&entry.packet);
                total.bytes += cost.bytes;
                total.packets += cost.packets;
                missed.push((place, entry));
            }
            // Packets that were sent to a room but not to the socket count, too, because visiting them takes time while
            // the log is locked.
            if total.bytes > most.bytes || total.packets > most.packets || visited >= most.packets {
                return None;
            }
        }
        missed.reverse();
        Some(missed)
    }

    /// Returns the position of a packet that may have been sent to the socket with this id. Searches the newest `most`
    /// packets since position `from`.
    pub(super) fn find<P>(&self, log: &Log<P>, id: &str, number: Number, from: u64, most: usize) -> Option<u64> {
        let stays = self.since(from);
        let mut candidates = stays.candidates(log, id).take(most);
        candidates.find(|(_, entry)| entry.number == number).map(|(place, _)| place)
    }

    fn since(&self, from: u64) -> Stays<'_> {
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
    fn is_meant(&self, id: &str, aim: &Aim, at: u64) -> bool {
        match aim {
            Aim::Socket(socket) => &**socket == id,
            Aim::Sockets { target, sender } => {
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

    fn to(rooms: &[&str], except: &[&str]) -> Aim {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Aim::Sockets { target: Target::new(names(rooms), names(except)), sender: None }
    }

    fn meant(presence: &Presence, aim: &Aim) -> Vec<u64> {
        let stays = presence.since(0);
        (0..10).filter(|at| stays.is_meant("me", aim, *at)).collect()
    }

    #[test]
    fn what_is_for_a_room_is_for_who_was_in_it_then() {
        let mut presence = Presence::default();
        presence.enter(&"a".into(), 2);
        presence.leave("a", 4, 0);
        presence.enter(&"a".into(), 7);
        presence.enter(&"b".into(), 3);
        assert_eq!(meant(&presence, &to(&["a"], &[])), [2, 3, 7, 8, 9]);
        assert_eq!(meant(&presence, &to(&["b", "c"], &["a"])), [4, 5, 6]);
        assert_eq!(meant(&presence, &to(&[], &["b"])), [0, 1, 2]);
        assert_eq!(meant(&presence, &to(&["c"], &[])), [0; 0]);
        assert_eq!(meant(&presence, &Aim::Socket("me".into())).len(), 10);
        assert_eq!(meant(&presence, &Aim::Socket("b".into())), [0; 0]);
        let from_me = Aim::Sockets { target: Target::default(), sender: Some("me".into()) };
        assert_eq!(meant(&presence, &from_me), [0; 0]);
    }

    #[test]
    fn a_stay_that_is_taken_to_have_ended_before_it_began_is_none() {
        let mut presence = Presence::default();
        presence.enter(&"a".into(), 5);
        presence.leave("a", 3, 0);
        assert_eq!(meant(&presence, &to(&["a"], &[])), [0; 0]);
        assert!(presence.ended.is_empty() && presence.open.is_empty());
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut presence = Presence::default();
        for at in 0..1000 {
            presence.enter(&"a".into(), at);
            presence.leave("a", at + 1, 0);
        }
        assert_eq!(presence.ended.len(), MAX_ENDED);
        assert_eq!(presence.known_from, 1000 - MAX_ENDED as u64);
        presence.enter(&"b".into(), 1000);
        presence.leave("b", 1001, 1000);
        assert_eq!(presence.ended.len(), 1);
    }
}
