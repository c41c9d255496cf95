//! The rooms of one socket, by name.

use std::collections::HashMap;
use std::sync::Arc;

use crate::namespace::rooms::Membership;

/// Up to this many rooms are stored in a list, which takes less memory than a map and is searched as fast.
const MAX_IN_LIST: usize = 16;

/// The rooms of a socket. Joining, leaving and looking up a room take constant time.
#[derive(Debug)]
pub(super) enum JoinedRooms {
    List(Vec<Membership>),
    Map(Box<Map>),
}

#[derive(Debug, Default)]
pub(super) struct Map(HashMap<Arc<str>, Membership>);

impl Default for JoinedRooms {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl JoinedRooms {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Map(map) => map.0.len(),
        }
    }

    pub(super) fn contains(&self, room: &str) -> bool {
        match self {
            Self::List(list) => list.iter().any(|membership| &**membership.room.name() == room),
            Self::Map(map) => map.0.contains_key(room),
        }
    }

    /// Adds a room that the socket is not in yet.
    pub(super) fn insert(&mut self, membership: Membership) {
        if let Self::List(list) = self
            && list.len() == MAX_IN_LIST
        {
            let entries = std::mem::take(list).into_iter().map(|known| (known.room.name().clone(), known));
            *self = Self::Map(Box::new(Map(entries.collect())));
        }
        match self {
            Self::List(list) => list.push(membership),
            Self::Map(map) => drop(map.0.insert(membership.room.name().clone(), membership)),
        }
    }

    pub(super) fn remove(&mut self, room: &str) -> Option<Membership> {
        let removed = match self {
            Self::List(list) => {
                let index = list.iter().position(|membership| &**membership.room.name() == room)?;
                list.swap_remove(index)
            }
            Self::Map(map) => map.0.remove(room)?,
        };
        // Well below the limit, so that a socket that repeatedly joins and leaves one room does not cause a conversion
        // each time.
        if let Self::Map(map) = self
            && map.0.len() <= MAX_IN_LIST / 2
        {
            *self = Self::List(std::mem::take(&mut map.0).into_values().collect());
        }
        Some(removed)
    }

    pub(super) fn names(&self) -> Vec<String> {
        let mut names = Vec::with_capacity(self.len());
        self.for_each(|membership| names.push(membership.room.name().to_string()));
        names
    }

    pub(super) fn for_each(&self, visit: impl FnMut(&Membership)) {
        match self {
            Self::List(list) => list.iter().for_each(visit),
            Self::Map(map) => map.0.values().for_each(visit),
        }
    }
}
