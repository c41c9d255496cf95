//! The task of one session: it reads, runs handlers and writes. Each connection has only this task.

mod time;

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::application::{Connection, Violation};
use super::close::CloseReason;
use super::codec::{Body, Packet, v3};
use super::frame::Frame;
use super::heartbeat::Heartbeat;
use super::held;
use super::options::Options;
use super::session::Session;
use super::state::Turn;
use super::websocket::{Closing, Incoming, Received, WebSocket};

/// How long a closing session waits for the peer to read the queue or to poll once more, as in the reference
/// implementation.
const CLOSE_PATIENCE: Duration = Duration::from_secs(30);
/// How long a closed WebSocket waits for the peer's close frame before the connection is dropped.
const LINGER: Duration = Duration::from_secs(5);

/// Drives a session from its first packet until everything that it started has ended.
pub(super) struct Task<C: Connection, K> {
    session: Arc<Session>,
    connection: C,
    /// Keeps the session registered under its id until it has ended. Dropping it notifies observers.
    known: Option<K>,
    websocket: Option<Box<WebSocket>>,
    posted: Option<Posted>,
    heartbeat: Heartbeat,
    timer: Pin<Box<Sleep>>,
    /// The waker that is registered with the timer and the session.
    waker: Option<Waker>,
    /// Deadline for sending the queue of a closing session.
    closing_until: Option<Instant>,
    /// How to close the WebSocket.
    farewell: Farewell,
    max_packets: usize,
    /// Input is left unread until there is room for it.
    paused: bool,
    /// An event may have changed a deadline.
    timer_stale: bool,
    stage: Stage,
}

/// A posted payload that is being handled.
struct Posted {
    body: Body,
    /// The number of packets handled so far.
    count: usize,
    /// The POST has already been answered.
    answered: bool,
}

#[derive(Clone, Copy, Default)]
enum Farewell {
    #[default]
    Empty,
    Code(u16),
    /// The peer closed first.
    Echo(Option<u16>),
    /// The connection is already lost.
    None,
}

enum Stage {
    Running,
    Ending { closing: Option<Closing> },
}

impl<C: Connection, K> Task<C, K> {
    pub(super) fn new(
        session: Arc<Session>,
        connection: C,
        known: K,
        websocket: Option<Box<WebSocket>>,
        options: &Options,
    ) -> Self {
        let beats = if session.revision().is_three() { Heartbeat::of_client } else { Heartbeat::new };
        let heartbeat = beats(options.ping_interval, options.ping_timeout, Instant::now());
        if let Some(websocket) = &websocket {
            session.state().set_writer(websocket.writer());
        }
        let first = connection.deadline().map_or(heartbeat.deadline(), |d| d.min(heartbeat.deadline()));
        Self {
            session,
            connection,
            known: Some(known),
            websocket,
            posted: None,
            heartbeat,
            timer: Box::pin(tokio::time::sleep_until(first)),
            waker: None,
            closing_until: None,
            farewell: Farewell::Empty,
            max_packets: options.max_packets_per_payload,
            paused: false,
            timer_stale: false,
            stage: Stage::Running,
        }
    }

    /// Runs timers, handlers, input and output until there is nothing left to do. Fails with the reason if the session
    /// has ended.
    fn run(&mut self, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        loop {
            let (mut taken, mut upgraded) = (false, false);
            let turn = {
                let mut state = self.session.state();
                // Done under the lock: a connection handed over later also completes its upgrade later, which wakes the
                // task again.
                if self.websocket.is_none() {
                    self.websocket = self.session.take_handover();
                    if let Some(websocket) = &self.websocket {
                        state.set_writer(websocket.writer());
                        upgraded = true;
                    }
                }
                if let Some(websocket) = &mut self.websocket
                    && websocket.has_sent_all()
                {
                    taken = state.take_queue(websocket.outgoing());
                }
                state.begin_turn(self.posted.is_some())
            };
            if upgraded {
                self.session.watch.upgraded();
            }
            if taken {
                self.show_and_revise();
            }
            let (closing, retiring) = match turn {
                Turn::Plain => (false, false),
                Turn::Posted { body, retiring } => {
                    self.posted = Some(Posted { body, count: 0, answered: false });
                    (false, retiring)
                }
                Turn::Retiring => (false, true),
                Turn::Closing => (true, false),
                Turn::Closed(reason) => return Err(reason),
            };
            self.timer_stale |= self.connection.progress(cx);
            self.paused = if closing { self.stop_receiving() } else { self.receive(cx)? };
            // After the input: a late task may find the answer to a ping in it.
            self.check_timers()?;
            if retiring && !self.paused && self.connection.is_at_rest() && !self.session.state().is_posting() {
                self.session.close();
                continue;
            }
            if self.settle(cx)? {
                if std::mem::take(&mut self.timer_stale) {
                    self.set_timer(cx);
                }
                return Ok(());
            }
        }
    }

