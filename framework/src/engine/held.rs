//! Sending on behalf of others: what a turn queues to many sessions leaves when the turn ends, by the thread that queued it.
//! What is queued outside of a turn leaves by tasks of their own.
//!
//! A session's task is woken only where that does not do. To wake a task, and to let it have a turn, costs more than to
//! send; and each message that follows within the turn still finds the one before, and leaves by the same system call.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::yield_now;

use super::session::Session;

/// A turn sends to no more sessions than this: a system call for each takes its time, in which the thread does nothing else.
/// To the others tasks send, each to as many: they are shared among all threads, and what is ready comes between them.
const MOST_SENT: usize = 128;
/// Room for so many is kept.
const KEPT: usize = 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    None,
    Running,
    /// Running, and something is held.
    Holding,
}

thread_local! {
    static TURN: Cell<Turn> = const { Cell::new(Turn::None) };
    static HELD: RefCell<Vec<Arc<Session>>> = const { RefCell::new(Vec::new()) };
}

/// The turn of a session's task. What it has held leaves when this is dropped.
pub(super) struct Holding {
    /// What was under way on this thread: a handler can block it, and run another runtime's tasks meanwhile.
    outer: Turn,
}

/// A turn begins on this thread.
#[inline(always)]
pub(super) fn begin() -> Holding {
    Holding { outer: TURN.replace(Turn::Running) }
}

/// Who holds: no two threads are the same.
#[inline(always)]
pub(super) fn holder() -> usize {
    TURN.with(|turn| std::ptr::from_ref(turn).addr())
}

/// Whether what is queued now may be held.
#[inline(always)]
pub(super) fn is_possible() -> bool {
    TURN.get() != Turn::None
}

/// Sends what is queued to this session at the end of the turn, unless somebody else does so before.
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

/// What is queued to many outside of a turn. It is left to tasks when this is dropped.
pub(crate) struct Outside(());

impl Outside {
    /// None within a turn, and where tasks may never run: a current-thread runtime has them wait until somebody blocks
    /// on it.
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

/// Sends to so many on this thread.
#[inline(never)]
fn send(here: usize) {
    let mut held = HELD.take();
    if held.len() > here {
        // These first: they can begin meanwhile.
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

/// Leaves sending to tasks.
fn share(mut sessions: impl ExactSizeIterator<Item = Arc<Session>>) {
    let runtime = Handle::try_current();
    while sessions.len() > 0 {
        let share = Share(sessions.by_ref().take(MOST_SENT).collect());
        if let Ok(runtime) = &runtime {
            runtime.spawn(async move {
                // Who else is ready may have more for the same: it leaves by the same system calls.
                yield_now().await;
                share.send();
            });
        }
    }
}

/// Sessions to which a task sends.
struct Share(Vec<Arc<Session>>);

impl Share {
    fn send(mut self) {
        for session in self.0.drain(..) {
            session.send_held(true);
        }
    }
}

impl Drop for Share {
    /// With its runtime gone, those of others still have a task.
    fn drop(&mut self) {
        for session in self.0.drain(..) {
            session.send_held(false);
        }
    }
}

#[cfg(test)]
mod tests;
