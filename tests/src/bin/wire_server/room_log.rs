//! What has happened to rooms, under the names that Node has for it.

use std::sync::{Arc, Mutex, PoisonError};

use switchboard::{RoomEvent, RoomEvents};

/// The event's name, the room's, and the socket's where there is one.
#[derive(Default)]
pub(crate) struct RoomLog(Mutex<Vec<Vec<String>>>);

impl RoomLog {
    /// Writes down what happens, as long as the namespace lives.
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

    /// What has happened to the rooms whose names begin like this.
    pub(crate) fn of(&self, prefix: &str) -> Vec<Vec<String>> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().filter(|entry| entry[1].starts_with(prefix)).cloned().collect()
    }
}
