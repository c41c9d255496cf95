//! Delivery of a large poll response. Until the connection has written it, its bytes count as queued and the next poll
//! waits.

use std::collections::VecDeque;
use std::task::{Poll, Waker};

use bytes::Bytes;

use super::{Get, State};
use crate::engine::close::CloseReason;
use crate::engine::outbox::Outbox;

/// The size of the pieces that a connection requests. hyper buffers up to 16 of them.
const PIECE: usize = 16 * 1024;

/// The pieces that the connection has not requested yet. Empty while the response is encoded.
#[derive(Debug, Default)]
pub(super) struct Delivery(VecDeque<Bytes>);

impl State {
    /// Takes the queue for a poll response. A large response becomes a delivery.
    pub(super) fn take_for_poll(&mut self) -> Outbox {
        if self.queue.is_large() {
            self.writing_bytes = self.queue.bytes();
            self.writing_frames = self.queue.frames();
            self.delivery = Some(Delivery::default());
        } else if self.is_backed_up() {
            self.wake();
        }
        self.has_read = true;
        std::mem::take(&mut self.queue)
    }

    pub(crate) fn is_delivering(&self) -> bool {
        self.delivery.is_some()
    }

    /// Sets the body of the delivery. Returns `false` if the session has ended.
    pub(crate) fn deliver(&mut self, body: &[u8]) -> bool {
        let Some(Delivery(pieces)) = &mut self.delivery else { return false };
        // Copied: slices of one buffer would keep the whole body in memory.
        pieces.extend(body.chunks(PIECE).map(Bytes::copy_from_slice));
        true
    }

    /// Takes the next piece of the body. `None` if the session has dropped the rest.
    pub(crate) fn take_piece(&mut self) -> Option<Bytes> {
        self.has_read = true;
        self.delivery.as_mut().and_then(|Delivery(pieces)| pieces.pop_front())
    }

    /// Ends the delivery: the connection has written the response.
    pub(crate) fn end_delivery(&mut self) {
        let was_backed_up = self.is_backed_up();
        self.delivery = None;
        if self.is_polling() {
            (self.writing_bytes, self.writing_frames) = (0, 0);
        }
        if was_backed_up && !self.is_backed_up() {
            self.wake();
        }
        if let Get::Waiting { waker, .. } = &mut self.get
            && let Some(waker) = waker.take()
        {
            waker.wake();
        }
        if self.is_closing() && self.is_polling() && self.is_writable() {
            self.end(self.parting());
        }
    }

    /// Ends the session: the connection was lost during the delivery.
    pub(crate) fn abort_delivery(&mut self) {
        self.end_delivery();
        self.end_polling(CloseReason::TransportError("poll connection closed prematurely"));
    }

    /// Ready when the delivery that the pending poll waits for has ended.
    pub(crate) fn poll_delivered(&mut self, waker: &Waker) -> Poll<()> {
        match &mut self.get {
            Get::Waiting { waker: waiting, .. } if self.delivery.is_some() => {
                *waiting = Some(waker.clone());
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }

    /// Drops the undelivered pieces when the session ends. After a regular close by the server they are kept and still
    /// delivered.
    pub(super) fn cut_delivery(&mut self, reason: CloseReason) {
        if !matches!(reason, CloseReason::Forced | CloseReason::ShuttingDown) {
            self.delivery = None;
        }
    }
}
