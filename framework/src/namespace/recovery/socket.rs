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
use super::log::{Aim, Log};
use super::namespace_log::{Ledger, Locked};
use super::offset::{Named, Number};
use super::restore::Claim;
use super::room_history::Presence;
use crate::RawJson;
use crate::engine::batch::Batch;
use crate::engine::state::QueueLimits;
use crate::protocol::encode::Encoded;
use crate::sync::lock;

/// The approximate size of a saved session in bytes, without its rooms and the application's values: the struct, its
/// allocations, and its entries in three maps, which allocate up to twice their length.
const SESSION: usize = 800;

/// Held while a socket's handlers run, so that the handlers of a recovered connection wait for those of the previous
/// one.
pub(in super::super) type Turn = Option<OwnedMutexGuard<()>>;

/// The recovery state of a socket.
pub(in super::super) struct Recoverable {
    ledger: Arc<Ledger>,
    /// The client's secret, with which it claims the socket.
    pub(super) pid: Arc<str>,
    recovered: bool,
    track: Mutex<Track>,
    /// The claimed session, until the socket is connected.
    former: Mutex<Option<Claim>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// The packets that a socket should receive, and those that it received. Changed only while the log is locked.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    presence: Presence,
    /// The log position at which this connection starts, including packets that were resent over it. An earlier packet
    /// was for the socket only if it was received over an earlier connection.
    start: u64,
    /// The next packet number when the socket was connected. Packets with lower numbers are older than the connection,
    /// though some may have been resent over it.
    first: u64,
    /// The number of the last packet that was queued for the socket, or that the client reported when it was recovered.
    last: Option<Number>,
    /// The log position of the first packet that could not be queued.
    gap: Option<u64>,
}

impl Track {
    /// Returns the log position of the first packet that the client may have missed, given the last packet that it
    /// `received`; `None` if it is unknown. `away` is the position at which the client disconnected.
    pub(super) fn resume<P>(
        &self,
        log: &Log<P>,
        id: &str,
        away: u64,
        received: Named,
        most: QueueLimits,
    ) -> Option<u64> {
        // Every queued packet has arrived. This needs no lookup, so it also works if the log no longer contains the
        // packet.
        if self.last.is_none_or(|last| received == Named::Event(last)) {
            return Some(self.gap.unwrap_or(away));
        }
        let number = match received {
            Named::Event(number) => number,
            Named::Nothing => return Some(self.start),
            Named::Unknown => return None,
        };
        match self.presence.find(log, id, number, self.start, most.packets) {
            Some(place) => Some(place + 1),
            // A packet of an earlier connection, which the client still reports if it has received nothing since. It
            // could also be a packet that was resent over this connection, and evicted since. Then the packet at
            // `start` has been evicted as well, and recovery fails.
            None if number.get() < self.first => Some(self.start),
            None => None,
        }
    }

    pub(super) fn presence(&self) -> &Presence {
        &self.presence
    }

    pub(super) fn enter(&mut self, room: &Arc<str>, at: u64) {
        self.presence.enter(room, at);
    }

    pub(super) fn leave(&mut self, room: &str, at: u64, oldest: u64) {
        self.presence.leave(room, at, oldest);
    }

    /// Starts a connection at log position `start`. `received` is the last packet that the client received before.
    pub(super) fn begin(&mut self, start: u64, first: u64, received: Named) {
        let last = match received {
            Named::Event(number) => Some(number),
            Named::Nothing | Named::Unknown => None,
        };
        (self.start, self.first, self.last, self.gap) = (start, first, last, None);
    }

    /// Returns `true` if every packet for the socket could be queued.
    #[cfg(test)]
    pub(super) fn is_whole(&self) -> bool {
        self.gap.is_none()
    }

    pub(super) fn note(&mut self, place: u64, number: Number, queued: bool) {
        match queued {
            true => self.last = Some(number),
            false => self.gap = self.gap.or(Some(place)),
        }
    }
}

/// The saved state of a disconnected socket that can be recovered.
pub(super) struct Parked {
    pub(super) namespace: Arc<NamespaceState>,
    pub(super) id: Arc<str>,
    pub(super) pid: Arc<str>,
    pub(super) rooms: Vec<String>,
    pub(super) session: Option<Arc<dyn Any + Send + Sync>>,
    /// The socket data.
    pub(super) data: Option<RawJson>,
    pub(super) track: Track,
    /// The log position at which the socket was disconnected.
    pub(super) away: u64,
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
}

