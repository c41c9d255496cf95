//! The recovery state of a single socket, while it is connected and after it was disconnected.

use std::any::Any;
use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex};

use tokio::sync::OwnedMutexGuard;

use super::super::namespace_state::NamespaceState;
use super::super::reason::DisconnectReason;
use super::super::socket_inner::SocketInner;
use super::expired::ExpiryReason;
use super::log::{Log, Recipients};
use super::namespace_log::{LogGuard, NamespaceLog};
use super::offset::{Number, ReportedOffset};
use super::restore::ClaimedSession;
use super::room_history::RoomHistory;
use crate::RawJson;
use crate::engine::batch::Batch;
use crate::engine::state::QueueLimits;
use crate::protocol::encode::Encoded;
use crate::sync::lock;

/// The approximate size of a saved session in bytes, without its rooms and the application's values: the struct, its
/// allocations, and its entries in three maps, which allocate up to twice their length.
const SESSION_SIZE: usize = 800;

/// Held while a socket's handlers run, so that the handlers of a recovered connection wait for those of the previous
/// one.
pub(in super::super) type HandlerGuard = Option<OwnedMutexGuard<()>>;

/// The recovery state of a socket.
pub(in super::super) struct Recoverable {
    namespace_log: Arc<NamespaceLog>,
    /// The client's secret, with which it claims the socket.
    pub(super) pid: Arc<str>,
    recovered: bool,
    delivery_state: Mutex<DeliveryState>,
    /// The claimed session, until the socket is connected.
    claimed: Mutex<Option<ClaimedSession>>,
    handler_lock: Arc<tokio::sync::Mutex<()>>,
}

/// The packets that a socket should receive, and those that it received. Changed only while the log is locked.
#[derive(Clone, Debug, Default)]
pub(super) struct DeliveryState {
    room_history: RoomHistory,
    /// The log position at which this connection starts, including packets that were resent over it. An earlier packet
    /// was for the socket only if it was received over an earlier connection.
    start_position: u64,
    /// The next packet number when the socket was connected. Packets with lower numbers are older than the connection,
    /// though some may have been resent over it.
    first_number: u64,
    /// The number of the last packet that was queued for the socket, or that the client reported when it was recovered.
    last_number: Option<Number>,
    /// The log position of the first packet that could not be queued.
    gap_position: Option<u64>,
}

impl DeliveryState {
    /// Returns the log position of the first packet that the client may have missed, given the last packet that it
    /// `received`; `None` if it is unknown. `disconnected_at` is the position at which the client disconnected.
    pub(super) fn first_missed<P>(
        &self,
        log: &Log<P>,
        id: &str,
        disconnected_at: u64,
        received: ReportedOffset,
        limit: QueueLimits,
    ) -> Option<u64> {
        // Every queued packet has arrived. This needs no lookup, so it also works if the log no longer contains the
        // packet.
        if self.last_number.is_none_or(|last_number| received == ReportedOffset::Event(last_number)) {
            return Some(self.gap_position.unwrap_or(disconnected_at));
        }
        let number = match received {
            ReportedOffset::Event(number) => number,
            ReportedOffset::Nothing => return Some(self.start_position),
            ReportedOffset::Unknown => return None,
        };
        match self.room_history.find(log, id, number, self.start_position, limit.packets) {
            Some(position) => Some(position + 1),
            // A packet of an earlier connection, which the client still reports if it has received nothing since. It
            // could also be a packet that was resent over this connection, and evicted since. Then the packet at
            // `start_position` has been evicted as well, and recovery fails.
            None if number.get() < self.first_number => Some(self.start_position),
            None => None,
        }
    }

    pub(super) fn room_history(&self) -> &RoomHistory {
        &self.room_history
    }

    pub(super) fn enter(&mut self, room: &Arc<str>, at: u64) {
        self.room_history.enter(room, at);
    }

    pub(super) fn leave(&mut self, room: &str, at: u64, oldest: u64) {
        self.room_history.leave(room, at, oldest);
    }

    /// Starts a connection at log position `start_position`. `received` is the last packet that the client received
    /// before.
    pub(super) fn begin(&mut self, start_position: u64, first_number: u64, received: ReportedOffset) {
        let last_number = match received {
            ReportedOffset::Event(number) => Some(number),
            ReportedOffset::Nothing | ReportedOffset::Unknown => None,
        };
        (self.start_position, self.first_number, self.last_number, self.gap_position) =
            (start_position, first_number, last_number, None);
    }

    /// Returns `true` if every packet for the socket could be queued.
    #[cfg(test)]
    pub(super) fn has_no_gap(&self) -> bool {
        self.gap_position.is_none()
    }

    pub(super) fn record(&mut self, position: u64, number: Number, queued: bool) {
        match queued {
            true => self.last_number = Some(number),
            false => self.gap_position = self.gap_position.or(Some(position)),
        }
    }
}

