//! The timers of a session's task: the heartbeat, the deadline of the application, and the timeout of a close.

use std::pin::pin;
use std::task::Context;

use tokio::task::unconstrained;
use tokio::time::Instant;

use super::Task;
use crate::engine::application::Connection;
use crate::engine::close::CloseReason;
use crate::engine::frame::{Frame, payloads};
use crate::engine::heartbeat::Beat;

impl<C: Connection, K> Task<C, K> {
    pub(super) fn check_timers(&mut self) -> Result<(), CloseReason> {
        // The timer is registered, so there is nothing to poll.
        if !self.timer.is_elapsed() {
            return Ok(());
        }
        self.timer_stale = true;
        let now = Instant::now();
        if self.closing_until.is_some_and(|until| now >= until) {
            return Err(self.session.state().parting());
        }
        if self.connection.deadline().is_some_and(|deadline| now >= deadline) && self.connection.on_deadline().is_err()
        {
            self.session.close();
        }
        if self.is_holding_back() {
            // The pong may be in the unread input.
            self.heartbeat.excuse(now);
        }
        match self.heartbeat.tick(now) {
            Beat::Early => {}
            Beat::Ping => {
                let ping = Frame::text(b"2");
                let mut state = self.session.state();
                state.rest();
                match &mut self.websocket {
                    Some(websocket) => {
                        drop(state);
                        if self.session.watch.is_active() {
                            self.session.watch.sent(payloads(ping.bytes()));
                        }
                        websocket.outgoing().rest();
                        websocket.send_first(&ping);
                    }
                    None => state.push_ping(&ping),
                }
            }
            Beat::TimedOut => return Err(CloseReason::PingTimeout),
        }
        Ok(())
    }

    /// Sets the timer to the next deadline if it has fired or would fire later.
    pub(super) fn set_timer(&mut self, cx: &mut Context<'_>) {
        let mut next = self.heartbeat.deadline();
        if let Some(deadline) = self.connection.deadline() {
            next = next.min(deadline);
        }
        if let Some(deadline) = self.closing_until {
            next = next.min(deadline);
        }
        if self.timer.is_elapsed() || next < self.timer.deadline() {
            self.timer.as_mut().reset(next);
            self.register_timer(cx);
        }
    }

    pub(super) fn register_timer(&mut self, cx: &mut Context<'_>) {
        // Without `unconstrained`, nothing would be registered if handlers have used up the task's coop budget.
        let timer = pin!(unconstrained(self.timer.as_mut()));
        // If the deadline has already passed, the task is woken at once.
        if timer.poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}
