//! Which rooms a socket was in, and when: so that what it was to receive can be said later.
//!
//! The clock is the namespace's log: a place in it is an instant.

use std::collections::HashMap;
use std::sync::Arc;

use super::log::Aim;

/// Stays that are over and remembered, at the most.
const MAX_ENDED: usize = 256;
/// The end of a stay that goes on.
const OPEN: u64 = u64::MAX;

/// A socket's stays in rooms.
#[derive(Clone, Debug, Default)]
pub(super) struct Presence {
    stays: Vec<Stay>,
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
        self.stays.push(Stay { room: room.clone(), since: at, until: OPEN });
    }

    /// The socket leaves a room: what is sent from `at` on is not for it. What was before `oldest` will not be asked for.
    pub(super) fn leave(&mut self, room: &str, at: u64, oldest: u64) {
        if let Some(stay) = self.stays.iter_mut().find(|stay| stay.until == OPEN && &*stay.room == room) {
            // It may have begun after what it is taken to have ended at.
            stay.until = at.max(stay.since);
        }
        self.stays.retain(|stay| stay.until > oldest.max(stay.since));
        let ended = self.stays.iter().enumerate().filter(|(_, stay)| stay.until != OPEN);
        if ended.clone().count() > MAX_ENDED
            && let Some((index, _)) = ended.min_by_key(|(_, stay)| stay.until)
        {
            self.known_from = self.known_from.max(self.stays.remove(index).until);
        }
    }

    /// From which place on it is known what was for the socket.
    pub(super) fn known_from(&self) -> u64 {
        self.known_from
    }

    /// How many bytes this takes, about.
    pub(super) fn size(&self) -> usize {
        self.stays.iter().map(|stay| size_of::<Stay>() + stay.room.len()).sum()
    }

    /// The same by room.
    pub(super) fn index(&self) -> ByRoom<'_> {
        let mut stays = HashMap::<_, Vec<_>>::new();
        for stay in &self.stays {
            stays.entry(&*stay.room).or_default().push((stay.since, stay.until));
        }
        ByRoom(stays)
    }
}

/// A socket's stays, to be asked often.
pub(super) struct ByRoom<'a>(HashMap<&'a str, Vec<(u64, u64)>>);

impl ByRoom<'_> {
    fn was_in(&self, room: &str, at: u64) -> bool {
        self.0.get(room).is_some_and(|stays| stays.iter().any(|(since, until)| (*since..*until).contains(&at)))
    }

    /// Whether what was sent at a place was meant for the socket of this id.
    pub(super) fn is_meant(&self, id: &str, aim: &Aim, at: u64) -> bool {
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
        let index = presence.index();
        (0..10).filter(|at| index.is_meant("me", aim, *at)).collect()
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
        assert!(presence.stays.is_empty());
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut presence = Presence::default();
        for at in 0..1000 {
            presence.enter(&"a".into(), at);
            presence.leave("a", at + 1, 0);
        }
        assert_eq!(presence.stays.len(), MAX_ENDED);
        assert_eq!(presence.known_from(), 1000 - MAX_ENDED as u64);
        presence.enter(&"b".into(), 1000);
        presence.leave("b", 1001, 1000);
        assert_eq!(presence.stays.len(), 1);
    }
}
