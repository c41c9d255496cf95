//! The task of one session: it reads, runs handlers and writes; there is no other per connection.

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

/// How long a close waits for the peer: to read what is queued, or to poll once more (as the reference).
const CLOSE_PATIENCE: Duration = Duration::from_secs(30);
/// How long a closed WebSocket waits for the peer's close frame before the connection is dropped.
const LINGER: Duration = Duration::from_secs(5);

/// Drives a session from its first packet until everything that it started has ended.
pub(super) struct Task<C: Connection, K> {
    session: Arc<Session>,
    connection: C,
    /// What keeps the session known by its id, until it has ended; dropping it tells those who watch.
    known: Option<K>,
    websocket: Option<Box<WebSocket>>,
    posted: Option<Posted>,
    heartbeat: Heartbeat,
    timer: Pin<Box<Sleep>>,
    /// Whom the timer and the session wake.
    waker: Option<Waker>,
    /// Until when a wanted close waits for what is queued to leave.
    closing_until: Option<Instant>,
    /// How the WebSocket is closed, where that differs from an empty close frame.
    farewell: Farewell,
    max_packets: usize,
    /// Whether input was left unread for want of room.
    paused: bool,
    /// Whether something has happened that may have moved a deadline.
    timer_stale: bool,
    stage: Stage,
}

/// A posted payload under way.
struct Posted {
    body: Body,
    /// How many have been handled.
    count: usize,
    /// The POST has been answered already.
    answered: bool,
}

#[derive(Clone, Copy, Default)]
enum Farewell {
    #[default]
    Empty,
    Code(u16),
    /// The peer closed first.
    Echo(Option<u16>),
    /// The connection is gone already.
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

    /// One turn: timers, handlers, input, output, until there is nothing left to do. The reason when the
    /// session has ended.
    fn run(&mut self, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        loop {
            let (mut taken, mut upgraded) = (false, false);
            let turn = {
                let mut state = self.session.state();
                // Under the lock: what is handed over later completes its upgrade later as well, and so is looked at again.
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
            // Behind what has arrived: the task may come late to the answer to a ping.
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

    /// Sends what is queued. True when there is nothing left to do for now.
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
            // Whoever queues notes that there is too much; only a turn makes it less.
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
            // What was paused goes on as soon as there is room; else whoever makes room wakes this task.
            let resume = self.paused && has_room && !blocked && !state.holds_input();
            let sleeps = !resume && state.sleep(blocked);
            // After the lock: this may run code of the program's. Of a session that has ended, its end says it.
            drop(state);
            self.session.observed.queued(backlog);
            return Ok(sleeps);
        }
    }

    /// What has been taken to be sent is shown to those who watch, and put in the form of the client's revision.
    #[inline(always)]
    fn show_and_revise(&mut self) {
        let Some(websocket) = &mut self.websocket else { return };
        if self.session.watch.is_active() {
            self.session.watch.sent(websocket.outgoing().payloads());
        }
        websocket.revise();
    }

    /// Tells all that wakes this task whom to wake: mostly it is the same as ever.
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

    /// Whether input is left unread by no fault of the peer: handlers are behind, or it does read what it is
    /// sent, only slowly.
    fn is_holding_back(&mut self) -> bool {
        let Some(websocket) = &mut self.websocket else {
            return self.connection.is_behind() || (self.posted.is_some() && self.session.state().take_progress());
        };
        let progress = websocket.take_progress();
        self.connection.is_behind() || (progress && self.session.state().is_backed_up())
    }

    /// Handles what has arrived. True when input was left because there was no room for it.
    fn receive(&mut self, cx: &mut Context<'_>) -> Result<bool, CloseReason> {
        // A payload posted before the upgrade comes before what follows on the WebSocket.
        if self.posted.is_some() && self.receive_posted(cx)? {
            return Ok(true);
        }
        self.receive_websocket(cx)
    }

    /// Deaf from now on, but whoever posts is answered.
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
                // Only once: the pending POST may be the next one.
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
            // Another payload may have arrived since.
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

    /// Not inlined: most turns of a receiver of broadcasts have nothing to read.
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
            // What somebody else has sent in part is completed.
            if let Some(websocket) = &mut self.websocket
                && websocket.has_sent_all()
            {
                state.take_queue(websocket.outgoing());
            }
        }
        self.known = None;
        self.connection.close(&reason);
        // A WebSocket that was handed over in the last moment is closed as well.
        let websocket = self.websocket.take().or_else(|| self.session.take_handover());
        if reason == CloseReason::SlowReader {
            // Nothing gets through to it; what it has not read is the kernel's memory until the connection is dropped.
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

/// Handles one packet. Breaks when the rest of the input is not wanted any more.
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
            // In its turn, and within the bounds: how many there are is up to the client. Where it cannot be queued, the
            // session has ended.
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
        // Of no meaning on an established transport; the reference ignores them as well.
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
        // Where its end is not the session's, by a panic or with the runtime: those who watch hear of it before the sockets.
        self.known = None;
        let mut state = self.session.state();
        // A waker keeps the memory of the task, a writer its socket.
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
