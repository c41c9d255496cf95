//! The writing end of a TCP stream, which whoever sends on behalf of a session's task has as well.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

use crate::engine::outbox::Outbox;

/// Pieces that go out by one system call.
pub(super) const MAX_SLICES: usize = 64;

#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<OwnedWriteHalf>);

impl Writer {
    pub(crate) fn new(write: OwnedWriteHalf) -> Self {
        Self(Arc::new(write))
    }

    /// Sends what there is by one system call. True if that took all of it.
    pub(crate) fn send(&self, outbox: &mut Outbox) -> bool {
        // What has gone wrong is seen by the session's task, which then tries as well.
        if let Ok(sent) = self.try_write(outbox) {
            outbox.advance(sent);
        }
        outbox.is_empty()
    }

    /// Sends as much of what there is as one system call takes.
    pub(super) fn poll_write(&self, cx: &mut Context<'_>, outbox: &Outbox) -> Poll<io::Result<usize>> {
        loop {
            // As a rule there is room, and no need to register for it.
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

    /// To be called when nobody else has it any more.
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