    /// Sends the queue. Returns `true` if there is nothing left to do for now.
    fn settle(&mut self, cx: &mut Context<'_>) -> Result<bool, CloseReason> {
        loop {
            let mut blocked = false;
            if let Some(websocket) = &mut self.websocket
                && websocket.has_output()
            {
                match websocket.poll_send(cx) {
                    Poll::Pending => blocked = true,
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => {
                        self.farewell = Farewell::None;
                        return Err(CloseReason::TransportError("write failed"));
                    }
                }
            }
            let has_room = !self.paused || self.connection.has_room();
            let mut state = self.session.state();
            if let Some(websocket) = &mut self.websocket
                && !blocked
                && state.take_queue(websocket.outgoing())
            {
                drop(state);
                self.show_and_revise();
                continue;
            }
            // A full queue is noted when packets are queued. Only a run of this task can note that it has room again.
            if self.session.holds_input() {
                self.session.note_input(&state);
            }
            let backlog = state.backlog();
            if let Some(reason) = state.closed() {
                return Err(reason);
            }
            if state.is_closing() {
                if self.websocket.is_some() && !blocked {
                    return Err(state.parting());
                }
                self.closing_until.get_or_insert_with(|| Instant::now() + CLOSE_PATIENCE);
                self.timer_stale = true;
            }
            // Paused input continues as soon as there is room. Otherwise, the task is woken when there is.
            let resume = self.paused && has_room && !blocked && !state.holds_input();
            let sleeps = !resume && state.sleep(blocked);
            // After releasing the lock, because this may run the program's code. If the session has ended, its end
            // reports this instead.
            drop(state);
            self.session.observed.queued(backlog);
            return Ok(sleeps);
        }
    }

    /// Reports the packets about to be sent to hooks, and encodes them for the client's revision.
    #[inline(always)]
    fn show_and_revise(&mut self) {
        let Some(websocket) = &mut self.websocket else { return };
        if self.session.watch.is_active() {
            self.session.watch.sent(websocket.outgoing().payloads());
        }
        websocket.revise();
    }