/// The saved state of a disconnected socket that can be recovered.
pub(super) struct SavedSession {
    pub(super) namespace: Arc<NamespaceState>,
    pub(super) id: Arc<str>,
    pub(super) pid: Arc<str>,
    pub(super) rooms: Vec<String>,
    pub(super) session: Option<Arc<dyn Any + Send + Sync>>,
    /// The socket data.
    pub(super) data: Option<RawJson>,
    pub(super) delivery_state: DeliveryState,
    /// The log position at which the socket was disconnected.
    pub(super) disconnected_at: u64,
    pub(super) handler_lock: Arc<tokio::sync::Mutex<()>>,
}

impl SavedSession {
    pub(super) fn path(&self) -> &str {
        self.namespace.path()
    }

    pub(super) fn is_of(&self, namespace_log: &NamespaceLog) -> bool {
        self.namespace.namespace_log().is_some_and(|own| ptr::eq(&raw const **own, namespace_log))
    }

    /// Returns the approximate size in bytes.
    pub(super) fn size(&self) -> usize {
        let rooms = self.rooms.iter().map(|room| size_of::<String>() + room.len()).sum::<usize>();
        SESSION_SIZE
            + rooms
            + self.delivery_state.room_history.size()
            + self.session.as_ref().map_or(0, |session| size_of_val(&**session))
            + self.data.as_ref().map_or(0, |data| data.as_str().len())
    }
}

impl fmt::Debug for SavedSession {
    // The pid is left out, because a log must not contain the secrets of sessions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedSession").field("id", &self.id).field("rooms", &self.rooms).finish_non_exhaustive()
    }
}

impl Recoverable {
    /// Creates the recovery state of a new socket.
    pub(super) fn new(namespace_log: &Arc<NamespaceLog>, id: &Arc<str>, pid: String) -> Self {
        let mut delivery_state = DeliveryState::default();
        delivery_state.enter(id, 0);
        Self {
            namespace_log: namespace_log.clone(),
            pid: pid.into(),
            recovered: false,
            delivery_state: Mutex::new(delivery_state),
            claimed: Mutex::new(None),
            handler_lock: Arc::default(),
        }
    }

    /// Creates the recovery state of a socket that is being recovered.
    pub(super) fn recovered(namespace_log: &Arc<NamespaceLog>, claim: ClaimedSession) -> Self {
        Self {
            namespace_log: namespace_log.clone(),
            pid: claim.session.pid.clone(),
            recovered: true,
            delivery_state: Mutex::new(claim.session.delivery_state.clone()),
            handler_lock: claim.session.handler_lock.clone(),
            claimed: Mutex::new(Some(claim)),
        }
    }
}

impl SocketInner {
    /// Locks the namespace's log, if recovery is enabled, so that nothing is sent during a change that affects
    /// recovery. Must be called before any other lock is taken.
    #[inline]
    pub(in super::super) fn lock_recovery(&self) -> RecoveryGuard<'_> {
        RecoveryGuard(self.recovery.as_ref().map(|recoverable| LockedRecovery {
            log: recoverable.namespace_log.lock(),
            recoverable,
            socket: self,
        }))
    }

    /// Queues a numbered packet with its log position. `is_broadcast` is set for broadcasts. The log must be locked,
    /// and the socket connected.
    pub(super) fn deliver(&self, position: u64, number: Number, packet: &Encoded, is_broadcast: bool) -> bool {
        let (session, head, attachments) = (&self.connection.session, &packet.head, &packet.attachments);
        let queued = match is_broadcast {
            true => session.push_held(head, attachments, false).is_ok(),
            false => session.push(head, attachments, false).is_ok(),
        };
        if let Some(recoverable) = &self.recovery {
            lock(&recoverable.delivery_state).record(position, number, queued);
        }
        queued
    }

    pub(in super::super) fn namespace_log(&self) -> Option<&NamespaceLog> {
        self.recovery.as_ref().map(|recoverable| &*recoverable.namespace_log)
    }

    pub(in super::super) fn is_recovered(&self) -> bool {
        self.recovery.as_ref().is_some_and(|recoverable| recoverable.recovered)
    }

    pub(in super::super) fn skips_guards(&self) -> bool {
        self.recovery.as_ref().is_some_and(|own| own.recovered && own.namespace_log.store.options.skip_guards)
    }

    /// Returns the session that the socket had before, until it is connected.
    pub(in super::super) fn previous_session(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        lock(&self.recovery.as_ref()?.claimed).as_ref()?.session.session.clone()
    }

    /// Waits until the handlers of the previous connection have finished.
    pub(in super::super) async fn lock_handlers(&self) -> HandlerGuard {
        match &self.recovery {
            Some(recoverable) => Some(recoverable.handler_lock.clone().lock_owned().await),
            None => None,
        }
    }
}

/// The locked log of the namespace; empty without recovery.
pub(in super::super) struct RecoveryGuard<'a>(Option<LockedRecovery<'a>>);

