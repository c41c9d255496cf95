//! What a server keeps for recovery, of all of its namespaces together: the sessions, and who looks after what gets old.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::expired::{ExpiredSession, ExpiryReason};
use super::ledger::Ledger;
use super::live::LiveSockets;
use super::offset::Offsets;
use super::options::Recovery;
use super::packets::Packets;
use super::sessions::{Limits, Sessions};
use super::socket::Parked;
use crate::engine::state::QueueLimits;
use crate::observe;
use crate::sync::lock;

/// What all ledgers of a server share.
pub(crate) struct Store {
    pub(super) options: Recovery,
    /// How often packets are looked through that may have become too old.
    round: Duration,
    /// What one client may get at once when it comes back.
    pub(super) most_missed: QueueLimits,
    pub(super) offsets: Offsets,
    sessions: Mutex<Sessions<Parked>>,
    pub(super) live: LiveSockets,
    /// Whether there are sessions, to be read without the lock.
    waiting: AtomicBool,
    pub(super) packets: Packets,
    /// Wakes the janitor, who has been started.
    janitor: Arc<Notify>,
    started: AtomicBool,
}

impl Store {
    /// `unnoticed` is how long a client may be gone before the server knows.
    pub(crate) fn new(options: Recovery, unnoticed: Duration, queue: QueueLimits) -> Self {
        // As long as clients may be away, and before that be gone without anybody noticing. Never nothing: the janitor
        // comes twice in that time.
        let retention = (options.max_disconnection + unnoticed).max(Duration::from_millis(20));
        let limits = Limits { sessions: options.max_sessions, bytes: options.max_session_bytes };
        Self {
            round: retention / 2,
            most_missed: QueueLimits { bytes: queue.bytes.saturating_mul(2), packets: queue.packets.saturating_mul(2) },
            packets: Packets::new(&options, retention),
            options,
            offsets: Offsets::new(),
            sessions: Mutex::new(Sessions::new(limits)),
            live: LiveSockets::default(),
            waiting: AtomicBool::new(false),
            janitor: Arc::default(),
            started: AtomicBool::new(false),
        }
    }

    // ---- sessions ----

    fn change<T>(&self, change: impl FnOnce(&mut Sessions<Parked>) -> T) -> T {
        let mut sessions = lock(&self.sessions);
        let result = change(&mut sessions);
        self.waiting.store(!sessions.is_empty(), Ordering::Release);
        result
    }

    /// Keeps what is left of a socket. What is returned is to be dropped when nothing is locked any more.
    #[must_use]
    pub(super) fn park(&self, group: usize, parked: Parked) -> Vec<Arc<Parked>> {
        let until = Instant::now() + self.options.max_disconnection;
        let (pid, id, size) = (parked.pid.clone(), parked.id.clone(), parked.size());
        let evicted = self.change(|sessions| sessions.keep(group, pid, id, parked, size, until));
        self.janitor.notify_one();
        evicted
    }

    /// Gives the session of this pid to one who claims it, if it is of this namespace.
    pub(super) fn claim(&self, pid: &str, ledger: &Arc<Ledger>) -> Option<Arc<Parked>> {
        self.change(|sessions| sessions.claim(pid, Instant::now(), |parked| parked.is_of(ledger)))
    }

    /// Takes a claimed session back.
    pub(super) fn release(&self, pid: &str) {
        self.change(|sessions| sessions.release(pid));
        self.janitor.notify_one();
    }

    /// Forgets a session that was claimed. What is returned is to be dropped when nothing is locked any more.
    #[must_use]
    pub(super) fn forget(&self, pid: &str) -> Option<Arc<Parked>> {
        self.change(|sessions| sessions.remove(pid))
    }

    /// Whether the socket of this id is away.
    pub(super) fn awaits(&self, id: &str) -> bool {
        self.waiting.load(Ordering::Acquire) && lock(&self.sessions).awaits(id)
    }

    /// Whether any socket is away.
    pub(super) fn awaits_somebody(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    /// The server has closed: nobody will come back.
    pub(crate) fn close(&self) {
        self.tell(self.change(Sessions::take_all), ExpiryReason::ServerClosed);
    }

    /// Tells the program of sockets that will not come back. Nothing may be locked: this runs the program's code.
    pub(super) fn tell(&self, gone: Vec<Arc<Parked>>, reason: ExpiryReason) {
        for parked in gone {
            observe::expired(parked.namespace(), &parked.id, reason);
            let Some(hook) = &self.options.on_expired else { continue };
            let expired = ExpiredSession {
                namespace: parked.namespace().into(),
                id: parked.id.clone(),
                rooms: parked.rooms.clone(),
                reason,
                session: parked.session.clone(),
            };
            // A hook that panics must not take others with it; the panic's own message has been printed.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(&expired)));
        }
    }

    // ---- time ----

    /// Starts who looks after what gets old, once. Called where there is a runtime: when a socket connects.
    pub(super) fn start_janitor(self: &Arc<Self>) {
        if !self.started.swap(true, Ordering::Relaxed) {
            tokio::spawn(clean(Arc::downgrade(self), self.janitor.clone()));
        }
    }

    /// Forgets what is too old, and says when to come again.
    fn sweep(&self, now: Instant, packets_due: &mut Instant) -> Instant {
        self.tell(self.change(|sessions| sessions.take_expired(now)), ExpiryReason::Time);
        if *packets_due <= now {
            *packets_due = now + self.round;
            self.packets.forget(now);
        }
        lock(&self.sessions).next_expiry().map_or(*packets_due, |expiry| expiry.min(*packets_due))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.janitor.notify_one();
    }
}

async fn clean(store: Weak<Store>, woken: Arc<Notify>) {
    let mut packets_due = Instant::now();
    loop {
        let Some(next) = store.upgrade().map(|store| store.sweep(Instant::now(), &mut packets_due)) else { return };
        tokio::select! {
            () = sleep_until(next) => {}
            () = woken.notified() => {}
        }
    }
}
