//! One socket's part in recovery: what is known of it while it is connected, and what is left of it when it has gone.

use std::any::Any;
use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex};

use tokio::sync::OwnedMutexGuard;

use super::super::hub::Hub;
use super::super::raw::RawSocket;
use super::super::reason::DisconnectReason;
use super::claim::Claim;
use super::expired::ExpiryReason;
use super::ledger::{Ledger, Locked};
use super::log::{Aim, Log};
use super::offset::{Named, Number};
use super::presence::Presence;
use crate::RawJson;
use crate::engine::batch::Batch;
use crate::engine::state::QueueLimits;
use crate::protocol::encode::Encoded;
use crate::sync::lock;

/// The size of a kept session without its rooms and the application's own values, in bytes: itself, its allocations, and its
/// entries in three maps, which allocate up to twice their length.
const SESSION: usize = 800;

/// The right to run a socket's handlers: the connection that it comes back by waits for those of the one before.
pub(in super::super) type Turn = Option<OwnedMutexGuard<()>>;

/// What makes a socket recoverable.
pub(in super::super) struct Recoverable {
    ledger: Arc<Ledger>,
    /// A secret of the client's: whoever knows it gets the socket.
    pub(super) pid: Arc<str>,
    recovered: bool,
    track: Mutex<Track>,
    /// What the socket was before, until it is connected.
    former: Mutex<Option<Claim>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// What was for the socket, and what it has received. It changes while the log is locked.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    presence: Presence,
    /// What was sent before this place was for it only if it had received it before.
    start: u64,
    /// Packets of lower numbers were not for it, or were sent again when it came back.
    first: u64,
    /// The number of the last packet that was queued for it, or with which it came back.
    last: Option<Number>,
    /// The place of the first packet that could not be queued.
    gap: Option<u64>,
}

impl Track {
    /// Returns the place in the log from which on the client has missed packets, judged by the last one that it received;
    /// `None` if the place is unknown. `away` is the place at which the client disconnected.
    pub(super) fn resume<P>(
        &self,
        log: &Log<P>,
        id: &str,
        away: u64,
        received: Named,
        most: QueueLimits,
    ) -> Option<u64> {
        // All that was queued has arrived: there may be nothing in the log of a time that is long ago.
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
            // From the time before; clients keep what they have named before. Were it one of this time that has been
            // forgotten, the place of the start would be, too.
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

    /// The socket is connected, at this place, and has received something before.
    pub(super) fn begin(&mut self, start: u64, first: u64, received: Named) {
        let last = match received {
            Named::Event(number) => Some(number),
            Named::Nothing | Named::Unknown => None,
        };
        (self.start, self.first, self.last, self.gap) = (start, first, last, None);
    }

    /// Whether everything for the socket could be queued.
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

/// What is left of a socket that has gone and may come back.
pub(super) struct Parked {
    pub(super) hub: Arc<Hub>,
    pub(super) id: Arc<str>,
    pub(super) pid: Arc<str>,
    pub(super) rooms: Vec<String>,
    pub(super) session: Option<Arc<dyn Any + Send + Sync>>,
    /// The free data.
    pub(super) data: Option<RawJson>,
    pub(super) track: Track,
    /// The place in the log at which it had gone.
    pub(super) away: u64,
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
}

impl Parked {
    pub(super) fn namespace(&self) -> &str {
        self.hub.path()
    }

    pub(super) fn is_of(&self, ledger: &Ledger) -> bool {
        self.hub.ledger().is_some_and(|own| ptr::eq(&raw const **own, ledger))
    }

    /// In bytes, about.
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
    // Without the pid: a log must not give sessions away.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parked").field("id", &self.id).field("rooms", &self.rooms).finish_non_exhaustive()
    }
}

impl Recoverable {
    /// Of a new socket.
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

    /// Of one that comes back.
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

impl RawSocket {
    /// Holds back what is sent in the namespace, if that is recoverable: while something about the socket changes that its
    /// recovery depends on. To be called before anything else is locked.
    #[inline]
    pub(in super::super) fn order(&self) -> Order<'_> {
        Order(self.recovery.as_ref().map(|recoverable| Held {
            log: recoverable.ledger.lock(),
            recoverable,
            socket: self,
        }))
    }

