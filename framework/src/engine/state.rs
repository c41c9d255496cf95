//! What a session is at an instant: its queue, its carrier, its pending requests, its end.
//!
//! A plain state machine. Requests, the session's task and whoever emits feed it with inputs under the
//! session's lock; it keeps the wakers of those who wait and does no I/O. Its interleavings are tested
//! from a seed.

mod requests;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::task::Waker;

use super::close::CloseReason;
use super::frame::Frame;

/// While more bytes than this wait for the peer, it is not read from.
const HIGH_WATER: usize = 256 * 1024;
/// Room for more frames than this is given back when the queue has run empty.
const KEPT_CAPACITY: usize = 64;

/// How much may wait for a reader (both are bounds that close the session when they are passed).
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimits {
    pub(crate) bytes: usize,
    pub(crate) packets: usize,
}

/// Why a packet was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushError {
    /// The session is closed or closing.
    Closed,
    /// The queue has reached its bound; the session is closed as a slow reader.
    Full,
    /// The packet was volatile, and the transport was not ready at that instant.
    Dropped,
}

/// A request that the session's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The session has ended.
    Gone,
    /// The session is carried by another transport.
    OtherTransport,
    /// Another request of the same kind is under way; that ends the session.
    Overlap,
    /// This request was under way when another of its kind came: its connection is destroyed.
    Destroyed,
}

/// What a poll is answered with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PollAnswer {
    /// All that was queued.
    Packets(VecDeque<Frame>),
    /// `6`: end this poll, nothing more.
    Noop,
    /// `1`: the session is closed.
    Close,
    /// `6` and `1`: the session was closed while no poll was pending.
    NoopAndClose,
}

/// What became of a posted payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostOutcome {
    /// Its packets were processed.
    Processed,
    /// An overlapping request ended the session: this one's connection is destroyed.
    Destroyed,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// The server wants to close: what is queued goes out first.
    Closing,
    Closed(CloseReason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    Polling,
    /// Polling, while a WebSocket is being probed.
    Upgrading,
    WebSocket,
}

#[derive(Debug)]
enum Get {
    None,
    Waiting(Option<Waker>),
    Answered(PollAnswer),
}

#[derive(Debug)]
enum Post {
    None,
    /// The body is being read, or its packets are being processed.
    Busy {
        payload: Option<String>,
        waker: Option<Waker>,
    },
    Finished(PostOutcome),
}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    carrier: Carrier,
    queue: VecDeque<Frame>,
    queued_bytes: usize,
    /// Bytes and frames that the session's task has taken to write and the kernel has not accepted yet.
    writing_bytes: usize,
    writing_frames: usize,
    limits: QueueLimits,
    get: Get,
    post: Post,
    /// The session's task, while it sleeps.
    sleeper: Option<Waker>,
    /// Something happened for the task while it ran.
    woken: bool,
}

impl State {
    pub(crate) fn new(websocket: bool, limits: QueueLimits) -> Self {
        Self {
            phase: Phase::Open,
            carrier: if websocket { Carrier::WebSocket } else { Carrier::Polling },
            queue: VecDeque::new(),
            queued_bytes: 0,
            writing_bytes: 0,
            writing_frames: 0,
            limits,
            get: Get::None,
            post: Post::None,
            sleeper: None,
            woken: false,
        }
    }

    // ---- whoever emits ----

    /// Queues one packet, all of its frames or none. Returns whom to wake, outside of the lock.
    pub(crate) fn push(&mut self, head: &Frame, rest: &[Frame], volatile: bool) -> Result<Option<Waker>, PushError> {
        if self.phase != Phase::Open {
            return Err(PushError::Closed);
        }
        if volatile && !self.is_writable() {
            return Err(PushError::Dropped);
        }
        let bytes = head.len() + rest.iter().map(Frame::len).sum::<usize>();
        // The first packet always fits, so that a bound below one packet's size stalls nobody.
        let waiting = self.backlog();
        if waiting > 0 && (waiting + bytes > self.limits.bytes || self.waiting_frames() >= self.limits.packets) {
            self.end(CloseReason::SlowReader);
            return Err(PushError::Full);
        }
        self.queued_bytes += bytes;
        self.queue.push_back(head.clone());
        self.queue.extend(rest.iter().cloned());
        Ok(self.wake_writer())
    }

    /// Puts a heartbeat before everything that is queued.
    pub(crate) fn push_ping(&mut self, ping: Frame) {
        if self.phase == Phase::Open {
            self.queued_bytes += ping.len();
            self.queue.push_front(ping);
            if let Some(waker) = self.wake_writer() {
                waker.wake();
            }
        }
    }

