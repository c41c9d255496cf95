//! The state of a session: its queue, transport, pending requests and end.
//!
//! A plain state machine without I/O. Requests, the session's task and emitting threads call it under the session's
//! lock; it stores the wakers of the tasks that wait. Its tests generate schedules from a seed.

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

/// Input from the peer is not read while more bytes than this are queued for it.
const HIGH_WATER: usize = 256 * 1024;

/// The maximum length of a queue. Exceeding either limit closes the session.
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
    /// The queue reached its limit, and the session was closed as a slow reader.
    Full,
    /// The packet was volatile and the transport was not ready.
    Dropped,
}

/// Why the session's state does not allow a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The session has ended.
    Gone,
    /// The session uses another transport.
    OtherTransport,
    /// Another request of the same kind is pending. This ends the session.
    Overlap,
    /// The session ended while this request was pending. Its connection is destroyed.
    Destroyed,
}

/// The response to a poll.
#[derive(Debug)]
pub(crate) enum PollAnswer {
    /// All queued packets.
    Packets(Outbox),
    /// `6`: only ends this poll.
    Noop,
    /// `1`: the session is closed.
    Close,
    /// `6` and `1`: the session was closed while no poll was pending.
    NoopAndClose,
}

/// The outcome of a posted payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostOutcome {
    /// Its packets were processed.
    Processed,
    /// An overlapping request ended the session, or the session ended before the body was complete. The connection of
    /// this request is destroyed.
    Destroyed,
}

/// The work that the session's task finds at the start of a run.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Only handle its transport.
    Plain,
    /// Handle a posted payload.
    Posted {
        body: Body,
        retiring: bool,
    },
    /// Close the session once no request or message is in progress.
    Retiring,
    Closing,
    Closed(CloseReason),
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// The server is closing the session. Queued packets are sent first.
    Closing,
    Closed(CloseReason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    Polling,
    /// Long-polling, while a WebSocket is being probed.
    Upgrading,
    WebSocket,
}

#[derive(Debug)]
enum Get {
    None,
    Waiting {
        waker: Option<Waker>,
        /// An upgrade has checked this poll once.
        hurried: bool,
    },
    Answered(PollAnswer),
}

#[derive(Debug)]
enum Post {
    None,
    /// The body is being read.
    Reading(Option<Waker>),
    /// The body has been read. Its packets wait for the session's task or are being processed.
    Read {
        payload: Option<Body>,
        waker: Option<Waker>,
    },
    Finished(PostOutcome),
}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    /// The server is shutting down and waits for this session to be idle.
    retiring: bool,
    carrier: Carrier,
    queue: Outbox,
    /// Bytes and frames that have left the queue but that the kernel has not accepted yet. They are held by the
    /// session's task or by a large poll response.
    writing_bytes: usize,
    writing_frames: usize,
    limits: QueueLimits,
    /// The high-water marks. Input from the peer is not read while either is reached.
    high_water: QueueLimits,
    get: Get,
    delivery: Option<Delivery>,
    /// The client has received data by polling since the last call of `take_progress`.
    has_read: bool,
    post: Post,
    /// `true` while the packets of a POST are being handled: polls wait until that POST is answered.
    holds_polls: bool,
    task: Task,
    waker: Option<Waker>,
    /// Lets other threads write to the peer while the task is asleep. `None` if only the task can write.
    writer: Option<Writer>,
    /// The thread that last collected this session for a flush at the end of its run.
    holder: usize,
}

