//! What a session is at an instant: its queue, its carrier, its pending requests, its end.
//!
//! A plain state machine. Requests, the session's task and whoever emits feed it with inputs under the
//! session's lock; it keeps the wakers of those who wait and does no I/O. Its interleavings are tested
//! from a seed.

mod delivery;
mod requests;
#[cfg(test)]
mod tests;

use std::task::Waker;

use self::delivery::Delivery;
use super::close::CloseReason;
use super::codec::Body;
use super::frame::Frame;
use super::held;
use super::options::Transport;
use super::outbox::Outbox;
use super::websocket::Writer;

/// While more bytes than this wait for the peer, it is not read from.
const HIGH_WATER: usize = 256 * 1024;

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
    /// The session ended while this request was under way: its connection is destroyed.
    Destroyed,
}

/// What a poll is answered with.
#[derive(Debug)]
pub(crate) enum PollAnswer {
    /// All that was queued.
    Packets(Outbox),
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
    /// An overlapping request ended the session, or the session ended before the body was complete: the connection of
    /// this request is destroyed.
    Destroyed,
}

/// What the session's task finds at the beginning of its turn.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Nothing but what its transport may have.
    Plain,
    /// A payload that has come by POST.
    Posted {
        body: Body,
        retiring: bool,
    },
    /// It is to be closed as soon as nothing is under way.
    Retiring,
    Closing,
    Closed(CloseReason),
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
    Waiting {
        waker: Option<Waker>,
        /// Whether an upgrade has looked at it once.
        hurried: bool,
    },
    Answered(PollAnswer),
}

#[derive(Debug)]
enum Post {
    None,
    /// The body is being read.
    Reading(Option<Waker>),
    /// The body has been read, and its packets wait for the session's task or are being processed.
    Read {
        payload: Option<Body>,
        waker: Option<Waker>,
    },
    Finished(PostOutcome),
}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    /// The server shuts down, and waits for what is under way in this session.
    retiring: bool,
    carrier: Carrier,
    queue: Outbox,
    /// Bytes and frames that have been taken to be written, by the session's task or for a large answer of a poll, and that
    /// the kernel has not accepted yet.
    writing_bytes: usize,
    writing_frames: usize,
    limits: QueueLimits,
    /// While as much waits for the peer, it is not read from.
    high_water: QueueLimits,
    get: Get,
    delivery: Option<Delivery>,
    /// The client has taken data by polling since the last call of `take_progress`.
    has_read: bool,
    post: Post,
    /// `true` while polls wait for the answer to the POST whose packets are being handled.
    holds_polls: bool,
    task: Task,
    waker: Option<Waker>,
    /// What sends to the peer while the task rests; not there if only the task can.
    writer: Option<Writer>,
    /// Who was the last to hold what is queued.
    holder: usize,
}

/// What the session's task is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    /// Running, and it has looked at everything or is going to.
    Awake,
    /// Running, and something has happened that it may have looked at before.
    Woken,
    /// Asleep until there is something to do.
    Resting,
    /// Asleep as well. Somebody else is going to send what is queued, or to wake the task.
    Held,
    /// Asleep until its transport takes more; what is queued meanwhile is no reason to wake it.
    Blocked,
}

impl State {
    pub(crate) fn new(websocket: bool, limits: QueueLimits) -> Self {
        Self {
            phase: Phase::Open,
            retiring: false,
            carrier: if websocket { Carrier::WebSocket } else { Carrier::Polling },
            queue: Outbox::default(),
            writing_bytes: 0,
            writing_frames: 0,
            limits,
            high_water: QueueLimits {
                bytes: (limits.bytes / 2).clamp(1, HIGH_WATER),
                packets: (limits.packets / 2).max(1),
            },
            get: Get::None,
            delivery: None,
            has_read: false,
            post: Post::None,
            holds_polls: false,
            task: Task::Awake,
            waker: None,
            writer: None,
            holder: 0,
        }
    }

    // ---- whoever emits ----

    /// Queues one packet, all of its frames or none. Returns whom to wake, outside of the lock.
    #[inline(always)]
    pub(crate) fn push(&mut self, head: &Frame, rest: &[Frame], volatile: bool) -> Result<Option<Waker>, PushError> {
        self.enqueue(head, rest, volatile)?;
        Ok(self.wake_writer())
    }

    /// Whether this one is going to send what is queued, instead of the task.
    #[inline(always)]
    pub(crate) fn is_held_by(&self, holder: usize) -> bool {
        self.task == Task::Held && self.holder == holder
    }

    /// Leaves what is queued to this one, who calls `send_held` soon. False when there is no need to, or no way. If
    /// another holds it already, whoever is the first sends it: nobody waits for the other.
    #[inline(always)]
    pub(crate) fn hold(&mut self, holder: usize) -> bool {
        let may_hold = matches!(self.task, Task::Resting | Task::Held) && self.writer.is_some();
        if may_hold {
            self.task = Task::Held;
            self.holder = holder;
        }
        may_hold
    }

