//! The connection under a WebSocket: a TCP stream itself where there is one, anything else behind hyper.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::coop::has_budget_remaining;

/// A byte stream. Unwrapping the TCP stream spares each read and write a call through `dyn`.
pub(crate) enum Stream {
    Tcp {
        stream: TcpStream,
        /// The waker that is woken when something arrives.
        reader: Option<Waker>,
    },
    Other(Box<TokioIo<Upgraded>>),
}

impl Stream {
    /// The stream of an upgraded request, and what the peer sent behind the request.
    pub(crate) fn new(upgraded: Upgraded) -> (Self, Vec<u8>) {
        match upgraded.downcast::<TokioIo<TcpStream>>() {
            // Even empty, `read_buf` owns hyper's whole buffer: what it holds is copied, and it is dropped.
            Ok(parts) => (Self::Tcp { stream: parts.io.into_inner(), reader: None }, parts.read_buf.to_vec()),
            Err(upgraded) => (Self::Other(Box::new(TokioIo::new(upgraded))), Vec::new()),
        }
    }

    /// Whether there is a point in reading: there may be something, or nobody is woken yet when there is. Most turns of
    /// a receiver of broadcasts have nothing to read, and to look is cheaper than to register once more.
    #[inline]
    pub(crate) fn may_read(&self, cx: &Context<'_>) -> bool {
        match self {
            Self::Tcp { stream, reader } => {
                let waits = reader.as_ref().is_some_and(|reader| reader.will_wake(cx.waker()));
                !waits || stream.try_io(Interest::READABLE, || Ok(())).is_ok()
            }
            Self::Other(_) => true,
        }
    }

    /// Reads into `buffer`; 0 bytes are the end of the stream.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        match self {
            Self::Tcp { stream, reader } => {
                let read = Pin::new(stream).poll_read(cx, &mut buffer);
                // With its budget used up (by handlers as well), the task is woken at once, and nothing is registered.
                *reader = (read.is_pending() && has_budget_remaining()).then(|| cx.waker().clone());
                ready!(read)?;
            }
            Self::Other(stream) => ready!(Pin::new(stream).poll_read(cx, &mut buffer))?,
        }
        Poll::Ready(Ok(buffer.filled().len()))
    }

    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            // As a rule there is room, and no need to register for it.
            Self::Tcp { stream, .. } => match stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Pin::new(stream).poll_write(cx, bytes),
                written => Poll::Ready(written),
            },
            Self::Other(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    pub(crate) fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp { stream, .. } => match stream.try_write_vectored(slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    Pin::new(stream).poll_write_vectored(cx, slices)
                }
                written => Poll::Ready(written),
            },
            Self::Other(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            // A TCP stream has no buffer of its own.
            Self::Tcp { .. } => Poll::Ready(Ok(())),
            Self::Other(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp { stream, .. } => Pin::new(stream).poll_shutdown(cx),
            Self::Other(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
