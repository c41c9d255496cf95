//! The rooms that a socket is in.

use std::sync::Arc;

use super::{Belongings, RawSocket};
use crate::sync::lock;

impl RawSocket {
    pub(in super::super) fn join(self: &Arc<Self>, room: &str) {
        // Told when nothing is locked any more: this may run code of the program's.
        if self.enter(room) {
            self.hub.observed.room_created();
        }
    }

    /// True when the room is new.
    fn enter(self: &Arc<Self>, room: &str) -> bool {
        let order = self.order();
        let mut belongings = lock(&self.belongings);
        if self.is_gone() {
            return false;
        }
        if room == &*self.id {
            let was_out = std::mem::take(&mut belongings.left_own_room);
            if was_out {
                order.entered(&self.id);
            }
            if was_out && belongings.place.is_some() {
                self.hub.rooms.watch.tell_entered(&self.id);
            }
            return false;
        }
        if belongings.rooms.iter().any(|m| &**m.room.name() == room) {
            return false;
        }
        let (membership, is_new) = self.hub.rooms.join(room, self.clone());
        order.entered(membership.room.name());
        belongings.rooms.push(membership);
        is_new
    }

    /// Gives a socket that comes back its rooms again.
    pub(in super::super) fn restore_rooms(self: &Arc<Self>, rooms: &[String]) {
        let mut created = 0;
        {
            let mut belongings = lock(&self.belongings);
            belongings.left_own_room = true;
            for room in rooms {
                if **room == *self.id {
                    belongings.left_own_room = false;
                } else {
                    let (membership, is_new) = self.hub.rooms.join(room, self.clone());
                    belongings.rooms.push(membership);
                    created += usize::from(is_new);
                }
            }
        }
        (0..created).for_each(|_| self.hub.observed.room_created());
    }

    pub(in super::super) fn leave(&self, room: &str) {
        if self.exit(room) {
            self.hub.observed.room_deleted();
        }
    }

    /// True when nobody is in the room any more.
    fn exit(&self, room: &str) -> bool {
        let order = self.order();
        let mut belongings = lock(&self.belongings);
        if room == &*self.id {
            let was_out = std::mem::replace(&mut belongings.left_own_room, true);
            order.left(room);
            if !was_out && belongings.place.is_some() {
                self.hub.rooms.watch.tell_left(&self.id);
            }
        }
        let Some(index) = belongings.rooms.iter().position(|m| &**m.room.name() == room) else { return false };
        let membership = belongings.rooms.swap_remove(index);
        order.left(room);
        // Under the lock: who watches the room must not hear of it after the socket has entered it again.
        self.hub.rooms.leave(&membership, self)
    }

    /// The rooms that the socket is in, its own included; once it is gone, those that it was in.
    pub(in super::super) fn rooms(&self) -> Vec<String> {
        let belongings = lock(&self.belongings);
        if self.is_gone() { belongings.last_rooms.clone() } else { self.room_names(&belongings) }
    }

    pub(super) fn room_names(&self, belongings: &Belongings) -> Vec<String> {
        let own = (!belongings.left_own_room).then(|| self.id.to_string());
        own.into_iter().chain(belongings.rooms.iter().map(|m| m.room.name().to_string())).collect()
    }

    pub(in super::super) fn is_in_own_room(&self) -> bool {
        !lock(&self.belongings).left_own_room
    }
}
