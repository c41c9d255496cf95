//! Rooms as they come and go, for those who want to know.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::sync::lock;

/// What happened to a room of this server.
///
/// The events of one room come in their order: it is created before its first member joins, and deleted after its last
/// has left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoomEvent {
    /// The room has come into being (`create-room` in Node).
    Created {
        /// The room's name.
        room: Arc<str>,
    },
    /// A socket has entered it (`join-room`).
    Joined {
        /// The room's name.
        room: Arc<str>,
        /// The socket's id.
        socket: Arc<str>,
    },
    /// A socket has left it, or has been disconnected (`leave-room`).
    Left {
        /// The room's name.
        room: Arc<str>,
        /// The socket's id.
        socket: Arc<str>,
    },
    /// Nobody is in it any more (`delete-room`).
    Deleted {
        /// The room's name.
        room: Arc<str>,
    },
}

/// The room events of one namespace, from when it was asked for.
///
/// Those that have not been taken are kept, whatever their number: take them, or drop this.
#[derive(Debug)]
pub struct RoomEvents(UnboundedReceiver<RoomEvent>);

impl RoomEvents {
    /// Those of a namespace that is no more.
    pub(super) fn ended() -> Self {
        Self(unbounded_channel().1)
    }

    /// The next event; `None` when the namespace is no more.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<RoomEvent> {
        self.0.recv().await
    }
}

/// Those who want to know.
#[derive(Debug, Default)]
pub(super) struct RoomWatch {
    /// Whether there is anybody, to be read without the lock.
    watched: AtomicBool,
    watchers: Mutex<Vec<UnboundedSender<RoomEvent>>>,
}

impl RoomWatch {
    pub(super) fn watch(&self) -> RoomEvents {
        let (sender, events) = unbounded_channel();
        lock(&self.watchers).push(sender);
        self.watched.store(true, Ordering::Release);
        RoomEvents(events)
    }

    /// A socket has entered the room of its own id, which exists by that alone.
    pub(super) fn tell_entered(&self, id: &Arc<str>) {
        self.tell(|| RoomEvent::Created { room: id.clone() });
        self.tell(|| RoomEvent::Joined { room: id.clone(), socket: id.clone() });
    }

    /// A socket has left the room of its own id.
    pub(super) fn tell_left(&self, id: &Arc<str>) {
        self.tell(|| RoomEvent::Left { room: id.clone(), socket: id.clone() });
        self.tell(|| RoomEvent::Deleted { room: id.clone() });
    }

    /// Tells what happened, if anybody wants to know.
    #[inline]
    pub(super) fn tell(&self, event: impl FnOnce() -> RoomEvent) {
        if self.watched.load(Ordering::Acquire) {
            self.tell_watchers(&event());
        }
    }

    #[cold]
    fn tell_watchers(&self, event: &RoomEvent) {
        let mut watchers = lock(&self.watchers);
        watchers.retain(|watcher| watcher.send(event.clone()).is_ok());
        self.watched.store(!watchers.is_empty(), Ordering::Release);
    }
}