    /// Sends what is held, unless the task has been woken meanwhile: at once (`directly`), or by whom it says to wake.
    pub(crate) fn send_held(&mut self, directly: bool) -> Option<Waker> {
        if self.task != Task::Held {
            return None;
        }
        self.task = Task::Resting;
        match &self.writer {
            Some(writer) if directly && writer.send(&mut self.queue) => None,
            _ => self.wake_writer(),
        }
    }

    /// As `push`, and wakes nobody. True when as much waits now as the mark.
    #[inline(always)]
    pub(crate) fn enqueue(&mut self, head: &Frame, rest: &[Frame], volatile: bool) -> Result<bool, PushError> {
        if self.phase != Phase::Open {
            return Err(PushError::Closed);
        }
        if volatile && !self.is_writable() {
            return Err(PushError::Dropped);
        }
        let bytes = head.len() + rest.iter().map(Frame::len).sum::<usize>();
        // The bounds are above the mark: below it there is nothing to check.
        let reaches_mark = self.reaches_mark(bytes, 1 + rest.len());
        if reaches_mark && self.is_full(bytes) {
            self.end(CloseReason::SlowReader);
            return Err(PushError::Full);
        }
        self.queue.push(head);
        rest.iter().for_each(|frame| self.queue.push(frame));
        Ok(reaches_mark)
    }

    /// As `push` for what the peer should have received before. It comes on top of the bounds: a reader that was too slow
    /// once would meet them again at once.
    pub(crate) fn push_missed(&mut self, head: &Frame, rest: &[Frame]) -> Result<Option<Waker>, PushError> {
        let bytes = head.len() + rest.iter().map(Frame::len).sum::<usize>();
        self.limits.bytes = self.limits.bytes.saturating_add(bytes);
        self.limits.packets = self.limits.packets.saturating_add(1 + rest.len());
        self.push(head, rest, false)
    }

    /// Whether a packet does not fit the bounds any more. The first one always does, so that a bound below one packet's
    /// size stalls nobody.
    #[cold]
    fn is_full(&self, bytes: usize) -> bool {
        let waiting = self.backlog();
        waiting > 0 && (waiting + bytes > self.limits.bytes || self.waiting_frames() >= self.limits.packets)
    }

    /// Puts a heartbeat before everything that is queued.
    pub(crate) fn push_ping(&mut self, ping: &Frame) {
        if self.phase == Phase::Open {
            self.queue.push_first(ping);
            if let Some(waker) = self.wake_writer() {
                waker.wake();
            }
        }
    }

    /// Whether what is sent now would leave at once. What another turn is going to send at its end could leave, too.
    fn is_writable(&self) -> bool {
        let free = self.queue.is_empty() && self.writing_bytes == 0;
        match self.carrier {
            Carrier::WebSocket => free || (self.task == Task::Held && self.holder != held::holder()),
            Carrier::Polling | Carrier::Upgrading => free && matches!(self.get, Get::Waiting { .. }),
        }
    }

    /// Whom to wake for what is queued: on a WebSocket the session's task, if it sleeps and could send; on long-polling
    /// the pending poll.
    pub(crate) fn wake_writer(&mut self) -> Option<Waker> {
        match self.carrier {
            Carrier::WebSocket if matches!(self.task, Task::Resting | Task::Held) => {
                self.task = Task::Awake;
                self.waker.clone()
            }
            Carrier::WebSocket => None,
            Carrier::Polling | Carrier::Upgrading => match &mut self.get {
                Get::Waiting { .. } if self.holds_polls => None,
                Get::Waiting { waker, .. } => waker.take(),
                Get::None | Get::Answered(_) => None,
            },
        }
    }

    /// Wakes the session's task.
    pub(crate) fn wake(&mut self) {
        match self.task {
            Task::Awake | Task::Woken => self.task = Task::Woken,
            Task::Resting | Task::Held | Task::Blocked => {
                self.task = Task::Awake;
                if let Some(waker) = &self.waker {
                    waker.wake_by_ref();
                }
            }
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
            self.end(self.parting());
        }
        self.wake();
    }

    /// Lets the task close the session as soon as nothing is under way. False when it has ended already.
    pub(crate) fn retire(&mut self) -> bool {
        self.retiring = true;
        self.wake();
        self.closed().is_none()
    }

    /// Whether a payload is on its way, or its packets are being processed.
    pub(crate) fn is_posting(&self) -> bool {
        matches!(self.post, Post::Reading(_) | Post::Read { .. })
    }

    /// The reason of a close by the server.
    pub(crate) fn parting(&self) -> CloseReason {
        if self.retiring { CloseReason::ShuttingDown } else { CloseReason::Forced }
    }

