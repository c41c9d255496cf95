//! Operations on many sockets of this server.

use std::collections::HashSet;
use std::sync::Arc;

use super::broadcast::Delivery;
use super::namespace_state::NamespaceState;
use super::socket_inner::SocketInner;
use super::socket_set::Snapshot;
use crate::adapter::Target;
use crate::engine::Outside;
use crate::protocol::encode::Encoded;

impl NamespaceState {
    /// Visits each selected socket once, except the sender. Some may not be connected yet, or already disconnected.
    pub(super) fn for_each_selected(
        &self,
        target: &Target,
        sender: Option<&Arc<SocketInner>>,
        mut visit: impl FnMut(&Arc<SocketInner>),
    ) {
        let mut seen = HashSet::new();
        for room in &target.except {
            self.for_each_in_room(room, |socket| {
                seen.insert(Arc::as_ptr(socket));
            });
        }
        // A single set has no duplicates, so the visited sockets need not be remembered.
        let several = target.rooms.len() > 1;
        let mut visit_once = |socket: &Arc<SocketInner>| {
            let is_new = if several { seen.insert(Arc::as_ptr(socket)) } else { !seen.contains(&Arc::as_ptr(socket)) };
            let is_sender = sender.is_some_and(|sender| Arc::ptr_eq(sender, socket));
            if is_new && !is_sender {
                visit(socket);
            }
        };
        if target.rooms.is_empty() {
            self.all_sockets().iter().for_each(visit_once);
        } else {
            for room in &target.rooms {
                self.for_each_in_room(room, &mut visit_once);
            }
        }
    }

    /// Visits the members of a room: the sockets that joined it, and the socket whose id is the room's name.
    pub(super) fn for_each_in_room(&self, room: &str, mut visit: impl FnMut(&Arc<SocketInner>)) {
        let joined = self.rooms.members(room);
        joined.iter().flat_map(Snapshot::iter).for_each(&mut visit);
        if let Some(own) = self.socket(room).filter(|socket| socket.is_in_own_room()) {
            visit(&own);
        }
    }

    /// Sends a packet to all selected sockets.
    pub(super) fn broadcast(
        &self,
        target: &Target,
        sender: Option<&Arc<SocketInner>>,
        packet: &Encoded,
        volatile: bool,
    ) -> Delivery {
        #[cfg(feature = "testing")]
        self.record_emission(target, sender, packet);
        let _write_batch = Outside::begin();
        if let Some(number) = packet.number
            && let Some(namespace_log) = self.namespace_log()
        {
            let delivery = self.broadcast_in_order(target, sender, packet, (namespace_log, number));
            self.observed.broadcast(delivery);
            return delivery;
        }
        let mut delivery = Delivery { sent: 0, failed: 0 };
        self.for_each_selected(target, sender, |socket| match socket.broadcast(packet, volatile) {
            Some(Ok(())) => delivery.sent += 1,
            Some(Err(_)) => delivery.failed += 1,
            None => {}
        });
        self.observed.broadcast(delivery);
        delivery
    }

    /// Visits each selected socket that is connected.
    pub(super) fn for_each_connected(
        &self,
        target: &Target,
        sender: Option<&Arc<SocketInner>>,
        mut visit: impl FnMut(&Arc<SocketInner>),
    ) {
        self.for_each_selected(target, sender, |socket| {
            if socket.is_connected() {
                visit(socket);
            }
        });
    }

    pub(super) fn join_all(&self, target: &Target, sender: Option<&Arc<SocketInner>>, rooms: &[String]) {
        self.for_each_connected(target, sender, |socket| rooms.iter().for_each(|room| socket.join_or_report(room)));
    }

    pub(super) fn leave_all(&self, target: &Target, sender: Option<&Arc<SocketInner>>, rooms: &[String]) {
        self.for_each_connected(target, sender, |socket| rooms.iter().for_each(|room| socket.leave(room)));
    }

    pub(super) fn disconnect_all(&self, target: &Target, sender: Option<&Arc<SocketInner>>, close: bool) {
        self.for_each_connected(target, sender, |socket| if close { socket.close() } else { socket.disconnect() });
    }
}
