//! Subscriptions to the events of rooms: created, joined, left, deleted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};

use crate::sync::lock;

/// Buffered events per subscriber. Limited, because clients can cause any number of events.
const MAX_BUFFERED: usize = 16 * 1024;

/// An event of a room on this server.
///
/// The events of a room arrive in order: it is created before its first member joins, and deleted after its last member
/// leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoomEvent {
    /// The room was created (`create-room` in Node).
    Created {
        /// The room's name.
        room: Arc<str>,
    },
    /// A socket joined the room (`join-room`).
    Joined {
        /// The room's name.
        room: Arc<str>,
        /// The socket's id.
        socket: Arc<str>,
    },
    /// A socket left the room, or was disconnected (`leave-room`).
    Left {
        /// The room's name.
        room: Arc<str>,
        /// The socket's id.
        socket: Arc<str>,
    },
    /// The room was deleted after its last member left (`delete-room`).
    Deleted {
        /// The room's name.
        room: Arc<str>,
    },
    /// The subscriber's buffer overflowed. The following events are lost, and the subscription ends. Subscribe again,
    /// then read the list of existing rooms.
    Overflowed,
}

/// A subscription to the room events of a namespace.
///
/// Buffers up to 16,384 unread events. On overflow, [`RoomEvent::Overflowed`] is the last event.
#[derive(Debug)]
pub struct RoomEvents {
    events: Receiver<RoomEvent>,
    overflowed: Arc<AtomicBool>,
}

impl RoomEvents {
    /// Creates the subscription to a namespace that no longer exists.
    pub(super) fn ended() -> Self {
        Self { events: channel(1).1, overflowed: Arc::default() }
    }

    /// Returns the next event. Returns `None` once the namespace is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not lose an event.
    pub async fn next(&mut self) -> Option<RoomEvent> {
        let event = self.events.recv().await;
        event.or_else(|| self.overflowed.swap(false, Ordering::AcqRel).then_some(RoomEvent::Overflowed))
    }
}

/// A subscriber.
#[derive(Debug)]
struct Subscriber {
    sender: Sender<RoomEvent>,
    overflowed: Arc<AtomicBool>,
}

impl Subscriber {
    /// Sends an event to the subscriber. Returns `false` if it must be removed.
    fn send(&self, event: &RoomEvent) -> bool {
        let sent = self.sender.try_send(event.clone());
        // Set before the sender is dropped, because the receiver reads it when the channel ends.
        self.overflowed.store(matches!(sent, Err(TrySendError::Full(_))), Ordering::Release);
        sent.is_ok()
    }
}

/// The subscribers of a namespace.
#[derive(Debug, Default)]
pub(super) struct Subscribers {
    /// `true` while there are subscribers. Read without the lock.
    has_subscribers: AtomicBool,
    list: Mutex<Vec<Subscriber>>,
}

impl Subscribers {
    pub(super) fn subscribe(&self) -> RoomEvents {
        let (sender, events) = channel(MAX_BUFFERED);
        let overflowed = Arc::<AtomicBool>::default();
        lock(&self.list).push(Subscriber { sender, overflowed: overflowed.clone() });
        self.has_subscribers.store(true, Ordering::Release);
        RoomEvents { events, overflowed }
    }

    /// Announces that a socket entered the room of its own id, which exists only while the socket is in it.
    pub(super) fn publish_entered_own_room(&self, id: &Arc<str>) {
        self.publish(|| RoomEvent::Created { room: id.clone() });
        self.publish(|| RoomEvent::Joined { room: id.clone(), socket: id.clone() });
    }

    /// Announces that a socket left the room of its own id.
    pub(super) fn publish_left_own_room(&self, id: &Arc<str>) {
        self.publish(|| RoomEvent::Left { room: id.clone(), socket: id.clone() });
        self.publish(|| RoomEvent::Deleted { room: id.clone() });
    }

    /// Sends an event to the subscribers, if there are any.
    #[inline]
    pub(super) fn publish(&self, event: impl FnOnce() -> RoomEvent) {
        if self.has_subscribers.load(Ordering::Acquire) {
            self.send_to_all(&event());
        }
    }

    #[cold]
    fn send_to_all(&self, event: &RoomEvent) {
        let mut list = lock(&self.list);
        list.retain(|subscriber| subscriber.send(event));
        self.has_subscribers.store(!list.is_empty(), Ordering::Release);
    }
}