impl Parked {
    pub(super) fn namespace(&self) -> &str {
        self.namespace.path()
    }

    pub(super) fn is_of(&self, ledger: &Ledger) -> bool {
        self.namespace.ledger().is_some_and(|own| ptr::eq(&raw const **own, ledger))
    }

    /// Returns the approximate size in bytes.
    pub(super) fn size(&self) -> usize {
        let rooms = self.rooms.iter().map(|room| size_of::<String>() + room.len()).sum::<usize>();
        SESSION
            + rooms
            + self.track.presence.size()
            + self.session.as_ref().map_or(0, |session| size_of_val(&**session))
            + self.data.as_ref().map_or(0, |data| data.as_str().len())
    }
}

impl fmt::Debug for Parked {
    // The pid is left out, because a log must not contain the secrets of sessions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parked").field("id", &self.id).field("rooms", &self.rooms).finish_non_exhaustive()
    }
}

impl Recoverable {
    /// Creates the recovery state of a new socket.
    pub(super) fn new(ledger: &Arc<Ledger>, id: &Arc<str>, pid: String) -> Self {
        let mut track = Track::default();
        track.enter(id, 0);
        Self {
            ledger: ledger.clone(),
            pid: pid.into(),
            recovered: false,
            track: Mutex::new(track),
            former: Mutex::new(None),
            turn: Arc::default(),
        }
    }

    /// Creates the recovery state of a socket that is being recovered.
    pub(super) fn again(ledger: &Arc<Ledger>, claim: Claim) -> Self {
        Self {
            ledger: ledger.clone(),
            pid: claim.parked.pid.clone(),
            recovered: true,
            track: Mutex::new(claim.parked.track.clone()),
            turn: claim.parked.turn.clone(),
            former: Mutex::new(Some(claim)),
        }
    }
}

impl SocketInner {
    /// Locks the namespace's log, if recovery is enabled, so that nothing is sent during a change that affects
    /// recovery. Must be called before any other lock is taken.
    #[inline]
    pub(in super::super) fn order(&self) -> Order<'_> {
        Order(self.recovery.as_ref().map(|recoverable| Held {
            log: recoverable.ledger.lock(),
            recoverable,
            socket: self,
        }))
    }

    /// Queues a numbered packet with its log position. `many` is set for broadcasts. The log must be locked, and the
    /// socket connected.
    pub(super) fn receive(&self, place: u64, number: Number, packet: &Encoded, many: bool) -> bool {
        let (session, head, attachments) = (&self.connection.session, &packet.head, &packet.attachments);
        let queued = match many {
            true => session.push_held(head, attachments, false).is_ok(),
            false => session.push(head, attachments, false).is_ok(),
        };
        if let Some(recoverable) = &self.recovery {
            lock(&recoverable.track).note(place, number, queued);
        }
        queued
    }

    pub(in super::super) fn ledger(&self) -> Option<&Ledger> {
        self.recovery.as_ref().map(|recoverable| &*recoverable.ledger)
    }

    pub(in super::super) fn is_recovered(&self) -> bool {
        self.recovery.as_ref().is_some_and(|recoverable| recoverable.recovered)
    }

    pub(in super::super) fn skips_guards(&self) -> bool {
        self.recovery.as_ref().is_some_and(|own| own.recovered && own.ledger.store.options.skip_guards)
    }

    /// Returns the session that the socket had before, until it is connected.
    pub(in super::super) fn former_session(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        lock(&self.recovery.as_ref()?.former).as_ref()?.parked.session.clone()
    }

    /// Waits until the handlers of the previous connection have finished.
    pub(in super::super) async fn turn(&self) -> Turn {
        match &self.recovery {
            Some(recoverable) => Some(recoverable.turn.clone().lock_owned().await),
            None => None,
        }
    }
}

/// The locked log of the namespace; empty without recovery.
pub(in super::super) struct Order<'a>(Option<Held<'a>>);

struct Held<'a> {
    log: Locked<'a>,
    recoverable: &'a Recoverable,
    socket: &'a SocketInner,
}

/// A packet that a recovered socket has missed, with its log position.
pub(in super::super) type Missed = (u64, Number, Encoded);

