//! A log of room events, under the names that Node uses for them.

use std::sync::{Arc, Mutex, PoisonError};

use switchboard::{RoomEvent, RoomEvents};

/// One entry per event: the event's name, the room, and the socket if there is one.
#[derive(Default)]
pub(crate) struct RoomLog(Mutex<Vec<Vec<String>>>);

impl RoomLog {
    /// Records the events until the namespace is dropped.
    pub(crate) async fn keep(self: Arc<Self>, mut events: RoomEvents) {
        while let Some(event) = events.next().await {
            let entry = match &event {
                RoomEvent::Created { room } => vec!["create-room", room],
                RoomEvent::Joined { room, socket } => vec!["join-room", room, socket],
                RoomEvent::Left { room, socket } => vec!["leave-room", room, socket],
                RoomEvent::Deleted { room } => vec!["delete-room", room],
                _ => continue,
            };
            let entry = entry.into_iter().map(str::to_owned).collect();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        }
    }

    /// Returns the entries of rooms whose names start with `prefix`.
    pub(crate) fn of(&self, prefix: &str) -> Vec<Vec<String>> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().filter(|entry| entry[1].starts_with(prefix)).cloned().collect()
    }
}
