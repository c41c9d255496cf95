//! One WebSocket connection: receiving, sending, and the closing handshake. Polled by its owner.

use std::cell::Cell;
use std::io;
use std::ops::ControlFlow;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use fastwebsockets::CloseCode;
use hyper::upgrade::Upgraded;

use super::reader::{Incoming, Reader};
use super::stream::Stream;
use super::text::Room;
use super::writer::Writer;
use crate::engine::frame::Frame;
use crate::engine::outbox::Outbox;
use crate::engine::revision::Revision;

/// The maximum size of one read. The buffer belongs to the thread, so that an idle connection needs none.
const READ_BUFFER: usize = 64 * 1024;

thread_local! {
    /// Taken while it is in use, so that nested reads on this thread find an empty buffer, not a borrowed one.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// How `poll_receive` ended.
#[derive(Debug)]
pub(crate) enum Received {
    /// The receiver paused. Data that was read but not handled is kept.
    Paused,
    /// The connection was lost without a closing handshake.
    Lost,
    /// The peer violated the protocol. Close with this code.
    Violation(CloseCode),
}

/// The server side of a WebSocket.
pub(crate) struct WebSocket {
    revision: Revision,
    stream: Stream,
    reader: Reader,
    /// Data that has been read but not handled: an incomplete frame, or the rest after a pause.
    pending: Vec<u8>,
    /// The number of bytes in `pending` that have been handled.
    handled: usize,
    /// `pending` may contain complete frames.
    unparsed: bool,
    /// Frames that are being sent.
    writing: Outbox,
    /// The stream has flushed everything that was written to it.
    flushed: bool,
    /// The peer has accepted data since the last call of `take_progress`.
    progress: bool,
    /// The answer to the last ping. Earlier pings need no answer (RFC 6455, section 5.5.3).
    pong: Option<Frame>,
}

impl WebSocket {
    pub(crate) fn new(upgraded: Upgraded, revision: Revision, max_payload: usize) -> Self {
        let (stream, pending) = Stream::new(upgraded);
        Self {
            revision,
            stream,
            reader: Reader::new(max_payload),
            unparsed: !pending.is_empty(),
            pending,
            handled: 0,
            writing: Outbox::default(),
            flushed: true,
            progress: false,
            pong: None,
        }
    }

    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    /// Returns `true` if there may be data to receive. Otherwise the task is woken when data arrives.
    #[inline(always)]
    pub(crate) fn has_input(&self, cx: &Context<'_>) -> bool {
        self.unparsed || self.stream.may_read(cx)
    }

    /// A writer for other threads. Use it only while `outgoing` is empty.
    pub(crate) fn writer(&self) -> Option<Writer> {
        self.stream.writer()
    }

    /// Receives messages and passes them to `receiver`, until no more data is available (pending) or receiving ends.
    /// Does not check [`has_input`](Self::has_input) before the first read.
    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        receiver: &mut impl FnMut(Incoming<'_>, &mut Context<'_>) -> ControlFlow<()>,
    ) -> Poll<Received> {
        loop {
            if self.unparsed {
                let mut data = std::mem::take(&mut self.pending);
                let handled = self.parse(&mut data[self.handled..], cx, receiver);
                self.pending = data;
                match handled {
                    Ok((used, ControlFlow::Continue(()))) => {
                        self.pending.drain(..self.handled + used);
                        (self.handled, self.unparsed) = (0, false);
                        if self.pending.is_empty() {
                            self.pending = Vec::new();
                        }
                    }
                    Ok((used, ControlFlow::Break(()))) => {
                        self.handled += used;
                        return Poll::Ready(Received::Paused);
                    }
                    Err(code) => return Poll::Ready(Received::Violation(code)),
                }
            }
            let mut buffer = BUFFER.take();
            if buffer.is_empty() {
                buffer = vec![0; READ_BUFFER];
            }
            let read = self.stream.poll_read(cx, &mut buffer);
            let outcome = match read {
                Poll::Pending => Some(Poll::Pending),
                Poll::Ready(Ok(0) | Err(_)) => Some(Poll::Ready(Received::Lost)),
                Poll::Ready(Ok(count)) if !self.pending.is_empty() => {
                    self.pending.extend_from_slice(&buffer[..count]);
                    self.unparsed = true;
                    None
                }
                Poll::Ready(Ok(count)) => match self.parse(&mut buffer[..count], cx, receiver) {
                    Err(code) => Some(Poll::Ready(Received::Violation(code))),
                    Ok((used, flow)) => {
                        self.pending.extend_from_slice(&buffer[used..count]);
                        self.unparsed = flow.is_break();
                        flow.is_break().then_some(Poll::Ready(Received::Paused))
                    }
                },
            };
            BUFFER.set(buffer);
            if let Some(outcome) = outcome {
                return outcome;
            }
            if !self.unparsed && !self.stream.has_more(cx) {
                return Poll::Pending;
            }
        }
    }

    /// Handles the complete frames in `data`. Returns the number of bytes used and whether the receiver accepts more.
    fn parse(
        &mut self,
        data: &mut [u8],
        cx: &mut Context<'_>,
        receiver: &mut impl FnMut(Incoming<'_>, &mut Context<'_>) -> ControlFlow<()>,
    ) -> Result<(usize, ControlFlow<()>), CloseCode> {
        let (mut used, mut room) = (0, Room::new());
        while let Some((incoming, length)) = self.reader.next(&mut data[used..], &mut room)? {
            used += length;
            if let Incoming::Ping(payload) = incoming {
                self.pong = Some(Frame::pong(payload));
            }
            if receiver(incoming, cx).is_break() {
                return Ok((used, ControlFlow::Break(())));
            }
        }
        Ok((used, ControlFlow::Continue(())))
    }

    /// The queue of frames to send. It is empty when `poll_send` is ready.
    pub(crate) fn outgoing(&mut self) -> &mut Outbox {
        &mut self.writing
    }

    /// Encodes the frames in `outgoing` for the client's revision. Call this once after each time it is filled.
    #[inline(always)]
    pub(crate) fn revise(&mut self) {
        if let Some(base64) = self.revision.base64() {
            self.writing.revise(base64);
        }
    }

    /// Puts a frame before all others, but after a frame that has been sent in part.
    pub(crate) fn send_first(&mut self, frame: &Frame) {
        self.writing.push_first(frame);
    }

    /// Returns `true` if no frame is left to write.
    pub(crate) fn has_sent_all(&self) -> bool {
        self.writing.is_empty()
    }

    /// Returns `true` if the peer has accepted data since the last call.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    /// Returns `true` if `poll_send` has something to do.
    #[inline(always)]
    pub(crate) fn has_output(&self) -> bool {
        !self.writing.is_empty() || !self.flushed || self.pong.is_some()
    }

    /// Sends everything, with as few system calls as possible.
    pub(crate) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.pong.is_some()
            && let Some(pong) = self.pong.take()
        {
            self.writing.push_first(&pong);
        }
        if self.writing.is_empty() {
            // If the last write was flushed, not even a TLS stream holds data back.
            return if self.flushed { Poll::Ready(Ok(())) } else { self.poll_flush(cx) };
        }
        while !self.writing.is_empty() {
            let sent = ready!(self.stream.poll_write(cx, &self.writing))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.progress = true;
            self.flushed = false;
            self.writing.advance(sent);
        }
        self.poll_flush(cx)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.stream.poll_flush(cx))?;
        self.flushed = true;
        Poll::Ready(Ok(()))
    }

    /// Starts the closing handshake. The queue is dropped, except for a frame that has been sent in part.
    pub(crate) fn into_closing(mut self: Box<Self>, code: Option<u16>, peer_has_closed: bool) -> Closing {
        self.writing.keep_begun();
        self.pong = None;
        self.writing.push(&Frame::close(code));
        Closing { websocket: self, stage: Stage::Sending, peer_has_closed }
    }
}