/// The execution state of the session's task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    /// Running. It has seen the latest state or will check it.
    Awake,
    /// Running. Something has changed that it may already have checked.
    Woken,
    /// Asleep until there is something to do.
    Resting,
    /// Asleep. Another thread will flush the queue or wake the task.
    Held,
    /// Asleep until its transport accepts more data. Newly queued packets do not wake it.
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

    // ---- emitting threads ----

    /// Queues all frames of one packet, or none. Returns the waker to call after releasing the lock.
    #[inline(always)]
    pub(crate) fn push(&mut self, head: &Frame, rest: &[Frame], volatile: bool) -> Result<Option<Waker>, PushError> {
        self.enqueue(head, rest, volatile)?;
        Ok(self.wake_writer())
    }

    /// Returns `true` if this thread will flush the queue instead of the task.
    #[inline(always)]
    pub(crate) fn is_held_by(&self, holder: usize) -> bool {
        self.task == Task::Held && self.holder == holder
    }

    /// Lets this thread flush the queue: it must call `send_held` soon. Returns `false` if the task is not asleep or
    /// only the task can write. If several threads hold the queue, the first to call `send_held` flushes it, so that
    /// none waits for another.
    #[inline(always)]
    pub(crate) fn hold(&mut self, holder: usize) -> bool {
        let may_hold = matches!(self.task, Task::Resting | Task::Held) && self.writer.is_some();
        if may_hold {
            self.task = Task::Held;
            self.holder = holder;
        }
        may_hold
    }

    /// Flushes the queue at the end of a run, unless the task has been woken in the meantime. With `directly`, writes
    /// on this thread. Returns the waker to call if packets are left.
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

    /// Like `push`, but wakes no task. Returns `true` if the queue has reached the high-water mark.
    #[inline(always)]
    pub(crate) fn enqueue(&mut self, head: &Frame, rest: &[Frame], volatile: bool) -> Result<bool, PushError> {
        if self.phase != Phase::Open {
            return Err(PushError::Closed);
        }
        if volatile && !self.is_writable() {
            return Err(PushError::Dropped);
        }
        let bytes = head.len() + rest.iter().map(Frame::len).sum::<usize>();
        // The limits are above the high-water mark, so they need no check below it.
        let reaches_mark = self.reaches_mark(bytes, 1 + rest.len());
        if reaches_mark && self.is_full(bytes) {
            self.end(CloseReason::SlowReader);
            return Err(PushError::Full);
        }
        self.queue.push(head);
        rest.iter().for_each(|frame| self.queue.push(frame));
        Ok(reaches_mark)
    }

    /// Like `push`, for a packet that the peer missed. It raises the limits by its size: a reader that was once too
    /// slow would otherwise exceed them again at once.
    pub(crate) fn push_missed(&mut self, head: &Frame, rest: &[Frame]) -> Result<Option<Waker>, PushError> {
        let bytes = head.len() + rest.iter().map(Frame::len).sum::<usize>();
        self.limits.bytes = self.limits.bytes.saturating_add(bytes);
        self.limits.packets = self.limits.packets.saturating_add(1 + rest.len());
        self.push(head, rest, false)
    }

    /// Returns `true` if a packet exceeds the limits. A packet always fits an empty queue, so that a limit below the
    /// size of one packet blocks no session.
    #[cold]
    fn is_full(&self, bytes: usize) -> bool {
        let waiting = self.backlog();
        waiting > 0 && (waiting + bytes > self.limits.bytes || self.waiting_frames() >= self.limits.packets)
    }

    /// Queues a ping before all other packets.
    pub(crate) fn push_ping(&mut self, ping: &Frame) {
        if self.phase == Phase::Open {
            self.queue.push_first(ping);
            if let Some(waker) = self.wake_writer() {
                waker.wake();
            }
        }
    }

    /// Returns `true` if a packet queued now would be sent at once. This is also the case if another thread will flush
    /// the queue at the end of its run.
    fn is_writable(&self) -> bool {
        let free = self.queue.is_empty() && self.writing_bytes == 0;
        match self.carrier {
            Carrier::WebSocket => free || (self.task == Task::Held && self.holder != held::holder()),
            Carrier::Polling | Carrier::Upgrading => free && matches!(self.get, Get::Waiting { .. }),
        }
    }

    /// Returns the waker for queued packets: on a WebSocket that of the session's task, if it is asleep and could send;
    /// on long-polling that of the pending poll.
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

    /// Closes the session after its queue has been sent.
    pub(crate) fn close(&mut self) {
        if self.phase != Phase::Open {
            return;
        }
        self.phase = Phase::Closing;
        // A pending poll with an empty queue gets the close packet. Otherwise it gets the queued packets, and the next
        // poll gets the close packet.
        if self.carrier != Carrier::WebSocket && self.is_writable() {
            self.end(self.parting());
        }
        self.wake();
    }

    /// Makes the task close the session once no request or message is in progress. Returns `false` if the session has
    /// already ended.
    pub(crate) fn retire(&mut self) -> bool {
        self.retiring = true;
        self.wake();
        self.closed().is_none()
    }

    /// Returns `true` if a payload is being read or processed.
    pub(crate) fn is_posting(&self) -> bool {
        matches!(self.post, Post::Reading(_) | Post::Read { .. })
    }

    /// The reason with which the server closes the session.
    pub(crate) fn parting(&self) -> CloseReason {
        if self.retiring { CloseReason::ShuttingDown } else { CloseReason::Forced }
    }

    /// Ends the session now. The queue is dropped, except for a frame that has been sent in part. If called again, the
    /// first reason is kept.
    pub(crate) fn end(&mut self, reason: CloseReason) {
        if matches!(self.phase, Phase::Closed(_)) {
            return;
        }
        // A client that closed the session expects no close packet, so its poll is only ended.
        let answer = match reason {
            CloseReason::TransportClose => PollAnswer::Noop,
            _ => PollAnswer::Close,
        };
        self.answer_poll(answer);
        // A body that is still being read is discarded. For a complete body, the task answers the POST.
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

    /// The transport at the end of the session, and the reason of the end.
    pub(crate) fn ended(&self) -> (Transport, CloseReason) {
        let transport = if self.is_polling() { Transport::Polling } else { Transport::WebSocket };
        (transport, self.closed().unwrap_or(self.parting()))
    }

    /// Returns `true` if the server is closing the session and nothing is queued or being delivered.
    pub(crate) fn is_drained(&self) -> bool {
        self.is_closing() && self.queue.is_empty() && self.delivery.is_none()
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.phase == Phase::Closing
    }

    // ---- the session's task ----

    /// Starts a run of the task. It needs no waking until it sleeps. With `holds_payload`, the task still has packets
    /// of the previous payload and does not get the next one.
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

    /// Puts the task to sleep after it has checked everything. Returns `false` if there is something left to do. If the
    /// task is `blocked` by its transport, queued packets do not count.
    pub(crate) fn sleep(&mut self, blocked: bool) -> bool {
        let idle = blocked || self.is_polling() || self.queue.is_empty();
        if self.task == Task::Woken || !idle {
            self.task = Task::Awake;
            return false;
        }
        self.task = if blocked { Task::Blocked } else { Task::Resting };
        true
    }

    /// Sets the waker of the task.
    pub(crate) fn set_waker(&mut self, waker: Option<Waker>) {
        self.waker = waker;
    }

    /// Sets the writer that other threads use while the task is asleep.
    pub(crate) fn set_writer(&mut self, writer: Option<Writer>) {
        self.writer = writer;
    }

    /// Moves the queue to `writing`, which must be empty: everything in it has been written. Only the task of a
    /// WebSocket session calls this. Returns `false` if nothing was queued.
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

    /// Frees memory kept for later packets.
    pub(crate) fn rest(&mut self) {
        self.queue.rest();
    }

    fn waiting_frames(&self) -> usize {
        self.queue.frames() + self.writing_frames
    }

    /// Returns `true` while no more input may be handled: the session is not open, or the high-water mark is reached.
    /// This stops a client that sends requests and reads no responses long before its queue is full.
    pub(crate) fn holds_input(&self) -> bool {
        self.phase != Phase::Open || self.is_backed_up()
    }

    pub(crate) fn is_backed_up(&self) -> bool {
        self.reaches_mark(0, 0)
    }

    /// Returns `true` if the client has received data by polling since the last call.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.has_read)
    }

    /// Returns `true` if adding `bytes` and `frames` would reach the high-water mark.
    fn reaches_mark(&self, bytes: usize, frames: usize) -> bool {
        self.backlog() + bytes >= self.high_water.bytes || self.waiting_frames() + frames >= self.high_water.packets
    }

    /// The number of bytes that the peer has not read yet.
    pub(super) fn backlog(&self) -> usize {
        self.queue.bytes() + self.writing_bytes
    }

    pub(crate) fn is_polling(&self) -> bool {
        self.carrier != Carrier::WebSocket
    }
}
