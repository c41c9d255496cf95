//! Which rooms a socket was in, and when: so that what it was to receive can be said later.
//!
//! The clock is the namespace's log: a place in it is an instant.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::audience::{Audience, NewestFirst};
use super::log::{Aim, Entry, Log};
use super::offset::Number;
use crate::engine::state::QueueLimits;

/// Stays that are over and remembered, at the most.
const MAX_ENDED: usize = 256;

/// A socket's stays in rooms.
#[derive(Clone, Debug, Default)]
pub(super) struct Presence {
    /// The rooms that the socket is in, each with the place since which it is.
    open: HashMap<Arc<str>, u64>,
    /// Stays that are over, in the order of their ends.
    ended: VecDeque<Stay>,
    /// Before this place, stays may have been forgotten.
    known_from: u64,
}

#[derive(Clone, Debug)]
struct Stay {
    room: Arc<str>,
    since: u64,
    until: u64,
}

impl Presence {
    /// The socket enters a room that it is not in: what is sent from `at` on is for it.
    pub(super) fn enter(&mut self, room: &Arc<str>, at: u64) {
        self.open.insert(room.clone(), at);
    }

    /// The socket leaves a room: what is sent from `at` on is not for it. What was before `oldest` will not be asked for.
    pub(super) fn leave(&mut self, room: &str, at: u64, oldest: u64) {
        // A stay that began later than it is taken to have ended has been none.
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

    /// How many bytes this takes, about.
    pub(super) fn size(&self) -> usize {
        let open = self.open.keys().map(|room| size_of::<(Arc<str>, u64)>() + room.len());
        let ended = self.ended.iter().map(|stay| size_of::<Stay>() + stay.room.len());
        open.chain(ended).sum()
    }

    /// Returns the packets from a place on that were for the socket of this id, with their places, in order. `None` when some are
    /// no longer kept, or when they exceed `most`, where `cost` weighs a packet.
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
            // The log is locked meanwhile: packets that were sent to its rooms and not to the socket count as well.
            if total.bytes > most.bytes || total.packets > most.packets || visited >= most.packets {
                return None;
            }
        }
        missed.reverse();
        Some(missed)
    }

    /// The place of a packet that may have been for the socket of this id, among the newest `most` of those from a place on.
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

/// A socket's stays that were not over at a place, by room.
struct Stays<'a> {
    open: &'a HashMap<Arc<str>, u64>,
    ended: HashMap<&'a str, Vec<(u64, u64)>>,
    from: u64,
}

impl<'a> Stays<'a> {
    /// The packets that may have been for the socket of this id, the newest first.
    fn candidates<P>(&self, log: &'a Log<P>, id: &'a str) -> NewestFirst<'a, P> {
        let ended = self.ended.keys().copied().filter(|room| !self.open.contains_key(*room));
        let rooms = self.open.keys().map(|room| &**room).chain(ended).map(Audience::Room);
        log.newest_first([Audience::All, Audience::Socket(id)].into_iter().chain(rooms), self.from)
    }

    fn was_in(&self, room: &str, at: u64) -> bool {
        let ended = |stays: &Vec<(u64, u64)>| stays.iter().any(|(since, until)| (*since..*until).contains(&at));
        self.open.get(room).is_some_and(|since| *since <= at) || self.ended.get(room).is_some_and(ended)
    }

    /// Whether what was sent at a place was meant for the socket of this id.
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
