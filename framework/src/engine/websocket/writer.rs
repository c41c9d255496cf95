//! The write half of a TCP stream, shared between a session's task and the threads that flush its queue.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

use crate::engine::outbox::Outbox;

/// The maximum number of pieces per system call.
pub(super) const MAX_SLICES: usize = 64;

#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<OwnedWriteHalf>);

impl Writer {
    pub(crate) fn new(write: OwnedWriteHalf) -> Self {
        Self(Arc::new(write))
    }

    /// Writes the queue with one system call. Returns `true` if all of it was written.
    pub(crate) fn send(&self, outbox: &mut Outbox) -> bool {
        // Errors are left to the session's task, which then tries to write too.
        if let Ok(sent) = self.try_write(outbox) {
            outbox.advance(sent);
        }
        outbox.is_empty()
    }

    /// Writes as many bytes as one system call accepts.
    pub(super) fn poll_write(&self, cx: &mut Context<'_>, outbox: &Outbox) -> Poll<io::Result<usize>> {
        loop {
            // Usually the socket has room and no registration is needed.
            match self.try_write(outbox) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.stream().poll_write_ready(cx))?;
                }
                written => return Poll::Ready(written),
            }
        }
    }

    #[inline(always)]
    fn try_write(&self, outbox: &Outbox) -> io::Result<usize> {
        match outbox.only_piece() {
            Some(piece) => self.stream().try_write(piece),
            None => {
                let mut slices = [IoSlice::new(&[]); MAX_SLICES];
                let count = outbox.slices(&mut slices);
                self.stream().try_write_vectored(&slices[..count])
            }
        }
    }

    /// Shuts the stream down. Has no effect while another clone of the writer exists.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Arc::get_mut(&mut self.0) {
            Some(write) => Pin::new(write).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn stream(&self) -> &TcpStream {
        (*self.0).as_ref()
    }
}