/// A closing WebSocket, until the peer has closed it as well.
pub(crate) struct Closing {
    websocket: Box<WebSocket>,
    stage: Stage,
    peer_has_closed: bool,
}

enum Stage {
    Sending,
    ShuttingDown,
    /// Dropping a connection with unread input resets it, and the reset can overtake the close frame.
    AwaitingClose,
    /// Like `AwaitingClose`, after the peer has violated the protocol.
    AwaitingEnd,
}

impl Closing {
    /// Waits for the peer, but at most for `patience`.
    pub(crate) async fn wait(mut self, patience: Duration) {
        // The connection is dropped, whether the peer closed in time or not.
        let _ = tokio::time::timeout(patience, std::future::poll_fn(|cx| self.poll(cx))).await;
    }

    /// Ready when the connection can be dropped.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.stage {
                Stage::Sending => match ready!(self.websocket.poll_send(cx)) {
                    Ok(()) => self.stage = Stage::ShuttingDown,
                    Err(_) => return Poll::Ready(()),
                },
                Stage::ShuttingDown => match ready!(self.websocket.stream.poll_shutdown(cx)) {
                    Ok(()) if !self.peer_has_closed => self.stage = Stage::AwaitingClose,
                    _ => return Poll::Ready(()),
                },
                Stage::AwaitingClose => {
                    let received = self.websocket.poll_receive(cx, &mut |incoming, _| match incoming {
                        Incoming::Close(_) => ControlFlow::Break(()),
                        _ => ControlFlow::Continue(()),
                    });
                    match ready!(received) {
                        // Both sides have closed (RFC 6455, section 7.1.1).
                        Received::Paused | Received::Lost => return Poll::Ready(()),
                        Received::Violation(_) => self.stage = Stage::AwaitingEnd,
                    }
                }
                Stage::AwaitingEnd => {
                    let mut scrap = [0; 4096];
                    match ready!(self.websocket.stream.poll_read(cx, &mut scrap)) {
                        Ok(0) | Err(_) => return Poll::Ready(()),
                        Ok(_) => {}
                    }
                }
            }
        }
    }
}
