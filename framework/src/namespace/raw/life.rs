//! How a socket comes and goes.

use std::any::Any;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{CONNECTED, GONE, RawSocket};
use crate::engine::close::CloseReason;
use crate::namespace::reason::DisconnectReason;
use crate::namespace::runtime::LEAVING;
use crate::protocol::encode;
use crate::sync::lock;

impl RawSocket {
    /// Connects the socket: queues the reply, then the events that were emitted meanwhile. Returns `false` if the socket is
    /// not connected afterwards, because its connection ended or `disconnect` was called before.
    pub(in super::super) fn accept(self: &Arc<Self>, session: Arc<dyn Any + Send + Sync>) -> bool {
        // Set once: a socket is accepted once.
        let _ = self.session.set(session);
        // Dropped after the locks: it has a session of the program's.
        let _former;
        let mut order = self.order();
        let mut belongings = lock(&self.belongings);
        if self.is_gone() {
            return false;
        }
        let Some(missed) = order.missed() else {
            // It took too long. The client comes back once more, and is a new one then.
            self.link.session.end(CloseReason::Forced);
            return false;
        };
        belongings.place = Some(self.hub.insert(self));
        if !belongings.left_own_room {
            self.hub.rooms.watch.tell_entered(&self.id);
        }
        let sid = (!self.link.session.revision().is_three()).then_some(&*self.id);
        let reply = encode::connected(self.hub.address(), sid, order.pid());
        _former = order.begin();
        let held = std::mem::take(&mut belongings.held);
        // In one step: a client that has got the reply, which a pending poll takes at once, is met by what is sent then, and
        // that comes behind what is older.
        self.link.session.push_together(|batch| {
            // A push fails only when the session has ended, and then the socket is about to be told.
            let _ = batch.push(&reply, &[]);
            order.send_missed(&missed, batch);
            for packet in &held {
                order.send(packet, batch);
            }
            self.phase.store(CONNECTED, Ordering::Release);
        });
        let unwanted = belongings.unwanted;
        drop(belongings);
        drop(order);
        self.hub.observed.connected();
        if unwanted {
            self.disconnect();
        }
        self.is_connected()
    }

    /// The socket is gone: it leaves its rooms and receives nothing more; its driver finishes what it does
    /// and runs the disconnect hook. False when it was gone already, or somebody else is at it.
    pub(in super::super) fn detach(self: &Arc<Self>, reason: DisconnectReason) -> bool {
        self.begin_leaving(reason) && self.finish_leaving(reason)
    }

    /// Ends the connection because the client claims the socket by another one. Does nothing when the server has disconnected
    /// the socket. On return, the socket is detached and kept for recovery, also where another task has done that.
    pub(in super::super) fn hand_over(self: &Arc<Self>) {
        if self.is_dismissed() {
            return;
        }
        // Another task may run `#[on_disconnecting]` already. It is not waited for, and still sees the socket's rooms.
        self.begin_leaving(DisconnectReason::TakenOver);
        if self.finish_leaving(DisconnectReason::TakenOver) {
            self.link.session.end(CloseReason::TakenOver);
        }
    }

    fn finish_leaving(self: &Arc<Self>, reason: DisconnectReason) -> bool {
        let order = self.order();
        let (rooms, place, in_own_room, before) = {
            let mut belongings = lock(&self.belongings);
            let before = self.phase.swap(GONE, Ordering::AcqRel);
            if before == GONE {
                return false;
            }
            belongings.last_rooms = belongings.rooms.names();
            belongings.ended = Some(reason);
            belongings.held = Vec::new();
            (std::mem::take(&mut belongings.rooms), belongings.place.take(), !belongings.left_own_room, before)
        };
        let mut deleted = 0;
        rooms.for_each(|membership| deleted += usize::from(self.hub.rooms.leave(membership, self)));
        if let Some(place) = place {
            self.hub.remove(self, place);
            if in_own_room {
                self.hub.rooms.watch.tell_left(&self.id);
            }
        }
        self.acks.abandon();
        #[cfg(feature = "testing")]
        if before == CONNECTED {
            self.note_end(reason);
        }
        // Events that a connected client sent before it left are handled.
        let drops_events = before != CONNECTED || reason == DisconnectReason::ServerNamespaceDisconnect;
        self.inbox.disconnect(reason, drops_events);
        self.runtime.tell_closed();
        order.end(before == CONNECTED, reason);
        // After the locks: this may run code of the program's.
        (0..deleted).for_each(|_| self.hub.observed.room_deleted());
        if place.is_some() {
            self.hub.observed.disconnected(reason);
        }
        true
    }

    /// Tells those who want to know before it leaves its rooms. False when they have been told: once is enough.
    fn begin_leaving(self: &Arc<Self>, reason: DisconnectReason) -> bool {
        let mut belongings = lock(&self.belongings);
        if belongings.leaving {
            return false;
        }
        if self.runtime.has(LEAVING) && self.is_connected() {
            belongings.leaving = true;
            drop(belongings);
            self.tell_leaving(reason);
        }
        true
    }

    /// The server disconnects the socket from its namespace; one that is connecting, right after the reply.
    pub(in super::super) fn disconnect(self: &Arc<Self>) {
        if !self.is_connected() && !self.is_connected_after_all() {
            return;
        }
        self.dismissed.store(true, Ordering::Release);
        // Detached first, by one of those who try: the client can be told once, and before it can come back.
        if self.detach(DisconnectReason::ServerNamespaceDisconnect) {
            let _ = self.link.session.push(&encode::disconnected(self.hub.address()), &[], false);
            self.link.session.wake();
        }
    }

    /// Notes that a socket which is still connecting is to be disconnected. True when it has become connected meanwhile.
    #[cold]
    fn is_connected_after_all(&self) -> bool {
        let mut belongings = lock(&self.belongings);
        belongings.unwanted = true;
        self.is_connected()
    }

    /// Completes when the socket is gone.
    pub(in super::super) async fn closed(self: Arc<Self>) -> DisconnectReason {
        let mut closed = pin!(self.runtime.closed().notified());
        loop {
            // Registered before the look: from then on no end is missed.
            closed.as_mut().enable();
            let ended = lock(&self.belongings).ended;
            if let Some(reason) = ended {
                return reason;
            }
            closed.as_mut().await;
            closed.set(self.runtime.closed().notified());
        }
    }

    /// The server disconnects the client from all of its namespaces and closes the connection.
    pub(in super::super) fn close(self: &Arc<Self>) {
        self.disconnect();
        self.link.closing.store(true, Ordering::Release);
        self.link.session.wake();
    }

    /// Whether the server disconnected it, so that the client may still send what it does not know to be late.
    pub(in super::super) fn is_dismissed(&self) -> bool {
        self.dismissed.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests;