impl Order<'_> {
    /// Records that the socket enters a room.
    #[inline]
    pub(in super::super) fn entered(&self, room: &Arc<str>) {
        if let Some(held) = &self.0 {
            lock(&held.recoverable.track).enter(room, held.log.next());
        }
    }

    /// Records that the socket leaves a room. If it is still being recovered, it counts as having left when it
    /// disconnected, so packets sent to the room since then are not resent.
    #[inline]
    pub(in super::super) fn left(&self, room: &str) {
        if let Some(Held { log, recoverable, .. }) = &self.0 {
            let at = lock(&recoverable.former).as_ref().map_or(log.next(), |claim| claim.parked.away);
            lock(&recoverable.track).leave(room, at, log.oldest());
        }
    }

    pub(in super::super) fn pid(&self) -> Option<&str> {
        self.0.as_ref().map(|held| &*held.recoverable.pid)
    }

    /// Returns the packets that the socket has missed; `None` if they are no longer in the log.
    pub(in super::super) fn missed(&self) -> Option<Vec<Missed>> {
        let Some(Held { log, recoverable, socket }) = &self.0 else { return Some(Vec::new()) };
        let former = lock(&recoverable.former);
        let Some(claim) = &*former else { return Some(Vec::new()) };
        let track = lock(&recoverable.track);
        let missed = recoverable.ledger.missed(log, socket.id(), &track, claim.from)?;
        Some(missed.into_iter().map(|(place, entry)| (place, entry.number, entry.packet.clone())).collect())
    }

    /// Records that the socket is connected. Returns its claimed session, to be dropped after all locks are released.
    #[must_use]
    pub(in super::super) fn begin(&self) -> Option<Claim> {
        let Some(Held { log, recoverable, .. }) = &self.0 else { return None };
        let former = lock(&recoverable.former).take();
        let (start, received) =
            former.as_ref().map_or((log.next(), Named::Nothing), |claim| (claim.from, claim.received));
        lock(&recoverable.track).begin(start, recoverable.ledger.store.offsets.next(), received);
        if former.is_some() {
            // The claim holds a reference as well, so no value of the application is dropped here.
            drop(recoverable.ledger.store.forget(&recoverable.pid));
        }
        former
    }

    /// Sends the packets that the socket has missed.
    pub(in super::super) fn send_missed(&self, missed: &[Missed], batch: &mut Batch<'_>) {
        let Some(held) = &self.0 else { return };
        for (place, number, packet) in missed {
            let queued = batch.push_missed(&packet.head, &packet.attachments).is_ok();
            lock(&held.recoverable.track).note(*place, *number, queued);
        }
    }

    /// Sends a packet that was held until the socket was connected.
    pub(in super::super) fn send(&mut self, packet: &Encoded, batch: &mut Batch<'_>) {
        // A push fails only if the session has ended. The socket is then about to be disconnected.
        let queued = batch.push(&packet.head, &packet.attachments).is_ok();
        if let Some(Held { log, recoverable, socket }) = &mut self.0
            && let Some(number) = packet.number
        {
            lock(&recoverable.track).note(log.next(), number, queued);
            recoverable.ledger.keep(log, number, Aim::Socket(socket.id().clone()), packet);
        }
    }

    /// Ends the connection. Saves the socket's session, if it was connected and can be recovered.
    pub(in super::super) fn end(self, was_connected: bool, reason: DisconnectReason) {
        let Some(Held { log, recoverable, socket }) = self.0 else { return };
        let store = &recoverable.ledger.store;
        if lock(&recoverable.former).is_some() {
            store.release(&recoverable.pid);
        }
        let mut gone = Vec::new();
        if was_connected && reason.is_recoverable() {
            let parked = Parked {
                namespace: socket.namespace.clone(),
                id: socket.id().clone(),
                pid: recoverable.pid.clone(),
                rooms: socket.rooms(),
                session: socket.shared_session(),
                data: socket.data().to_json(),
                track: lock(&recoverable.track).clone(),
                away: log.next(),
                turn: recoverable.turn.clone(),
            };
            gone = store.park(recoverable.ledger.group, parked);
        }
        // Removed last, because a client that finds no live socket looks for the saved session.
        store.live.remove(&recoverable.pid, socket);
        drop(log);
        store.tell(gone, ExpiryReason::Evicted);
    }
}
