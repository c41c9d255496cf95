//! Joining and leaving rooms.

use std::sync::Arc;

use super::{SocketInner, SocketState};
use crate::namespace::error::{HandlerErrorKind, JoinError};
use crate::namespace::rooms::Membership;
use crate::sync::lock;

/// The average length of room names that is allowed at the maximum number of rooms, in bytes.
const AVERAGE_NAME: usize = 256;

/// The maximum number of rooms per socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxRooms(pub(crate) usize);

impl Default for MaxRooms {
    fn default() -> Self {
        Self(1024)
    }
}

impl SocketState {
    fn add(&mut self, membership: Membership) {
        self.name_bytes = self.name_bytes.saturating_add(name_length(membership.room.name()));
        self.rooms.insert(membership);
    }
}

fn name_length(room: &str) -> u32 {
    u32::try_from(room.len()).unwrap_or(u32::MAX)
}

impl SocketInner {
    pub(in super::super) fn join(self: &Arc<Self>, room: &str) -> Result<(), JoinError> {
        // Called without a lock, because it may run the application's code.
        if self.add_to_room(room)? {
            self.namespace.observed.room_created();
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
    fn add_to_room(self: &Arc<Self>, room: &str) -> Result<bool, JoinError> {
        let guard = self.lock_recovery();
        let mut state = lock(&self.state);
        if self.is_disconnected() {
            return Ok(false);
        }
        if room == &*self.id {
            let was_outside = std::mem::take(&mut state.left_own_room);
            if was_outside {
                guard.entered(&self.id);
            }
            if was_outside && state.slot.is_some() {
                self.namespace.rooms.subscribers.publish_entered_own_room(&self.id);
            }
            return Ok(false);
        }
        if state.rooms.contains(room) {
            return Ok(false);
        }
        self.check_limits(&state, room)?;
        let (membership, is_new) = self.namespace.rooms.join(room, self.clone());
        guard.entered(membership.room.name());
        state.add(membership);
        Ok(is_new)
    }

    fn check_limits(&self, state: &SocketState, room: &str) -> Result<(), JoinError> {
        let MaxRooms(rooms) = self.shared.max_rooms;
        let limit = rooms.saturating_mul(AVERAGE_NAME);
        if state.rooms.len() >= rooms {
            return Err(JoinError::TooManyRooms { limit: rooms });
        }
        if state.name_bytes.saturating_add(name_length(room)) as usize > limit {
            return Err(JoinError::NamesTooLong { limit });
        }
        Ok(())
    }

    /// Restores the rooms of a recovered socket.
    pub(in super::super) fn restore_rooms(self: &Arc<Self>, rooms: &[String]) {
        let mut created = 0;
        {
            let mut state = lock(&self.state);
            state.left_own_room = true;
            for room in rooms {
                if **room == *self.id {
                    state.left_own_room = false;
                } else {
                    let (membership, is_new) = self.namespace.rooms.join(room, self.clone());
                    state.add(membership);
                    created += usize::from(is_new);
                }
            }
        }
        (0..created).for_each(|_| self.namespace.observed.room_created());
    }

    pub(in super::super) fn leave(&self, room: &str) {
        if self.remove_from_room(room) {
            self.namespace.observed.room_deleted();
        }
    }

    /// Returns `true` if the room was deleted, because the socket was its last member.
    fn remove_from_room(&self, room: &str) -> bool {
        let guard = self.lock_recovery();
        let mut state = lock(&self.state);
        if room == &*self.id {
            guard.left(room);
            // A disconnected socket keeps the list of rooms that it was in.
            let was_outside = self.is_disconnected() || std::mem::replace(&mut state.left_own_room, true);
            if !was_outside && state.slot.is_some() {
                self.namespace.rooms.subscribers.publish_left_own_room(&self.id);
            }
        }
        let Some(membership) = state.rooms.remove(room) else { return false };
        state.name_bytes = state.name_bytes.saturating_sub(name_length(room));
        guard.left(room);
        // With the lock held, so that subscribers receive this event before the socket can join the room again.
        self.namespace.rooms.leave(&membership, self)
    }

    /// Returns the rooms that the socket is in, including its own. For a disconnected socket, the rooms that it was in.
    pub(in super::super) fn rooms(&self) -> Vec<String> {
        let state = lock(&self.state);
        let own = (!state.left_own_room).then(|| self.id.to_string());
        let joined = if self.is_disconnected() { state.last_rooms.clone() } else { state.rooms.names() };
        own.into_iter().chain(joined).collect()
    }

    pub(in super::super) fn is_in_own_room(&self) -> bool {
        !lock(&self.state).left_own_room
    }
}