struct LockedRecovery<'a> {
    log: LogGuard<'a>,
    recoverable: &'a Recoverable,
    socket: &'a SocketInner,
}

/// A packet that a recovered socket has missed, with its log position.
pub(in super::super) type MissedPacket = (u64, Number, Encoded);

impl RecoveryGuard<'_> {
    /// Records that the socket enters a room.
    #[inline]
    pub(in super::super) fn entered(&self, room: &Arc<str>) {
        if let Some(locked) = &self.0 {
            lock(&locked.recoverable.delivery_state).enter(room, locked.log.next());
        }
    }

    /// Records that the socket leaves a room. If it is still being recovered, it counts as having left when it
    /// disconnected, so packets sent to the room since then are not resent.
    #[inline]
    pub(in super::super) fn left(&self, room: &str) {
        if let Some(LockedRecovery { log, recoverable, .. }) = &self.0 {
            let at = lock(&recoverable.claimed).as_ref().map_or(log.next(), |claim| claim.session.disconnected_at);
            lock(&recoverable.delivery_state).leave(room, at, log.oldest());
        }
    }

    pub(in super::super) fn pid(&self) -> Option<&str> {
        self.0.as_ref().map(|locked| &*locked.recoverable.pid)
    }

    /// Returns the packets that the socket has missed; `None` if they are no longer in the log.
    pub(in super::super) fn missed(&self) -> Option<Vec<MissedPacket>> {
        let Some(LockedRecovery { log, recoverable, socket }) = &self.0 else { return Some(Vec::new()) };
        let claimed = lock(&recoverable.claimed);
        let Some(claim) = &*claimed else { return Some(Vec::new()) };
        let delivery_state = lock(&recoverable.delivery_state);
        let missed = recoverable.namespace_log.missed(log, socket.id(), &delivery_state, claim.first_missed)?;
        Some(missed.into_iter().map(|(position, entry)| (position, entry.number, entry.packet.clone())).collect())
    }

    /// Records that the socket is connected. Returns its claimed session, to be dropped after all locks are released.
    #[must_use]
    pub(in super::super) fn begin(&self) -> Option<ClaimedSession> {
        let Some(LockedRecovery { log, recoverable, .. }) = &self.0 else { return None };
        let claimed = lock(&recoverable.claimed).take();
        let (start_position, received) = claimed
            .as_ref()
            .map_or((log.next(), ReportedOffset::Nothing), |claim| (claim.first_missed, claim.reported));
        lock(&recoverable.delivery_state).begin(
            start_position,
            recoverable.namespace_log.store.offsets.peek_next(),
            received,
        );
        if claimed.is_some() {
            // The claim holds a reference as well, so no value of the application is dropped here.
            drop(recoverable.namespace_log.store.remove(&recoverable.pid));
        }
        claimed
    }

    /// Sends the packets that the socket has missed.
    pub(in super::super) fn send_missed(&self, missed: &[MissedPacket], batch: &mut Batch<'_>) {
        let Some(locked) = &self.0 else { return };
        for (position, number, packet) in missed {
            let queued = batch.push_missed(&packet.head, &packet.attachments).is_ok();
            lock(&locked.recoverable.delivery_state).record(*position, *number, queued);
        }
    }

    /// Sends a packet that was held until the socket was connected.
    pub(in super::super) fn send(&mut self, packet: &Encoded, batch: &mut Batch<'_>) {
        // A push fails only if the session has ended. The socket is then about to be disconnected.
        let queued = batch.push(&packet.head, &packet.attachments).is_ok();
        if let Some(LockedRecovery { log, recoverable, socket }) = &mut self.0
            && let Some(number) = packet.number
        {
            lock(&recoverable.delivery_state).record(log.next(), number, queued);
            recoverable.namespace_log.append(log, number, Recipients::Socket(socket.id().clone()), packet);
        }
    }

    /// Ends the connection. Saves the socket's session, if it was connected and can be recovered.
    pub(in super::super) fn end(self, was_connected: bool, reason: DisconnectReason) {
        let Some(LockedRecovery { log, recoverable, socket }) = self.0 else { return };
        let store = &recoverable.namespace_log.store;
        if lock(&recoverable.claimed).is_some() {
            store.release(&recoverable.pid);
        }
        let mut evicted = Vec::new();
        if was_connected && reason.is_recoverable() {
            let session = SavedSession {
                namespace: socket.namespace.clone(),
                id: socket.id().clone(),
                pid: recoverable.pid.clone(),
                rooms: socket.rooms(),
                session: socket.shared_session(),
                data: socket.data().to_json(),
                delivery_state: lock(&recoverable.delivery_state).clone(),
                disconnected_at: log.next(),
                handler_lock: recoverable.handler_lock.clone(),
            };
            evicted = store.save(recoverable.namespace_log.group, session);
        }
        // Removed last, because a client that finds no live socket looks for the saved session.
        store.live.remove(&recoverable.pid, socket);
        drop(log);
        store.report_expired(evicted, ExpiryReason::Evicted);
    }
}
