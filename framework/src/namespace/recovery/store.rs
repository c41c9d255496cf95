//! The recovery data of all namespaces of a server: the saved sessions, and the task that removes expired data.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::expired::{ExpiredSession, ExpiryReason};
use super::live_sockets::LiveSockets;
use super::namespace_log::Ledger;
use super::offset::Offsets;
use super::options::Recovery;
use super::packet_quota::Packets;
use super::sessions::{Limits, Sessions};
use super::socket::Parked;
use crate::engine::state::QueueLimits;
use crate::observe;
use crate::sync::lock;

/// The recovery data that all ledgers of a server share.
pub(crate) struct Store {
    pub(super) options: Recovery,
    /// The interval at which old packets are dropped.
    round: Duration,
    /// The most that a single client can have missed.
    pub(super) most_missed: QueueLimits,
    pub(super) offsets: Offsets,
    sessions: Mutex<Sessions<Parked>>,
    pub(super) live: LiveSockets,
    /// Set while sessions are saved. Read without the lock.
    waiting: AtomicBool,
    pub(super) packets: Packets,
    /// Wakes the janitor, the task that removes expired data.
    janitor: Arc<Notify>,
    started: AtomicBool,
}

impl Store {
    /// `unnoticed` is the longest time until the server notices a disconnection.
    pub(crate) fn new(options: Recovery, unnoticed: Duration, queue: QueueLimits) -> Self {
        // As long as a client may be disconnected, plus the time until this is noticed. Never zero, because the janitor
        // runs twice in this time.
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

    /// Saves the state of a disconnected socket. The returned sessions were evicted, and must be dropped after all
    /// locks are released.
    #[must_use]
    pub(super) fn park(&self, group: usize, parked: Parked) -> Vec<Arc<Parked>> {
        let until = Instant::now() + self.options.max_disconnection;
        let (pid, id, size) = (parked.pid.clone(), parked.id.clone(), parked.size());
        let evicted = self.change(|sessions| sessions.keep(group, pid, id, parked, size, until));
        self.janitor.notify_one();
        evicted
    }

    /// Claims the session with this pid, if it belongs to this namespace.
    pub(super) fn claim(&self, pid: &str, ledger: &Arc<Ledger>) -> Option<Arc<Parked>> {
        self.change(|sessions| sessions.claim(pid, Instant::now(), |parked| parked.is_of(ledger)))
    }

    /// Releases a claimed session.
    pub(super) fn release(&self, pid: &str) {
        self.change(|sessions| sessions.release(pid));
        self.janitor.notify_one();
    }

    /// Removes a claimed session. It must be dropped after all locks are released.
    #[must_use]
    pub(super) fn forget(&self, pid: &str) -> Option<Arc<Parked>> {
        self.change(|sessions| sessions.remove(pid))
    }

    /// Returns `true` if the session of the socket with this id is saved.
    pub(super) fn awaits(&self, id: &str) -> bool {
        self.waiting.load(Ordering::Acquire) && lock(&self.sessions).awaits(id)
    }

    /// Returns `true` if any session is saved.
    pub(super) fn awaits_somebody(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    /// Expires all sessions, because the server has closed.
    pub(crate) fn close(&self) {
        self.tell(self.change(Sessions::take_all), ExpiryReason::ServerClosed);
    }

    /// Reports sockets that can no longer be recovered. No lock may be held, because this runs the application's code.
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
            // A panic in the hook must not affect other sessions. Its message has already been printed.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(&expired)));
        }
    }

    // ---- time ----

    /// Spawns the expiry task, once. Called when a socket connects, because a runtime exists then.
    pub(super) fn start_janitor(self: &Arc<Self>) {
        if !self.started.swap(true, Ordering::Relaxed) {
            tokio::spawn(clean(Arc::downgrade(self), self.janitor.clone()));
        }
    }

    /// Removes expired sessions and packets, and returns the time of the next run.
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