    /// Queues a numbered packet that has this place, and which may be for many. The log is locked, and the socket is
    /// connected.
    pub(super) fn receive(&self, place: u64, number: Number, packet: &Encoded, many: bool) -> bool {
        let (session, head, attachments) = (&self.link.session, &packet.head, &packet.attachments);
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

    /// The session that the socket had before, until it is connected.
    pub(in super::super) fn former_session(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        lock(&self.recovery.as_ref()?.former).as_ref()?.parked.session.clone()
    }

    /// Waits until the handlers of the connection before have finished.
    pub(in super::super) async fn turn(&self) -> Turn {
        match &self.recovery {
            Some(recoverable) => Some(recoverable.turn.clone().lock_owned().await),
            None => None,
        }
    }
}

/// The namespace's log, locked for a socket; nothing, when nothing is recovered.
pub(in super::super) struct Order<'a>(Option<Held<'a>>);

struct Held<'a> {
    log: Locked<'a>,
    recoverable: &'a Recoverable,
    socket: &'a RawSocket,
}

/// A packet that a socket which comes back has missed, with its place.
pub(in super::super) type Missed = (u64, Number, Encoded);

impl Order<'_> {
    /// The socket enters a room.
    #[inline]
    pub(in super::super) fn entered(&self, room: &Arc<str>) {
        if let Some(held) = &self.0 {
            lock(&held.recoverable.track).enter(room, held.log.next());
        }
    }

    /// The socket leaves a room. One that does so while it comes back gets nothing of what was sent there meanwhile.
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

    /// What the socket has missed; `None` when that cannot be said any more.
    pub(in super::super) fn missed(&self) -> Option<Vec<Missed>> {
        let Some(Held { log, recoverable, socket }) = &self.0 else { return Some(Vec::new()) };
        let former = lock(&recoverable.former);
        let Some(claim) = &*former else { return Some(Vec::new()) };
        let track = lock(&recoverable.track);
        let missed = recoverable.ledger.missed(log, socket.id(), &track, claim.from)?;
        Some(missed.into_iter().map(|(place, entry)| (place, entry.number, entry.packet.clone())).collect())
    }

    /// The socket is being connected. What it was before is to be dropped when nothing is locked any more.
    #[must_use]
    pub(in super::super) fn begin(&self) -> Option<Claim> {
        let Some(Held { log, recoverable, .. }) = &self.0 else { return None };
        let former = lock(&recoverable.former).take();
        let (start, received) =
            former.as_ref().map_or((log.next(), Named::Nothing), |claim| (claim.from, claim.received));
        lock(&recoverable.track).begin(start, recoverable.ledger.store.offsets.next(), received);
        if former.is_some() {
            // The claim has it, too: nothing of the program's is dropped here.
            drop(recoverable.ledger.store.forget(&recoverable.pid));
        }
        former
    }

    /// Sends what the socket has missed.
    pub(in super::super) fn send_missed(&self, missed: &[Missed], batch: &mut Batch<'_>) {
        let Some(held) = &self.0 else { return };
        for (place, number, packet) in missed {
            let queued = batch.push_missed(&packet.head, &packet.attachments).is_ok();
            lock(&held.recoverable.track).note(*place, *number, queued);
        }
    }

    /// Sends what was held back until the socket was connected.
    pub(in super::super) fn send(&mut self, packet: &Encoded, batch: &mut Batch<'_>) {
        // A push fails only when the session has ended, and then the socket is about to be told.
        let queued = batch.push(&packet.head, &packet.attachments).is_ok();
        if let Some(Held { log, recoverable, socket }) = &mut self.0
            && let Some(number) = packet.number
        {
            lock(&recoverable.track).note(log.next(), number, queued);
            recoverable.ledger.keep(log, number, Aim::Socket(socket.id().clone()), packet);
        }
    }

    /// The socket has gone: what is left of it is kept, if it was connected and may come back.
    pub(in super::super) fn end(self, was_connected: bool, reason: DisconnectReason) {
        let Some(Held { log, recoverable, socket }) = self.0 else { return };
        let store = &recoverable.ledger.store;
        if lock(&recoverable.former).is_some() {
            store.release(&recoverable.pid);
        }
        let mut gone = Vec::new();
        if was_connected && reason.is_recoverable() {
            let parked = Parked {
                hub: socket.hub.clone(),
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
        // Last: a client whose socket is not live finds its session, if there is one.
        store.live.remove(&recoverable.pid, socket);
        drop(log);
        store.tell(gone, ExpiryReason::Evicted);
    }
}
