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
use super::namespace_log::NamespaceLog;
use super::offset::Offsets;
use super::options::Recovery;
use super::packet_quota::PacketQuota;
use super::sessions::{Limits, Sessions};
use super::socket::SavedSession;
use crate::engine::state::QueueLimits;
use crate::observe;
use crate::sync::lock;

/// The recovery data that all namespaces of a server share.
pub(crate) struct Store {
    pub(super) options: Recovery,
    /// The interval at which old packets are dropped.
    packet_interval: Duration,
    /// The most that a single client can have missed.
    pub(super) max_missed: QueueLimits,
    pub(super) offsets: Offsets,
    sessions: Mutex<Sessions<SavedSession>>,
    pub(super) live: LiveSockets,
    /// Set while sessions are saved. Read without the lock.
    any_saved: AtomicBool,
    pub(super) packet_quota: PacketQuota,
    /// Wakes the task that removes expired data.
    wake_expiry_task: Arc<Notify>,
    expiry_task_started: AtomicBool,
}

impl Store {
    /// `detection_time` is the longest time until the server notices a disconnection.
    pub(crate) fn new(options: Recovery, detection_time: Duration, queue: QueueLimits) -> Self {
        // As long as a client may be disconnected, plus the time until this is noticed. Never zero, because the expiry
        // task runs twice in this time.
        let retention = (options.max_disconnection + detection_time).max(Duration::from_millis(20));
        let limits = Limits { sessions: options.max_sessions, bytes: options.max_session_bytes };
        Self {
            packet_interval: retention / 2,
            max_missed: QueueLimits { bytes: queue.bytes.saturating_mul(2), packets: queue.packets.saturating_mul(2) },
            packet_quota: PacketQuota::new(&options, retention),
            options,
            offsets: Offsets::new(),
            sessions: Mutex::new(Sessions::new(limits)),
            live: LiveSockets::default(),
            any_saved: AtomicBool::new(false),
            wake_expiry_task: Arc::default(),
            expiry_task_started: AtomicBool::new(false),
        }
    }

    // ---- sessions ----

    fn change<T>(&self, change: impl FnOnce(&mut Sessions<SavedSession>) -> T) -> T {
        let mut sessions = lock(&self.sessions);
        let result = change(&mut sessions);
        self.any_saved.store(!sessions.is_empty(), Ordering::Release);
        result
    }

    /// Saves the state of a disconnected socket. The returned sessions were evicted, and must be dropped after all
    /// locks are released.
    #[must_use]
    pub(super) fn save(&self, group: usize, session: SavedSession) -> Vec<Arc<SavedSession>> {
        let until = Instant::now() + self.options.max_disconnection;
        let (pid, id, size) = (session.pid.clone(), session.id.clone(), session.size());
        let evicted = self.change(|sessions| sessions.save(group, pid, id, session, size, until));
        self.wake_expiry_task.notify_one();
        evicted
    }

    /// Claims the session with this pid, if it belongs to this namespace.
    pub(super) fn claim(&self, pid: &str, namespace_log: &Arc<NamespaceLog>) -> Option<Arc<SavedSession>> {
        self.change(|sessions| sessions.claim(pid, Instant::now(), |session| session.is_of(namespace_log)))
    }

    /// Releases a claimed session.
    pub(super) fn release(&self, pid: &str) {
        self.change(|sessions| sessions.release(pid));
        self.wake_expiry_task.notify_one();
    }

    /// Removes a claimed session. It must be dropped after all locks are released.
    #[must_use]
    pub(super) fn remove(&self, pid: &str) -> Option<Arc<SavedSession>> {
        self.change(|sessions| sessions.remove(pid))
    }

    /// Returns `true` if the session of the socket with this id is saved.
    pub(super) fn has_session(&self, id: &str) -> bool {
        self.any_saved.load(Ordering::Acquire) && lock(&self.sessions).has_socket(id)
    }

    /// Returns `true` if any session is saved.
    pub(super) fn has_sessions(&self) -> bool {
        self.any_saved.load(Ordering::Acquire)
    }

    /// Expires all sessions, because the server has closed.
    pub(crate) fn close(&self) {
        self.report_expired(self.change(Sessions::take_all), ExpiryReason::ServerClosed);
    }

    /// Reports sockets that can no longer be recovered. No lock may be held, because this runs the application's code.
    pub(super) fn report_expired(&self, expired: Vec<Arc<SavedSession>>, reason: ExpiryReason) {
        for session in expired {
            observe::expired(session.path(), &session.id, reason);
            let Some(hook) = &self.options.on_expired else { continue };
            let expired = ExpiredSession {
                namespace: session.path().into(),
                id: session.id.clone(),
                rooms: session.rooms.clone(),
                reason,
                session: session.session.clone(),
            };
            // A panic in the hook must not affect other sessions. Its message has already been printed.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(&expired)));
        }
    }

    // ---- time ----

    /// Spawns the expiry task, once. Called when a socket connects, because a runtime exists then.
    pub(super) fn start_expiry_task(self: &Arc<Self>) {
        if !self.expiry_task_started.swap(true, Ordering::Relaxed) {
            tokio::spawn(run_expiry_task(Arc::downgrade(self), self.wake_expiry_task.clone()));
        }
    }

    /// Removes expired sessions and packets, and returns the time of the next run.
    fn remove_expired(&self, now: Instant, packets_due: &mut Instant) -> Instant {
        self.report_expired(self.change(|sessions| sessions.take_expired(now)), ExpiryReason::Time);
        if *packets_due <= now {
            *packets_due = now + self.packet_interval;
            self.packet_quota.evict(now);
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
        self.wake_expiry_task.notify_one();
    }
}

async fn run_expiry_task(store: Weak<Store>, woken: Arc<Notify>) {
    let mut packets_due = Instant::now();
    loop {
        let Some(next) = store.upgrade().map(|store| store.remove_expired(Instant::now(), &mut packets_due)) else {
            return;
        };
        tokio::select! {
            () = sleep_until(next) => {}
            () = woken.notified() => {}
        }
    }
}
