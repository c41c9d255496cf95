//! Connecting and disconnecting a socket.

use std::any::Any;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{CONNECTED, DISCONNECTED, SocketInner};
use crate::engine::close::CloseReason;
use crate::namespace::reason::DisconnectReason;
use crate::namespace::socket_extras::HAS_DISCONNECTING_HOOKS;
use crate::protocol::encode;
use crate::sync::lock;

impl SocketInner {
    /// Connects the socket: queues the reply, then the pending packets. Returns `false` if the socket is not
    /// connected afterwards, because its connection ended or `disconnect` was called before.
    pub(in super::super) fn accept(self: &Arc<Self>, session: Arc<dyn Any + Send + Sync>) -> bool {
        // Cannot fail, because a socket is accepted only once.
        let _ = self.session.set(session);
        // Dropped after the locks are released, because it holds a session of the application.
        let _claimed;
        let mut guard = self.lock_recovery();
        let mut state = lock(&self.state);
        if self.is_disconnected() {
            return false;
        }
        let Some(missed) = guard.missed() else {
            // The log no longer contains the missed packets. The client reconnects, and then gets a new socket.
            self.connection.session.end(CloseReason::Forced);
            return false;
        };
        state.slot = Some(self.namespace.insert(self));
        if !state.left_own_room {
            self.namespace.rooms.subscribers.publish_entered_own_room(&self.id);
        }
        let sid = (!self.connection.session.revision().is_three()).then_some(&*self.id);
        let reply = encode::connected(self.namespace.address(), sid, guard.pid());
        _claimed = guard.begin();
        let pending_packets = std::mem::take(&mut state.pending_packets);
        // Queued in one step, because a pending poll sends the reply at once. A broadcast that follows the reply must
        // find the socket connected, and its packet must come after the older ones.
        self.connection.session.push_together(|batch| {
            // A push fails only if the session has ended. The socket is then about to be disconnected.
            let _ = batch.push(&reply, &[]);
            guard.send_missed(&missed, batch);
            for packet in &pending_packets {
                guard.send(packet, batch);
            }
            self.phase.store(CONNECTED, Ordering::Release);
        });
        let disconnect_on_connect = state.disconnect_on_connect;
        drop(state);
        drop(guard);
        self.namespace.observed.connected();
        if disconnect_on_connect {
            self.disconnect();
        }
        self.is_connected()
    }

    /// Disconnects the socket: it leaves its rooms and receives nothing more. Its task finishes the running handlers
    /// and runs the disconnect hook. Returns `false` if the socket is already disconnected, or another task is
    /// disconnecting it.
    pub(in super::super) fn disconnect_now(self: &Arc<Self>, reason: DisconnectReason) -> bool {
        self.start_disconnecting(reason) && self.finish_disconnecting(reason)
    }

    /// Ends the connection because the client claims the socket over another one. Does nothing if the server has
    /// disconnected the socket. On return, the socket is disconnected and saved for recovery, by this call or by
    /// another task.
    pub(in super::super) fn end_for_takeover(self: &Arc<Self>) {
        if self.is_disconnected_by_server() {
            return;
        }
        // Another task may already be running `#[on_disconnecting]`. This call does not wait for it, and the hook still
        // sees the socket's rooms.
        self.start_disconnecting(DisconnectReason::TakenOver);
        if self.finish_disconnecting(DisconnectReason::TakenOver) {
            self.connection.session.end(CloseReason::TakenOver);
        }
    }

    fn finish_disconnecting(self: &Arc<Self>, reason: DisconnectReason) -> bool {
        let guard = self.lock_recovery();
        let (rooms, slot, in_own_room, before) = {
            let mut state = lock(&self.state);
            let before = self.phase.swap(DISCONNECTED, Ordering::AcqRel);
            if before == DISCONNECTED {
                return false;
            }
            state.last_rooms = state.rooms.names();
            state.disconnect_reason = Some(reason);
            state.pending_packets = Vec::new();
            (std::mem::take(&mut state.rooms), state.slot.take(), !state.left_own_room, before)
        };
        let mut deleted = 0;
        rooms.for_each(|membership| deleted += usize::from(self.namespace.rooms.leave(membership, self)));
        if let Some(slot) = slot {
            self.namespace.remove(self, slot);
            if in_own_room {
                self.namespace.rooms.subscribers.publish_left_own_room(&self.id);
            }
        }
        self.pending_acks.clear();
        #[cfg(feature = "testing")]
        if before == CONNECTED {
            self.record_disconnect(reason);
        }
        // Events that a connected client sent before it left are still handled.
        let drops_events = before != CONNECTED || reason == DisconnectReason::ServerNamespaceDisconnect;
        self.event_queue.disconnect(reason, drops_events);
        self.extras.notify_closed();
        guard.end(before == CONNECTED, reason);
        // Called without a lock, because these may run the application's code.
        (0..deleted).for_each(|_| self.namespace.observed.room_deleted());
        if slot.is_some() {
            self.namespace.observed.disconnected(reason);
        }
        true
    }

    /// Runs the `disconnecting` hooks, before the socket leaves its rooms. Returns `false` if they have already been
    /// started.
    fn start_disconnecting(self: &Arc<Self>, reason: DisconnectReason) -> bool {
        let mut state = lock(&self.state);
        if state.disconnecting_started {
            return false;
        }
        if self.extras.has(HAS_DISCONNECTING_HOOKS) && self.is_connected() {
            state.disconnecting_started = true;
            drop(state);
            self.run_disconnecting_hooks(reason);
        }
        true
    }

    /// Disconnects the socket from its namespace. A connecting socket is disconnected right after the reply.
    pub(in super::super) fn disconnect(self: &Arc<Self>) {
        if !self.is_connected() && !self.mark_disconnect_on_connect() {
            return;
        }
        self.disconnected_by_server.store(true, Ordering::Release);
        // Disconnected first, which succeeds for one caller only: the client receives one DISCONNECT packet, before it
        // can connect again.
        if self.disconnect_now(DisconnectReason::ServerNamespaceDisconnect) {
            let _ = self.connection.session.push(&encode::disconnected(self.namespace.address()), &[], false);
            self.connection.session.wake();
        }
    }

    /// Marks a connecting socket to be disconnected later. Returns `true` if it has been connected in the meantime.
    #[cold]
    fn mark_disconnect_on_connect(&self) -> bool {
        let mut state = lock(&self.state);
        state.disconnect_on_connect = true;
        self.is_connected()
    }

    /// Waits until the socket is disconnected, and returns the reason.
    pub(in super::super) async fn closed(self: Arc<Self>) -> DisconnectReason {
        let mut closed = pin!(self.extras.closed().notified());
        loop {
            // Registered before the check, so that no notification is missed.
            closed.as_mut().enable();
            let disconnect_reason = lock(&self.state).disconnect_reason;
            if let Some(reason) = disconnect_reason {
                return reason;
            }
            closed.as_mut().await;
            closed.set(self.extras.closed().notified());
        }
    }

    /// Disconnects the client from all its namespaces, and closes the connection.
    pub(in super::super) fn close(self: &Arc<Self>) {
        self.disconnect();
        self.connection.closing.store(true, Ordering::Release);
        self.connection.session.wake();
    }

    /// Returns `true` if the server disconnected the socket. Until the client knows, it may still send packets.
    pub(in super::super) fn is_disconnected_by_server(&self) -> bool {
        self.disconnected_by_server.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests;