    /// Re-registers the task's waker if it changed.
    fn be_woken_by(&mut self, cx: &mut Context<'_>) {
        if !self.waker.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            let known = self.waker.replace(cx.waker().clone());
            self.session.state().set_waker(Some(cx.waker().clone()));
            self.register_timer(cx);
            if known.is_none() {
                self.connection.begin(cx);
            }
        }
    }

    // ---- input ----

    /// Returns `true` if input is left unread through no fault of the peer: handlers are slow, or the peer reads its
    /// packets, but slowly.
    fn is_holding_back(&mut self) -> bool {
        let Some(websocket) = &mut self.websocket else {
            return self.connection.is_behind() || (self.posted.is_some() && self.session.state().take_progress());
        };
        let progress = websocket.take_progress();
        self.connection.is_behind() || (progress && self.session.state().is_backed_up())
    }

    /// Handles received input. Returns `true` if some of it had to be left unread.
    fn receive(&mut self, cx: &mut Context<'_>) -> Result<bool, CloseReason> {
        // A payload posted before the upgrade precedes the messages on the WebSocket.
        if self.posted.is_some() && self.receive_posted(cx)? {
            return Ok(true);
        }
        self.receive_websocket(cx)
    }

    /// Stops handling input. Pending POSTs are still answered.
    fn stop_receiving(&mut self) -> bool {
        self.posted = None;
        self.session.state().finish_post();
        false
    }

    fn receive_posted(&mut self, cx: &mut Context<'_>) -> Result<bool, CloseReason> {
        let Some(mut posted) = self.posted.take() else { return Ok(false) };
        self.timer_stale = true;
        loop {
            let held = self.session.holds_input() && !posted.body.is_finished();
            if held || !self.connection.has_room() {
                let mut state = self.session.state();
                // Only once: the pending POST may already be the next one.
                posted.answered = posted.answered || state.answer_held_post();
                state.release_polls();
                drop(state);
                self.posted = Some(posted);
                return Ok(true);
            }
            let Some(packet) = posted.body.next() else { break };
            posted.count += 1;
            if posted.count > self.max_packets {
                return Err(CloseReason::ParseError);
            }
            let packet = packet.map_err(|_| CloseReason::ParseError)?;
            if handle(packet, &mut self.connection, &mut self.heartbeat, &self.session, cx)?.is_break() {
                break;
            }
        }
        let mut state = self.session.state();
        if posted.answered {
            // Another payload may have arrived in the meantime.
            state.wake();
        } else {
            state.finish_post();
        }
        Ok(false)
    }

    #[inline(always)]
    fn receive_websocket(&mut self, cx: &mut Context<'_>) -> Result<bool, CloseReason> {
        let Some(websocket) = &mut self.websocket else { return Ok(false) };
        if (self.paused && !self.connection.has_room()) || self.session.holds_input() {
            return Ok(true);
        }
        if websocket.has_input(cx) { self.read_websocket(cx) } else { Ok(false) }
    }

    /// Not inlined: most runs for a recipient of broadcasts have nothing to read.
    #[inline(never)]
    fn read_websocket(&mut self, cx: &mut Context<'_>) -> Result<bool, CloseReason> {
        let Some(websocket) = &mut self.websocket else { return Ok(false) };
        let (connection, heartbeat, session) = (&mut self.connection, &mut self.heartbeat, &self.session);
        let (mut end, stale, revision) = (None, &mut self.timer_stale, websocket.revision());
        let received = websocket.poll_receive(cx, &mut |incoming, cx| {
            *stale = true;
            let packet = match incoming {
                Incoming::Text(text) => match revision.packet(&text) {
                    Ok(packet) => handle(packet, connection, heartbeat, session, cx),
                    Err(_) => Err(CloseReason::ParseError),
                },
                Incoming::Binary(data) if revision.is_three() => match v3::binary_packet(&data) {
                    Ok(packet) => handle(packet, connection, heartbeat, session, cx),
                    Err(_) => Err(CloseReason::ParseError),
                },
                Incoming::Binary(data) => {
                    handle(Packet::Binary(data.into_owned().into()), connection, heartbeat, session, cx)
                }
                Incoming::Close(code) => {
                    end = Some(code);
                    Err(CloseReason::TransportClose)
                }
                Incoming::Ping(_) | Incoming::Pong | Incoming::Fragment => Ok(ControlFlow::Continue(())),
            };
            match packet {
                Ok(flow) if flow.is_break() => ControlFlow::Break(()),
                Ok(_) if !connection.has_room() || session.holds_input() => ControlFlow::Break(()),
                Ok(_) => ControlFlow::Continue(()),
                Err(reason) => {
                    session.end(reason);
                    ControlFlow::Break(())
                }
            }
        });
        if let Some(code) = end {
            self.farewell = Farewell::Echo(code);
        }
        match received {
            Poll::Pending => Ok(false),
            Poll::Ready(Received::Paused) => Ok(true),
            Poll::Ready(Received::Lost) => {
                self.farewell = Farewell::None;
                Err(CloseReason::TransportClose)
            }
            Poll::Ready(Received::Violation(code)) => {
                self.farewell = Farewell::Code(code.into());
                Err(CloseReason::TransportError("WebSocket protocol violation"))
            }
        }
    }

    // ---- the end ----

    fn finish(&mut self, reason: CloseReason) {
        {
            let mut state = self.session.state();
            state.finish_post();
            state.end(reason);
            state.set_writer(None);
            // A frame that another thread has sent in part must be completed.
            if let Some(websocket) = &mut self.websocket
                && websocket.has_sent_all()
            {
                state.take_queue(websocket.outgoing());
            }
        }
        self.known = None;
        self.connection.close(&reason);
        // A WebSocket that was handed over at the last moment is closed too.
        let websocket = self.websocket.take().or_else(|| self.session.take_handover());
        if reason == CloseReason::SlowReader {
            // The close frame would not get through. Unread data occupies kernel memory until the connection is
            // dropped.
            self.farewell = Farewell::None;
        }
        let closing = websocket.and_then(|websocket| match self.farewell {
            Farewell::None => None,
            Farewell::Empty => Some(websocket.into_closing(None, false)),
            Farewell::Code(code) => Some(websocket.into_closing(Some(code), false)),
            Farewell::Echo(code) => Some(websocket.into_closing(code, true)),
        });
        self.timer.as_mut().reset(Instant::now() + LINGER);
        self.posted = None;
        self.stage = Stage::Ending { closing };
    }
}

