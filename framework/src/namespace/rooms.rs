//! The rooms of a namespace, in memory. They are divided into shards, so that joins of different rooms rarely wait for
//! each other.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, RwLock};

use super::room_events::{RoomEvent, Subscribers};
use super::socket_inner::SocketInner;
use super::socket_set::{Slot, Snapshot, SocketSet};
use crate::sync::{read, write};

const SHARDS: usize = 16;

/// The rooms of one namespace. A room exists while it has members.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    shards: [RwLock<HashMap<Arc<str>, Arc<Room>>>; SHARDS],
    hasher: RandomState,
    pub(super) subscribers: Subscribers,
}

#[derive(Debug)]
pub(super) struct Room {
    name: Arc<str>,
    members: SocketSet,
}

impl Room {
    pub(super) fn name(&self) -> &Arc<str> {
        &self.name
    }
}

/// A socket's membership in a room, with its slot there.
#[derive(Debug)]
pub(super) struct Membership {
    pub(super) room: Arc<Room>,
    slot: Slot,
}

impl Rooms {
    fn shard(&self, name: &str) -> &RwLock<HashMap<Arc<str>, Arc<Room>>> {
        &self.shards[self.hasher.hash_one(name) as usize % SHARDS]
    }

    /// Adds a socket to a room. Returns `true` if the room is new.
    pub(super) fn join(&self, name: &str, socket: Arc<SocketInner>) -> (Membership, bool) {
        // The shard stays locked, so that a room that has just become empty cannot be removed in between.
        let mut shard = write(self.shard(name));
        let known = shard.get(name).cloned();
        let is_new = known.is_none();
        let room = match known {
            Some(room) => room,
            None => {
                let name: Arc<str> = name.into();
                let room = Arc::new(Room { name: name.clone(), members: SocketSet::default() });
                shard.insert(name.clone(), room.clone());
                self.subscribers.publish(|| RoomEvent::Created { room: name });
                room
            }
        };
        self.subscribers.publish(|| RoomEvent::Joined { room: room.name.clone(), socket: socket.id().clone() });
        let slot = room.members.insert(socket);
        (Membership { room, slot }, is_new)
    }

    /// Removes a socket from a room. Returns `true` if the room is now empty and was deleted.
    pub(super) fn leave(&self, membership: &Membership, socket: &SocketInner) -> bool {
        self.subscribers
            .publish(|| RoomEvent::Left { room: membership.room.name.clone(), socket: socket.id().clone() });
        if membership.room.members.remove(membership.slot) {
            let mut shard = write(self.shard(membership.room.name()));
            let unchanged = shard.get(membership.room.name()).is_some_and(|room| Arc::ptr_eq(room, &membership.room));
            if unchanged && membership.room.members.count() == 0 {
                shard.remove(membership.room.name());
                self.subscribers.publish(|| RoomEvent::Deleted { room: membership.room.name.clone() });
                return true;
            }
        }
        false
    }

    pub(super) fn members(&self, name: &str) -> Option<Snapshot> {
        read(self.shard(name)).get(name).map(|room| room.members.snapshot())
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        read(self.shard(name)).contains_key(name)
    }

    pub(super) fn count(&self) -> usize {
        self.shards.iter().map(|shard| read(shard).len()).sum()
    }

    /// Returns the names of all rooms. Locks one shard at a time, so that joins in other shards continue.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for shard in &self.shards {
            names.extend(read(shard).keys().map(ToString::to_string));
        }
        names
    }
}