    /// The session ends now; what is queued is dropped, but for a frame that has left in part. The first reason stays.
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
        // The rest of a body that is still being read has no receiver. A complete one is answered by the task.
        if matches!(self.post, Post::Reading(_)) {
            self.destroy_post();
        }
        self.phase = Phase::Closed(reason);
        self.queue.keep_begun();
        self.cut_delivery(reason);
        self.wake();
    }

    pub(crate) fn closed(&self) -> Option<CloseReason> {
        match &self.phase {
            Phase::Closed(reason) => Some(*reason),
            Phase::Open | Phase::Closing => None,
        }
    }

    /// How the session was carried at its end, and why it ended.
    pub(crate) fn ended(&self) -> (Transport, CloseReason) {
        let transport = if self.is_polling() { Transport::Polling } else { Transport::WebSocket };
        (transport, self.closed().unwrap_or(self.parting()))
    }

    /// Returns `true` if the server closes the session and nothing is queued or being delivered.
    pub(crate) fn is_drained(&self) -> bool {
        self.is_closing() && self.queue.is_empty() && self.delivery.is_none()
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.phase == Phase::Closing
    }

    // ---- the session's task ----

    /// Begins a turn of the task. Until it sleeps, it needs no waking. With `holds_payload` the task still has packets of the
    /// previous payload and does not get the next one.
    #[inline(always)]
    pub(crate) fn begin_turn(&mut self, holds_payload: bool) -> Turn {
        self.task = Task::Awake;
        let is_plain = self.phase == Phase::Open && !self.retiring && matches!(self.post, Post::None);
        if is_plain { Turn::Plain } else { self.begin_other_turn(holds_payload) }
    }

    #[cold]
    fn begin_other_turn(&mut self, holds_payload: bool) -> Turn {
        match self.phase {
            Phase::Closed(reason) => Turn::Closed(reason),
            Phase::Closing => Turn::Closing,
            Phase::Open => {
                let posted = if holds_payload { None } else { self.take_posted() };
                match posted {
                    Some(body) => Turn::Posted { body, retiring: self.retiring },
                    None if self.retiring => Turn::Retiring,
                    None => Turn::Plain,
                }
            }
        }
    }

    /// The task has looked at everything and wants to sleep. Refused while something is there for it to do. A task that is
    /// `blocked` by its transport leaves its queue alone.
    pub(crate) fn sleep(&mut self, blocked: bool) -> bool {
        let idle = blocked || self.is_polling() || self.queue.is_empty();
        if self.task == Task::Woken || !idle {
            self.task = Task::Awake;
            return false;
        }
        self.task = if blocked { Task::Blocked } else { Task::Resting };
        true
    }

    /// Whom to wake when the task sleeps.
    pub(crate) fn set_waker(&mut self, waker: Option<Waker>) {
        self.waker = waker;
    }

    /// What sends to the peer while the task rests.
    pub(crate) fn set_writer(&mut self, writer: Option<Writer>) {
        self.writer = writer;
    }

    /// Moves what is queued to `writing`, which is empty: all of it has been written. Only a WebSocket's
    /// task takes it. False when nothing was queued.
    pub(crate) fn take_queue(&mut self, writing: &mut Outbox) -> bool {
        debug_assert!(writing.is_empty());
        self.writing_bytes = self.queue.bytes();
        self.writing_frames = self.queue.frames();
        if self.queue.is_empty() {
            return false;
        }
        writing.take_from(&mut self.queue);
        true
    }

    /// Gives up memory that is kept for packets to come.
    pub(crate) fn rest(&mut self) {
        self.queue.rest();
    }

    fn waiting_frames(&self) -> usize {
        self.queue.frames() + self.writing_frames
    }

    /// Returns `true` while no more input may be handled: the session is not open, or more than the mark waits for the client.
    /// A client that sends requests and reads no answers is held back long before its queue is full.
    pub(crate) fn holds_input(&self) -> bool {
        self.phase != Phase::Open || self.is_backed_up()
    }

    pub(crate) fn is_backed_up(&self) -> bool {
        self.reaches_mark(0, 0)
    }

    /// Returns `true` if the client has taken data by polling since the last call.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.has_read)
    }

    /// Whether so many bytes and frames more would make what waits as much as the mark.
    fn reaches_mark(&self, bytes: usize, frames: usize) -> bool {
        self.backlog() + bytes >= self.high_water.bytes || self.waiting_frames() + frames >= self.high_water.packets
    }

    /// Bytes that wait for the peer to read.
    pub(super) fn backlog(&self) -> usize {
        self.queue.bytes() + self.writing_bytes
    }

    pub(crate) fn is_polling(&self) -> bool {
        self.carrier != Carrier::WebSocket
    }
}
