//! Write batching for broadcasts.
//!
//! While a session's task runs, packets for other sessions are collected, and the same thread flushes them when the
//! task yields. This avoids waking one task per recipient, and several packets for one recipient share a `writev` call.
//! Recipients beyond the first 128, and broadcasts from outside a session's task, are flushed by spawned tasks.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::yield_now;

use super::session::Session;

/// The maximum number of sessions to flush on the current thread, which does nothing else meanwhile. Spawned tasks
/// flush the remaining sessions, up to this many each, so that other threads share the work and other tasks run in
/// between.
const MOST_SENT: usize = 128;
/// A list of sessions up to this capacity is kept for the next run.
const KEPT: usize = 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    None,
    Running,
    /// Running, and at least one session waits to be flushed.
    Holding,
}

thread_local! {
    static TURN: Cell<Turn> = const { Cell::new(Turn::None) };
    static HELD: RefCell<Vec<Arc<Session>>> = const { RefCell::new(Vec::new()) };
}

/// One run of a session's task. Dropping it flushes the collected sessions.
pub(super) struct Holding {
    /// The previous state of this thread. Not `None` if a handler blocks the thread and runs another runtime's tasks on
    /// it.
    outer: Turn,
}

/// Starts collecting on this thread.
#[inline(always)]
pub(super) fn begin() -> Holding {
    Holding { outer: TURN.replace(Turn::Running) }
}

/// An id of this thread, used as the holder of a session's queue. No two threads have the same.
#[inline(always)]
pub(super) fn holder() -> usize {
    TURN.with(|turn| std::ptr::from_ref(turn).addr())
}

/// Returns `true` if packets queued now may be collected.
#[inline(always)]
pub(super) fn is_possible() -> bool {
    TURN.get() != Turn::None
}

/// Collects a session: it is flushed at the end of this run, unless another thread flushes it earlier.
#[inline(always)]
pub(super) fn hold(session: &Arc<Session>) {
    TURN.set(Turn::Holding);
    HELD.with_borrow_mut(|held| held.push(session.clone()));
}

impl Drop for Holding {
    #[inline(always)]
    fn drop(&mut self) {
        if TURN.replace(self.outer) == Turn::Holding {
            send(MOST_SENT);
        }
    }
}

/// Collects the recipients of a broadcast outside a session's task. Dropping it flushes them in spawned tasks.
pub(crate) struct Outside(());

impl Outside {
    /// Returns `None` within a run of a session's task, which flushes by itself, and outside of a multi-thread runtime:
    /// on a current-thread runtime, spawned tasks would wait until a thread blocks on it.
    pub(crate) fn begin() -> Option<Self> {
        let may_share =
            || Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
        (!is_possible() && may_share()).then(|| {
            TURN.set(Turn::Running);
            Self(())
        })
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        if TURN.replace(Turn::None) == Turn::Holding {
            send(0);
        }
    }
}

/// Flushes up to `here` sessions on this thread, and the others in spawned tasks.
#[inline(never)]
fn send(here: usize) {
    let mut held = HELD.take();
    if held.len() > here {
        // The tasks are spawned first, so they can run meanwhile.
        share(held.drain(here..));
    }
    for session in held.drain(..) {
        session.send_held(true);
    }
    if held.capacity() <= KEPT {
        HELD.with_borrow_mut(|now| {
            if now.is_empty() {
                *now = held;
            }
        });
    }
}

/// Spawns tasks that flush the sessions.
fn share(mut sessions: impl ExactSizeIterator<Item = Arc<Session>>) {
    let runtime = Handle::try_current();
    while sessions.len() > 0 {
        let share = Share(sessions.by_ref().take(MOST_SENT).collect());
        if let Ok(runtime) = &runtime {
            runtime.spawn(async move {
                // Other ready tasks may queue more packets for the same sessions; these then share the system calls.
                yield_now().await;
                share.send();
            });
        }
    }
}

/// The sessions that one spawned task flushes.
struct Share(Vec<Arc<Session>>);

impl Share {
    fn send(mut self) {
        for session in self.0.drain(..) {
            session.send_held(true);
        }
    }
}

impl Drop for Share {
    /// If the runtime is gone, wakes the sessions' own tasks, which may be on another runtime.
    fn drop(&mut self) {
        for session in self.0.drain(..) {
            session.send_held(false);
        }
    }
}

#[cfg(test)]
mod tests;
