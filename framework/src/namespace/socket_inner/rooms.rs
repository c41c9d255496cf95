//! Joining and leaving rooms.

use std::sync::Arc;

use super::{Belongings, RawSocket};
use crate::namespace::error::{HandlerErrorKind, JoinError};
use crate::namespace::rooms::Membership;
use crate::sync::lock;

/// The average length of room names that is allowed at the maximum number of rooms, in bytes.
const NAME: usize = 256;

/// The maximum number of rooms per socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxRooms(pub(crate) usize);

impl Default for MaxRooms {
    fn default() -> Self {
        Self(1024)
    }
}

impl Belongings {
    fn add(&mut self, membership: Membership) {
        self.name_bytes = self.name_bytes.saturating_add(bytes(membership.room.name()));
        self.rooms.insert(membership);
    }
}

fn bytes(room: &str) -> u32 {
    u32::try_from(room.len()).unwrap_or(u32::MAX)
}

impl RawSocket {
    pub(in super::super) fn join(self: &Arc<Self>, room: &str) -> Result<(), JoinError> {
        // Called without a lock, because it may run the application's code.
        if self.enter(room)? {
            self.hub.observed.room_created();
        }
        Ok(())
    }

    /// Joins a room when no caller waits for the result. Errors are reported to the error hook.
    pub(in super::super) fn join_or_report(self: &Arc<Self>, room: &str) {
        if let Err(error) = self.join(room) {
            self.report("join".to_owned(), HandlerErrorKind::Failed(error.to_string()));
        }
    }

    /// Returns `true` if the room is new.
    fn enter(self: &Arc<Self>, room: &str) -> Result<bool, JoinError> {
        let order = self.order();
        let mut belongings = lock(&self.belongings);
        if self.is_gone() {
            return Ok(false);
        }
        if room == &*self.id {
            let was_out = std::mem::take(&mut belongings.left_own_room);
            if was_out {
                order.entered(&self.id);
            }
            if was_out && belongings.place.is_some() {
                self.hub.rooms.watch.tell_entered(&self.id);
            }
            return Ok(false);
        }
        if belongings.rooms.contains(room) {
            return Ok(false);
        }
        self.check_bounds(&belongings, room)?;
        let (membership, is_new) = self.hub.rooms.join(room, self.clone());
        order.entered(membership.room.name());
        belongings.add(membership);
        Ok(is_new)
    }

    fn check_bounds(&self, belongings: &Belongings, room: &str) -> Result<(), JoinError> {
        let MaxRooms(rooms) = self.shared.max_rooms;
        let limit = rooms.saturating_mul(NAME);
        if belongings.rooms.len() >= rooms {
            return Err(JoinError::TooManyRooms { limit: rooms });
        }
        if belongings.name_bytes.saturating_add(bytes(room)) as usize > limit {
            return Err(JoinError::NamesTooLong { limit });
        }
        Ok(())
    }

    /// Restores the rooms of a recovered socket.
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
                    belongings.add(membership);
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

    /// Returns `true` if the room was deleted, because the socket was its last member.
    fn exit(&self, room: &str) -> bool {
        let order = self.order();
        let mut belongings = lock(&self.belongings);
        if room == &*self.id {
            order.left(room);
            // A disconnected socket keeps the list of rooms that it was in.
            let was_out = self.is_gone() || std::mem::replace(&mut belongings.left_own_room, true);
            if !was_out && belongings.place.is_some() {
                self.hub.rooms.watch.tell_left(&self.id);
            }
        }
        let Some(membership) = belongings.rooms.remove(room) else { return false };
        belongings.name_bytes = belongings.name_bytes.saturating_sub(bytes(room));
        order.left(room);
        // With the lock held, so that subscribers receive this event before the socket can join the room again.
        self.hub.rooms.leave(&membership, self)
    }

    /// Returns the rooms that the socket is in, including its own. For a disconnected socket, the rooms that it was in.
    pub(in super::super) fn rooms(&self) -> Vec<String> {
        let belongings = lock(&self.belongings);
        let own = (!belongings.left_own_room).then(|| self.id.to_string());
        let others = if self.is_gone() { belongings.last_rooms.clone() } else { belongings.rooms.names() };
        own.into_iter().chain(others).collect()
    }

    pub(in super::super) fn is_in_own_room(&self) -> bool {
        !lock(&self.belongings).left_own_room
    }
}