    /// Whether what is sent now would leave at once.
    fn is_writable(&self) -> bool {
        let free = self.queue.is_empty() && self.writing_bytes == 0;
        match self.carrier {
            Carrier::WebSocket => free,
            Carrier::Polling | Carrier::Upgrading => free && matches!(self.get, Get::Waiting(_)),
        }
    }

    /// Who writes: the session's task on a WebSocket, the pending poll on long-polling.
    fn wake_writer(&mut self) -> Option<Waker> {
        match self.carrier {
            Carrier::WebSocket => self.sleeper.take(),
            Carrier::Polling | Carrier::Upgrading => match &mut self.get {
                Get::Waiting(waker) => waker.take(),
                Get::None | Get::Answered(_) => None,
            },
        }
    }

    /// Wakes the session's task.
    pub(crate) fn wake(&mut self) {
        match self.sleeper.take() {
            Some(waker) => waker.wake(),
            None => self.woken = true,
        }
    }

    // ---- ends ----

    /// The server closes the session after what is queued has gone out.
    pub(crate) fn close(&mut self) {
        if self.phase != Phase::Open {
            return;
        }
        self.phase = Phase::Closing;
        // A poll that waits with nothing queued takes the close; else it takes what is queued, and the next one the
        // close.
        if self.carrier != Carrier::WebSocket && self.is_writable() {
            self.end(CloseReason::Forced);
        }
        self.wake();
    }

    /// The session ends now; what is queued is dropped. The first reason stays.
    pub(crate) fn end(&mut self, reason: CloseReason) {
        if matches!(self.phase, Phase::Closed(_)) {
            return;
        }
        // A client that said goodbye waits for no close packet; its poll is merely ended.
        let answer = match reason {
            CloseReason::TransportClose => PollAnswer::Noop,
            _ => PollAnswer::Close,
        };
        self.answer_poll(answer);
        self.phase = Phase::Closed(reason);
        self.queue = VecDeque::new();
        self.queued_bytes = 0;
        self.wake();
    }

    pub(crate) fn closed(&self) -> Option<CloseReason> {
        match &self.phase {
            Phase::Closed(reason) => Some(*reason),
            Phase::Open | Phase::Closing => None,
        }
    }

    /// Whether the server wants to close, and nothing is queued any more.
    pub(crate) fn is_drained(&self) -> bool {
        self.is_closing() && self.queue.is_empty()
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.phase == Phase::Closing
    }

    // ---- the session's task ----

    /// The task runs: it looks at everything before it sleeps again, so nobody needs to wake it.
    pub(crate) fn awake(&mut self) {
        self.sleeper = None;
        self.woken = false;
    }

    /// The task has looked at everything and wants to sleep: whom to wake from now on. Refused while
    /// something is there for it to do. A task that is `blocked` by its transport leaves its queue alone.
    pub(crate) fn sleep(&mut self, waker: &Waker, blocked: bool) -> bool {
        if std::mem::take(&mut self.woken) {
            return false;
        }
        let idle = blocked || self.is_polling() || self.queue.is_empty();
        if idle {
            match &mut self.sleeper {
                Some(known) if known.will_wake(waker) => {}
                sleeper => *sleeper = Some(waker.clone()),
            }
        }
        idle
    }

    /// Moves what is queued to `writing`, which is empty: all of it has been written. Only a WebSocket's
    /// task writes. False when nothing was queued.
    pub(crate) fn take_queue(&mut self, writing: &mut VecDeque<Frame>) -> bool {
        debug_assert!(writing.is_empty());
        self.writing_bytes = self.queued_bytes;
        self.writing_frames = self.queue.len();
        self.queued_bytes = 0;
        std::mem::swap(&mut self.queue, writing);
        if self.queue.capacity() > KEPT_CAPACITY {
            self.queue = VecDeque::new();
        }
        !writing.is_empty()
    }

    fn waiting_frames(&self) -> usize {
        self.queue.len() + self.writing_frames
    }

    /// Whether so much waits for the peer that nothing more is to be read from its WebSocket: who sends requests and
    /// reads no answers is held back by TCP, long before it meets the bounds. A POST is not held back: a client that
    /// is about to upgrade does not poll before it is answered.
    pub(crate) fn is_backed_up(&self) -> bool {
        let (bytes, frames) = (self.limits.bytes / 2, self.limits.packets / 2);
        !self.is_polling() && (self.backlog() >= bytes.clamp(1, HIGH_WATER) || self.waiting_frames() >= frames.max(1))
    }

    /// Bytes that wait for the peer to read.
    fn backlog(&self) -> usize {
        self.queued_bytes + self.writing_bytes
    }

    pub(crate) fn is_polling(&self) -> bool {
        self.carrier != Carrier::WebSocket
    }
}
