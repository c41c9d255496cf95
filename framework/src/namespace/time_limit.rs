//! Time limits of handlers and hooks.
//!
//! A handler that is ready when first polled needs no timer. A pending handler has one if the server limits handlers,
//! or once its socket is disconnected.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::catch_panic::catch_panic;
use super::error::HandlerErrorKind;
use super::socket_inner::SocketInner;

/// The time limits of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeLimits {
    /// For a handler of a connected socket.
    pub(crate) handler: Option<Duration>,
    /// For all handlers of a disconnected socket together, and again for its disconnect hook.
    pub(crate) disconnect: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self { handler: None, disconnect: Duration::from_secs(30) }
    }
}

/// The time limit of one handler.
#[derive(Default)]
struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// Set once the socket was found to be disconnected.
    disconnected: bool,
}

impl Timer {
    /// Returns `true` if the time of a pending handler has elapsed. Otherwise, the task is woken at the deadline.
    fn is_elapsed(&mut self, socket: &SocketInner, cx: &mut Context<'_>) -> bool {
        let limits = &socket.shared.time_limits;
        if !self.disconnected && socket.is_disconnected() {
            self.disconnected = true;
            if let Some(deadline) = socket.extras.disconnect_deadline(limits.disconnect) {
                let earliest = self.sleep.as_ref().map_or(deadline, |sleep| sleep.deadline().min(deadline));
                self.sleep = Some(Box::pin(sleep_until(earliest)));
            }
        } else if self.sleep.is_none()
            && let Some(deadline) = limits.handler.filter(|_| !self.disconnected).and_then(deadline_after)
        {
            self.sleep = Some(Box::pin(sleep_until(deadline)));
        }
        self.sleep.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready())
    }
}

fn deadline_after(limit: Duration) -> Option<Instant> {
    Instant::now().checked_add(limit)
}

/// Runs a handler on the connection's task until it returns, panics or exceeds its limit. It is not polled again after
/// that.
pub(super) fn limited<T>(
    socket: &SocketInner,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> impl Future<Output = Result<T, HandlerErrorKind>> {
    let mut timer = Timer::default();
    std::future::poll_fn(move |cx| match catch_handler_panic(|| poll(cx)) {
        Ok(Poll::Pending) if timer.is_elapsed(socket, cx) => Poll::Ready(Err(HandlerErrorKind::TimedOut)),
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
}

/// Like [`limited`], for a handler in its own task, which must be woken when the socket is disconnected.
pub(super) async fn limited_in_own_task<F: Future>(
    socket: &Arc<SocketInner>,
    handler: F,
) -> Result<F::Output, HandlerErrorKind> {
    let mut handler = pin!(handler);
    let mut disconnected = pin!(socket.clone().closed());
    let mut is_watching = true;
    limited(socket, |cx| {
        let handled = handler.as_mut().poll(cx);
        if handled.is_pending() && is_watching {
            is_watching = disconnected.as_mut().poll(cx).is_pending();
        }
        handled
    })
    .await
}

/// Runs a socket's disconnect hooks, with their own limit.
pub(super) async fn limited_hook<F: Future>(
    socket: &SocketInner,
    mut hook: Pin<&mut F>,
) -> Result<F::Output, HandlerErrorKind> {
    let mut sleep = None;
    std::future::poll_fn(|cx| match catch_handler_panic(|| hook.as_mut().poll(cx)) {
        Ok(Poll::Pending) => {
            let limit = socket.shared.time_limits.disconnect;
            let sleep =
                sleep.get_or_insert_with(|| deadline_after(limit).map(|deadline| Box::pin(sleep_until(deadline))));
            let is_elapsed = sleep.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready());
            if is_elapsed { Poll::Ready(Err(HandlerErrorKind::TimedOut)) } else { Poll::Pending }
        }
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn catch_handler_panic<T>(poll: impl FnOnce() -> T) -> Result<T, HandlerErrorKind> {
    catch_panic(poll).map_err(HandlerErrorKind::Panicked)
}
