//! Connecting and disconnecting a socket.

use std::any::Any;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{CONNECTED, GONE, RawSocket};
use crate::engine::close::CloseReason;
use crate::namespace::reason::DisconnectReason;
use crate::namespace::socket_extras::LEAVING;
use crate::protocol::encode;
use crate::sync::lock;

impl RawSocket {
    /// Connects the socket: queues the reply, then the packets that were held. Returns `false` if the socket is not
    /// connected afterwards, because its connection ended or `disconnect` was called before.
    pub(in super::super) fn accept(self: &Arc<Self>, session: Arc<dyn Any + Send + Sync>) -> bool {
        // Cannot fail, because a socket is accepted only once.
        let _ = self.session.set(session);
        // Dropped after the locks are released, because it holds a session of the application.
        let _former;
        let mut order = self.order();
        let mut belongings = lock(&self.belongings);
        if self.is_gone() {
            return false;
        }
        let Some(missed) = order.missed() else {
            // The log no longer contains the missed packets. The client reconnects, and then gets a new socket.
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
        // Queued in one step, because a pending poll sends the reply at once. A broadcast that follows the reply must
        // find the socket connected, and its packet must come after the older ones.
        self.link.session.push_together(|batch| {
            // A push fails only if the session has ended. The socket is then about to be disconnected.
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

    /// Disconnects the socket: it leaves its rooms and receives nothing more. Its driver finishes the running handlers
    /// and runs the disconnect hook. Returns `false` if the socket is already disconnected, or another task is
    /// disconnecting it.
    pub(in super::super) fn detach(self: &Arc<Self>, reason: DisconnectReason) -> bool {
        self.begin_leaving(reason) && self.finish_leaving(reason)
    }

    /// Ends the connection because the client claims the socket over another one. Does nothing if the server has
    /// disconnected the socket. On return, the socket is detached and saved for recovery, by this call or by another
    /// task.
    pub(in super::super) fn hand_over(self: &Arc<Self>) {
        if self.is_dismissed() {
            return;
        }
        // Another task may already be running `#[on_disconnecting]`. This call does not wait for it, and the hook still
        // sees the socket's rooms.
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
        // Events that a connected client sent before it left are still handled.
        let drops_events = before != CONNECTED || reason == DisconnectReason::ServerNamespaceDisconnect;
        self.inbox.disconnect(reason, drops_events);
        self.runtime.tell_closed();
        order.end(before == CONNECTED, reason);
        // Called without a lock, because these may run the application's code.
        (0..deleted).for_each(|_| self.hub.observed.room_deleted());
        if place.is_some() {
            self.hub.observed.disconnected(reason);
        }
        true
    }

    /// Runs the `disconnecting` hooks, before the socket leaves its rooms. Returns `false` if they have already been
    /// started.
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

    /// Disconnects the socket from its namespace. A connecting socket is disconnected right after the reply.
    pub(in super::super) fn disconnect(self: &Arc<Self>) {
        if !self.is_connected() && !self.is_connected_after_all() {
            return;
        }
        self.dismissed.store(true, Ordering::Release);
        // Detached first, which succeeds for one caller only: the client receives one DISCONNECT packet, before it can
        // connect again.
        if self.detach(DisconnectReason::ServerNamespaceDisconnect) {
            let _ = self.link.session.push(&encode::disconnected(self.hub.address()), &[], false);
            self.link.session.wake();
        }
    }

    /// Marks a connecting socket to be disconnected later. Returns `true` if it has been connected in the meantime.
    #[cold]
    fn is_connected_after_all(&self) -> bool {
        let mut belongings = lock(&self.belongings);
        belongings.unwanted = true;
        self.is_connected()
    }

    /// Waits until the socket is disconnected, and returns the reason.
    pub(in super::super) async fn closed(self: Arc<Self>) -> DisconnectReason {
        let mut closed = pin!(self.runtime.closed().notified());
        loop {
            // Registered before the check, so that no notification is missed.
            closed.as_mut().enable();
            let ended = lock(&self.belongings).ended;
            if let Some(reason) = ended {
                return reason;
            }
            closed.as_mut().await;
            closed.set(self.runtime.closed().notified());
        }
    }

    /// Disconnects the client from all its namespaces, and closes the connection.
    pub(in super::super) fn close(self: &Arc<Self>) {
        self.disconnect();
        self.link.closing.store(true, Ordering::Release);
        self.link.session.wake();
    }

    /// Returns `true` if the server disconnected the socket. Until the client knows, it may still send packets.
    pub(in super::super) fn is_dismissed(&self) -> bool {
        self.dismissed.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests;