/// Handles one packet. Breaks if the rest of the input is to be discarded.
fn handle<C: Connection>(
    packet: Packet<'_>,
    connection: &mut C,
    heartbeat: &mut Heartbeat,
    session: &Session,
    cx: &mut Context<'_>,
) -> Result<ControlFlow<()>, CloseReason> {
    if session.watch.is_active() {
        session.watch.received(&packet);
    }
    match packet {
        Packet::Pong(_) if !session.revision().is_three() => {
            heartbeat.pong(Instant::now());
            return Ok(ControlFlow::Continue(()));
        }
        Packet::Ping(_) if session.revision().is_three() => {
            heartbeat.ping(Instant::now());
            // Queued in order and within the limits, because the client decides how many pings it sends. If it cannot
            // be queued, the session has ended.
            let _ = session.push(&Frame::text(b"3"), &[], false);
            return Ok(ControlFlow::Continue(()));
        }
        Packet::Ping(_) | Packet::Pong(_) => return Err(CloseReason::TransportError("invalid heartbeat direction")),
        Packet::Close => return Err(CloseReason::TransportClose),
        _ => {}
    }
    if heartbeat.is_awaiting() {
        heartbeat.other_packet(Instant::now());
    }
    let handled = match packet {
        Packet::Message(text) => connection.text(text, cx),
        Packet::Binary(data) => connection.binary(data, cx),
        // These have no meaning on an established transport. The reference implementation ignores them too.
        Packet::Open | Packet::Upgrade | Packet::Noop => Ok(()),
        Packet::Pong(_) | Packet::Ping(_) | Packet::Close => Ok(()),
    };
    match handled {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(Violation) => {
            session.observed.packet_refused();
            session.close();
            Ok(ControlFlow::Break(()))
        }
    }
}

impl<C: Connection, K> Drop for Task<C, K> {
    fn drop(&mut self) {
        // If the task panicked or its runtime was dropped, the session has not ended yet. Observers are notified before
        // the sockets.
        self.known = None;
        let mut state = self.session.state();
        // A waker keeps the task's memory alive, and a writer its socket.
        state.set_waker(None);
        state.set_writer(None);
    }
}

impl<C: Connection, K: Unpin> Future for Task<C, K> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.be_woken_by(cx);
        if let Stage::Running = this.stage {
            let _holding = held::begin();
            match this.run(cx) {
                Ok(()) => return Poll::Pending,
                Err(reason) => this.finish(reason),
            }
        }
        let Stage::Ending { closing } = &mut this.stage else { return Poll::Pending };
        loop {
            this.session.state().begin_turn(false);
            let finished = this.connection.poll_finished(cx).is_ready();
            if let Some(open) = closing
                && (open.poll(cx).is_ready() || this.timer.as_mut().poll(cx).is_ready())
            {
                *closing = None;
            }
            if finished && closing.is_none() {
                return Poll::Ready(());
            }
            if this.session.state().sleep(true) {
                return Poll::Pending;
            }
        }
    }
}
