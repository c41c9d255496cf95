//! Rooms as they come and go, for those who want to know.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};

use crate::sync::lock;

/// Events that wait for one who wants to know. Clients can bring about as many as they like.
const MAX_WAITING: usize = 16 * 1024;

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
    /// More happened than was taken: all else is lost, and nothing follows. Ask for the events again, and then for the
    /// rooms that there are.
    Overflowed,
}

/// The room events of one namespace, from when it was asked for.
///
/// Up to 16,384 are kept for who has not taken them yet. One more, and [`RoomEvent::Overflowed`] is the last.
#[derive(Debug)]
pub struct RoomEvents {
    events: Receiver<RoomEvent>,
    overflowed: Arc<AtomicBool>,
}

impl RoomEvents {
    /// Those of a namespace that is no more.
    pub(super) fn ended() -> Self {
        Self { events: channel(1).1, overflowed: Arc::default() }
    }

    /// The next event; `None` when the namespace is no more.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<RoomEvent> {
        let event = self.events.recv().await;
        event.or_else(|| self.overflowed.swap(false, Ordering::AcqRel).then_some(RoomEvent::Overflowed))
    }
}

/// One who wants to know.
#[derive(Debug)]
struct Watcher {
    sender: Sender<RoomEvent>,
    overflowed: Arc<AtomicBool>,
}

impl Watcher {
    /// False when nothing more is to be told.
    fn tell(&self, event: &RoomEvent) -> bool {
        let told = self.sender.try_send(event.clone());
        // Before the sender is dropped, whose end is seen first.
        self.overflowed.store(matches!(told, Err(TrySendError::Full(_))), Ordering::Release);
        told.is_ok()
    }
}

/// Those who want to know.
#[derive(Debug, Default)]
pub(super) struct RoomWatch {
    /// Whether there is anybody, to be read without the lock.
    watched: AtomicBool,
    watchers: Mutex<Vec<Watcher>>,
}

impl RoomWatch {
    pub(super) fn watch(&self) -> RoomEvents {
        let (sender, events) = channel(MAX_WAITING);
        let overflowed = Arc::<AtomicBool>::default();
        lock(&self.watchers).push(Watcher { sender, overflowed: overflowed.clone() });
        self.watched.store(true, Ordering::Release);
        RoomEvents { events, overflowed }
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
        watchers.retain(|watcher| watcher.tell(event));
        self.watched.store(!watchers.is_empty(), Ordering::Release);
    }
}
