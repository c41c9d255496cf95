//! The rooms of one socket, by name.

use std::collections::HashMap;
use std::sync::Arc;

use crate::namespace::rooms::Membership;

/// Up to this many rooms are stored in a list, which takes less memory than a map and is searched as fast.
const FEW: usize = 16;

/// The rooms of a socket. Joining, leaving and looking up a room take constant time.
#[derive(Debug)]
pub(super) enum JoinedRooms {
    Few(Vec<Membership>),
    Many(Box<Many>),
}

#[derive(Debug, Default)]
pub(super) struct Many(HashMap<Arc<str>, Membership>);

impl Default for JoinedRooms {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl JoinedRooms {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(list) => list.len(),
            Self::Many(many) => many.0.len(),
        }
    }

    pub(super) fn contains(&self, room: &str) -> bool {
        match self {
            Self::Few(list) => list.iter().any(|membership| &**membership.room.name() == room),
            Self::Many(many) => many.0.contains_key(room),
        }
    }

    /// Adds a room that the socket is not in yet.
    pub(super) fn insert(&mut self, membership: Membership) {
        if let Self::Few(list) = self
            && list.len() == FEW
        {
            let entries = std::mem::take(list).into_iter().map(|known| (known.room.name().clone(), known));
            *self = Self::Many(Box::new(Many(entries.collect())));
        }
        match self {
            Self::Few(list) => list.push(membership),
            Self::Many(many) => drop(many.0.insert(membership.room.name().clone(), membership)),
        }
    }

    pub(super) fn remove(&mut self, room: &str) -> Option<Membership> {
        let removed = match self {
            Self::Few(list) => {
                let index = list.iter().position(|membership| &**membership.room.name() == room)?;
                list.swap_remove(index)
            }
            Self::Many(many) => many.0.remove(room)?,
        };
        // Well below the limit, so that a socket that repeatedly joins and leaves one room does not cause a conversion
        // each time.
        if let Self::Many(many) = self
            && many.0.len() <= FEW / 2
        {
            *self = Self::Few(std::mem::take(&mut many.0).into_values().collect());
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
            Self::Few(list) => list.iter().for_each(visit),
            Self::Many(many) => many.0.values().for_each(visit),
        }
    }
}
